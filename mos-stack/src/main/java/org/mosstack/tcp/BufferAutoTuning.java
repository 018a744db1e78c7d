package org.mosstack.tcp;

import org.mosstack.tcp.segment.Segment;

/**
 * Sizes a connection's buffers. A buffer whose size the application hasn't set begins at {@link
 * #INITIAL_BYTES}, or at {@code rmem_size} or {@code wmem_size} if that is less, and grows up to
 * the latter: the receive buffer with what the application reads per round trip (dynamic
 * right-sizing, as in Linux), the send buffer with the congestion window. It never shrinks: an
 * advertised window isn't taken back (RFC 9293 section 3.8.6).
 */
final class BufferAutoTuning {
  /** Initial size of buffers that may grow: the most an unscaled window can advertise... */
  static final int INITIAL_BYTES = 0xFFFF;

  /** ... but at least an initial window of segments (RFC 6928). */
  private static final int INITIAL_SEGMENTS = 10;

  /** Shortest round-trip time: timestamps count milliseconds, and threads stall for as long. */
  private static final long MIN_ROUND_NANOS = 1_000_000;

  private final TcpCore core;
  private final ReceivedPackets received;
  private final TcpConfig config;

  BufferAutoTuning(TcpCore core, ReceivedPackets received, TcpConfig config) {
    this.core = core;
    this.received = received;
    this.config = config;
  }

  // ---- Sizes at the start ----

  /**
   * Sets a new connection's initial sizes.
   *
   * @param receiveBytes the size the application wants, or 0
   * @param sendBytes the size the application wants, or 0
   */
  void start(Tcb c, int receiveBytes, int sendBytes) {
    int initialWindow = INITIAL_SEGMENTS * c.advMss;
    int initial = Math.max(INITIAL_BYTES, initialWindow);
    if (receiveBytes == 0) {
      c.receiveBufferMax = config.receiveBuffer();
      c.receiveBuffer = Math.min(c.receiveBufferMax, initial);
    } else {
      fixReceive(c, receiveBytes);
    }
    if (sendBytes == 0) {
      c.sendBufferMax = config.sendBuffer();
      c.sendBuffer = Math.min(c.sendBufferMax, initial);
    } else {
      fixSend(c, sendBytes);
    }
    c.rcvRoundStart = 0;
    c.rcvRoundBytes = 0;
    c.rcvRttNanos = 0;
    c.rcvSpace = Math.min(c.receiveBuffer, initialWindow);
  }

  /** Sets the receive buffer the application wants: it no longer grows. */
  void fixReceive(Tcb c, int bytes) {
    c.receiveBuffer = atLeastASegment(c, bytes);
    c.receiveBufferMax = c.receiveBuffer;
  }

  /** Sets the send buffer the application wants: it no longer grows. */
  void fixSend(Tcb c, int bytes) {
    c.sendBuffer = atLeastASegment(c, bytes);
    c.sendBufferMax = c.sendBuffer;
  }

  private static int atLeastASegment(Tcb c, int bytes) {
    return Math.max(bytes, Math.max(c.sndMss, TcpCore.MIN_BUFFER_BYTES));
  }

  // ---- The receive buffer ----

  /**
   * Measures the round-trip time as a receiver when data arrives in order: from our ACK to the data
   * that it released, by the echoed timestamp.
   */
  void dataArrived(Tcb c, Segment seg) {
    if (c.receiveBuffer >= c.receiveBufferMax
        || !c.timestamps
        || seg.options.tsEcr == 0
        || seg.dataLen < c.rcvMss) { // a small last segment may have waited for the application
      return;
    }
    int millis = core.timestamp(c) - seg.options.tsEcr;
    if (millis >= 0) {
      long sample = Math.max(millis * 1_000_000L, MIN_ROUND_NANOS);
      c.rcvRttNanos = c.rcvRttNanos == 0 ? sample : c.rcvRttNanos + (sample - c.rcvRttNanos) / 8;
    }
  }

  /**
   * The application has read. If it read more in this round trip than in any before, the window
   * becomes twice that, so that a sender in slow start isn't held back, and more in proportion to
   * the growth in reading.
   */
  void read(Tcb c, int bytes) {
    if (c.receiveBuffer >= c.receiveBufferMax) {
      return;
    }
    c.rcvRoundBytes += bytes;
    long now = core.now();
    if (c.rcvRoundStart == 0) {
      c.rcvRoundStart = now;
      return;
    }
    if (now - c.rcvRoundStart < roundTrip(c)) {
      return;
    }
    if (c.rcvRoundBytes > c.rcvSpace && !received.areShort()) {
      long window = 2L * c.rcvRoundBytes + 16L * c.advMss;
      long growth = window * (c.rcvRoundBytes - c.rcvSpace) / c.rcvSpace;
      c.rcvSpace = c.rcvRoundBytes;
      window = Math.min(window + 2 * growth, c.receiveBufferMax);
      c.receiveBuffer = Math.max(c.receiveBuffer, (int) window);
    }
    c.rcvRoundBytes = 0;
    c.rcvRoundStart = now;
  }

  private static long roundTrip(Tcb c) {
    long rtt = c.rcvRttNanos != 0 ? c.rcvRttNanos : c.rtt.srttNanos();
    return Math.max(rtt, MIN_ROUND_NANOS);
  }

  // ---- The send buffer ----

  /**
   * Data was acknowledged, and the congestion window may have grown: twice as much may be queued,
   * so that there is something to send while the application is notified that it can write.
   */
  void acknowledged(Tcb c) {
    if (c.sendBuffer < c.sendBufferMax && !received.areShort()) {
      long wanted = Math.min(2L * c.congestion.cwnd(), c.sendBufferMax);
      c.sendBuffer = Math.max(c.sendBuffer, (int) wanted);
    }
  }
}
