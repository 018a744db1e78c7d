package org.mosstack.tcp;

import org.mosstack.mbuf.Mbuf;
import org.mosstack.stats.Counter;
import org.mosstack.stats.Counters;

/**
 * One core's share of {@code tcp_mem}: it limits the memory of received packets, unacknowledged
 * writes and the records of many segments in flight. As memory gets short, this and {@link
 * MemorySweep} give up the following, in this order.
 *
 * <ol>
 *   <li>From three quarters on, windows open to a few segments at most; out-of-order data gets no
 *       buffer of its own; data held ahead of gaps is dropped, the largest first, until there is
 *       enough memory; peers are reset that keep their window closed for {@code
 *       tcp_zero_window_timeout}, or that haven't taken by the end of that time what was waiting
 *       for them at its beginning; and listeners that hold more than their share refuse
 *       connections.
 *   <li>When all of it is taken, only data that fits into a buffer in use is received, and no
 *       connection is accepted or opened; of the connections that get no acknowledgments, or too
 *       few to finish in that time, those that have waited longest are reset until an eighth is
 *       free again.
 * </ol>
 */
final class TcpMemory {
  /** Full segments to which a window opens at most while memory is short. */
  static final int PRESSED_SEGMENTS = 4;

  private final Counters counters;
  private final int bufferBytes;
  private final long limit;
  private final long pressure;
  private final long listenerShare;
  private int receivedPackets;
  private long queuedBytes;

  TcpMemory(TcpProtection protection, int dataRoomBytes, Counters counters) {
    this.counters = counters;
    bufferBytes = dataRoomBytes + Mbuf.HEADROOM_BYTES + Mbuf.HEADER_BYTES;
    limit = protection.memoryBytes() == 0 ? Long.MAX_VALUE : protection.memoryBytes();
    pressure = limit - limit / 4;
    listenerShare = limit / 100 * protection.listenerPercent();
  }

  /**
   * Counts bytes that were written or by which a scoreboard grew; a negative number was given back.
   */
  void queued(int bytes) {
    queuedBytes += bytes;
  }

  /** Counts packets that wait to be read, or ahead of a gap; a negative number was freed. */
  void received(int packets) {
    receivedPackets += packets;
  }

  /** Number of such packets. */
  int receivedPackets() {
    return receivedPackets;
  }

  /** Bytes in use. */
  long used() {
    return (long) receivedPackets * bufferBytes + queuedBytes;
  }

  /** Whether memory is short. */
  boolean isPressed() {
    return used() >= pressure;
  }

  /** Whether all of it is in use. */
  boolean isExhausted() {
    return used() >= limit;
  }

  /** Whether an eighth is free, so that no more need be given up. */
  boolean isRelieved() {
    return used() <= limit - limit / 8;
  }

  // ---- Who asks ----

  /** Whether one more packet may wait to be read once {@code freed} others are freed. */
  boolean mayReceive(int freed, boolean inOrder) {
    return used() - (long) freed * bufferBytes < (inOrder ? limit : pressure);
  }

  /** Whether a connection may be opened. */
  boolean mayOpen() {
    return !isExhausted();
  }

  /** Whether a listener may get one more connection; counts a refusal. */
  boolean mayAccept(AcceptQueue queue) {
    if (!isPressed() || !isExhausted() && queue.heldBytes < listenerShare) {
      return true;
    }
    counters.increment(Counter.DROP_TCP_MEMORY);
    queue.dropped++;
    return false;
  }

  /** Bytes that may currently wait to be read on a connection. */
  int receiveBuffer(Tcb c) {
    return isPressed() ? Math.min(c.receiveBuffer, PRESSED_SEGMENTS * c.advMss) : c.receiveBuffer;
  }
}
