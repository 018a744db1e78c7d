package org.mosstack.tcp;

/**
 * The sizes of a connection's buffers. Until the application has set one itself it begins at {@link
 * #INITIAL_BYTES}, or at {@code rmem_size} or {@code wmem_size} where that is less, and grows up to
 * that: the receive buffer with what the application reads in a round trip (dynamic right-sizing,
 * as Linux has it), the send buffer with the congestion window. It never shrinks: a window that was
 * promised isn't taken back (RFC 9293 section 3.8.6).
 */
final class BufferTuning {
  /** What both buffers begin with where they may grow: what a window without scale can tell... */
  static final int INITIAL_BYTES = 0xFFFF;

  /** ... but an initial window of segments at least (RFC 6928). */
  private static final int INITIAL_SEGMENTS = 10;

  /**
   * A round trip on the least path: timestamps count milliseconds, and threads stop for as long.
   */
  private static final long MIN_ROUND_NANOS = 1_000_000;

  private final TcpCore core;

  BufferTuning(TcpCore core) {
    this.core = core;
  }

  // ---- Sizes at the start ----

  /**
   * Sets what a new connection begins with.
   *
   * @param receiveBytes what the application wants, or 0
   * @param sendBytes what the application wants, or 0
   */
  void start(TcpConnection c, int receiveBytes, int sendBytes) {
    int initialWindow = INITIAL_SEGMENTS * c.advMss;
    int initial = Math.max(INITIAL_BYTES, initialWindow);
    if (receiveBytes == 0) {
      c.receiveBufferMax = core.config().receiveBuffer();
      c.receiveBuffer = Math.min(c.receiveBufferMax, initial);
    } else {
      fixReceive(c, receiveBytes);
    }
    if (sendBytes == 0) {
      c.sendBufferMax = core.config().sendBuffer();
      c.sendBuffer = Math.min(c.sendBufferMax, initial);
    } else {
      fixSend(c, sendBytes);
    }
    c.rcvRoundStart = 0;
    c.rcvRoundBytes = 0;
    c.rcvRttNanos = 0;
    c.rcvSpace = Math.min(c.receiveBuffer, initialWindow);
  }

  /** The application wants this receive buffer: it doesn't grow any more. */
  void fixReceive(TcpConnection c, int bytes) {
    c.receiveBuffer = atLeastASegment(c, bytes);
    c.receiveBufferMax = c.receiveBuffer;
  }

  /** The application wants this send buffer: it doesn't grow any more. */
  void fixSend(TcpConnection c, int bytes) {
    c.sendBuffer = atLeastASegment(c, bytes);
    c.sendBufferMax = c.sendBuffer;
  }

  private static int atLeastASegment(TcpConnection c, int bytes) {
    return Math.max(bytes, Math.max(c.sndMss, TcpCore.MIN_BUFFER_BYTES));
  }

  // ---- The receive buffer ----

  /**
   * Data has come in order: the round trip as its receiver sees it, from an ACK of ours to the data
   * that it let go, by the timestamp that comes back.
   */
  void dataArrived(TcpConnection c, Segment seg) {
    if (c.receiveBuffer >= c.receiveBufferMax
        || !c.timestamps
        || seg.options.tsEcr == 0
        || seg.dataLen < c.rcvMss) { // a last small segment may have waited for the application
      return;
    }
    int millis = core.timestamp(c) - seg.options.tsEcr;
    if (millis >= 0) {
      long sample = Math.max(millis * 1_000_000L, MIN_ROUND_NANOS);
      c.rcvRttNanos = c.rcvRttNanos == 0 ? sample : c.rcvRttNanos + (sample - c.rcvRttNanos) / 8;
    }
  }

  /**
   * The application has read. When it read more in this round trip than in any before, the window
   * is to be twice that, so that a sender in slow start isn't held back, and as much more as the
   * reading has grown.
   */
  void read(TcpConnection c, int bytes) {
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
    if (c.rcvRoundBytes > c.rcvSpace && !core.isShortOfBuffers()) {
      long window = 2L * c.rcvRoundBytes + 16L * c.advMss;
      long growth = window * (c.rcvRoundBytes - c.rcvSpace) / c.rcvSpace;
      c.rcvSpace = c.rcvRoundBytes;
      window = Math.min(window + 2 * growth, c.receiveBufferMax);
      c.receiveBuffer = Math.max(c.receiveBuffer, (int) window);
    }
    c.rcvRoundBytes = 0;
    c.rcvRoundStart = now;
  }

  private static long roundTrip(TcpConnection c) {
    long rtt = c.rcvRttNanos != 0 ? c.rcvRttNanos : c.rtt.srttNanos();
    return Math.max(rtt, MIN_ROUND_NANOS);
  }

  // ---- The send buffer ----

  /**
   * Data was acknowledged, and the congestion window may have grown: twice as much may be queued,
   * so that there is something to send while the application is told that it can write.
   */
  void acknowledged(TcpConnection c) {
    if (c.sendBuffer < c.sendBufferMax && !core.isShortOfBuffers()) {
      long wanted = Math.min(2L * c.congestion.cwnd(), c.sendBufferMax);
      c.sendBuffer = Math.max(c.sendBuffer, (int) wanted);
    }
  }
}
