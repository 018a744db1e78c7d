package org.mosstack.tcp;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.socket.TcpError;
import org.mosstack.stats.Counter;
import org.mosstack.stats.Counters;

/**
 * One core's share of {@code tcp_mem}: it limits the memory of received packets, unacknowledged
 * writes and the records of many segments in flight, and gives up the following, in this order, as
 * memory gets short.
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
 *
 * <p>Connections are examined at most once a second, and only while memory is short.
 */
final class TcpMemory {
  /** Time between two passes over all connections. */
  static final long SWEEP_NANOS = 1_000_000_000;

  /** Full segments to which a window opens at most while memory is short. */
  static final int PRESSED_SEGMENTS = 4;

  private final TcpCore core;
  private final Counters counters;
  private final int bufferBytes;
  private final long limit;
  private final long pressure;
  private final long listenerShare;
  private final long zeroWindowNanos;
  private final List<Tcb> waiting = new ArrayList<>();
  private long queuedBytes;
  private long nextSweepNanos;

  TcpMemory(TcpCore core, TcpProtection protection, int dataRoomBytes, Counters counters) {
    this.core = core;
    this.counters = counters;
    bufferBytes = dataRoomBytes + Mbuf.HEADROOM_BYTES + Mbuf.HEADER_BYTES;
    limit = protection.memoryBytes() == 0 ? Long.MAX_VALUE : protection.memoryBytes();
    pressure = limit - limit / 4;
    listenerShare = limit / 100 * protection.listenerPercent();
    zeroWindowNanos = protection.zeroWindowNanos();
  }

  /**
   * Counts bytes that were written or by which a scoreboard grew; a negative number was given back.
   */
  void queued(int bytes) {
    queuedBytes += bytes;
  }

  /** Bytes in use. */
  long used() {
    return (long) core.receivedBufferCount() * bufferBytes + queuedBytes;
  }

  /** Whether memory is short. */
  boolean isPressed() {
    return used() >= pressure;
  }

  private boolean isExhausted() {
    return used() >= limit;
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

  // ---- Once a second ----

  /** When {@link #sweep} next has something to do; Long.MAX_VALUE while there is enough memory. */
  long nextSweepNanos() {
    return isPressed() ? nextSweepNanos : Long.MAX_VALUE;
  }

  /**
   * Examines the connections if it is time to.
   *
   * @return how many were reset
   */
  int sweep() {
    long now = core.now();
    if (!isPressed() || nextSweepNanos - now > 0) {
      return 0;
    }
    nextSweepNanos = now + SWEEP_NANOS;
    counters.increment(Counter.TCP_MEMORY_PRESSURE);
    for (Listener listener : core.listeners().all()) {
      listener.on(core.index()).heldBytes = 0;
    }
    while (isPressed() && core.received().pruneLargest()) {}
    core.flows().forEach(this::look);
    core.ended().forEach(this::charge);
    waiting.sort(Comparator.comparingLong(c -> -Math.max(stalled(c, now), held(c, now))));
    boolean exhausted = isExhausted();
    int reset = 0;
    for (Tcb c : waiting) {
      if (c.sendQueue == null) {
        continue; // an application ended it when another's buffers were released
      }
      boolean relieves = exhausted && used() > limit - limit / 8 && hardlyMoves(c, now);
      if (relieves || hoards(c, now)) {
        counters.increment(Counter.TCP_MEMORY_RESETS);
        core.abort(c, TcpError.TIMED_OUT);
        reset++;
      }
    }
    waiting.clear();
    return reset;
  }

  /** Time without an acknowledgment of what was sent, or of a probe's byte. */
  private static long stalled(Tcb c, long now) {
    return c.stalledSinceNanos == 0 ? 0 : now - c.stalledSinceNanos;
  }

  /** Time for which data still queued has been waiting, as far as the passes can tell. */
  private static long held(Tcb c, long now) {
    return now - c.sendQueue.heldSince(now);
  }

  /**
   * Whether the peer has kept us from freeing memory for as long as it may. Taking a byte now and
   * then doesn't help it: it has to take all that was waiting when the time began.
   */
  private boolean hoards(Tcb c, long now) {
    return c.sndWnd == 0 && stalled(c, now) >= zeroWindowNanos || held(c, now) >= zeroWindowNanos;
  }

  /** Whether the peer is heading there: at its current pace, if any, it would take that long. */
  private boolean hardlyMoves(Tcb c, long now) {
    return stalled(c, now) >= SWEEP_NANOS
        || held(c, now) >= SWEEP_NANOS && c.sendQueue.isHeldBeyond(zeroWindowNanos, now);
  }

  private void look(Tcb c) {
    charge(c);
    if (c.queuedBytes() > 0) {
      waiting.add(c);
    }
  }

  /** Charges what the connection holds to its listener. */
  private void charge(Tcb c) {
    if (c.listener != null) {
      c.listener.on(core.index()).heldBytes += c.queuedBytes() + c.receiveQueue.bytes();
    }
  }
}
