package org.mosstack.tcp;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.stats.Counter;
import org.mosstack.stats.Counters;

/**
 * One core's share of {@code tcp_mem}: what received packets and unacknowledged writes may take
 * together, with the records of many segments in flight, and what is given up, in this order, when
 * it gets short.
 *
 * <ol>
 *   <li>From three quarters on: windows open to a few segments at most, nothing that comes out of
 *       order is given a buffer of its own, what was kept is dropped, the largest first, until
 *       there is enough, peers are reset whose window stays closed for {@code
 *       tcp_zero_window_timeout}, or that don't take in that time what was waiting for them at its
 *       beginning, and listeners with more than their share refuse.
 *   <li>When all is taken: nothing is received but what fits into a buffer in use, nobody is
 *       accepted and nothing is opened; of the connections that get no acknowledgments, or too few
 *       to be through in that time, those that have waited longest are reset, until an eighth is
 *       free again.
 * </ol>
 *
 * <p>Connections are looked through once a second at most, and only while memory is short.
 */
final class MemoryLimit {
  /** Time between two looks through all connections. */
  static final long SWEEP_NANOS = 1_000_000_000;

  /** Full segments that a window opens to while memory is short. */
  static final int PRESSED_SEGMENTS = 4;

  private final TcpCore core;
  private final Counters counters;
  private final int bufferBytes;
  private final long limit;
  private final long pressure;
  private final long listenerShare;
  private final long zeroWindowNanos;
  private final List<TcpConnection> waiting = new ArrayList<>();
  private long queuedBytes;
  private long nextSweepNanos;

  MemoryLimit(TcpCore core, TcpProtection protection, int dataRoomBytes, Counters counters) {
    this.core = core;
    this.counters = counters;
    bufferBytes = dataRoomBytes + Mbuf.HEADROOM_BYTES + Mbuf.HEADER_BYTES;
    limit = protection.memoryBytes() == 0 ? Long.MAX_VALUE : protection.memoryBytes();
    pressure = limit - limit / 4;
    listenerShare = limit / 100 * protection.listenerPercent();
    zeroWindowNanos = protection.zeroWindowNanos();
  }

  /** Bytes were written, or a scoreboard grew by them; or, below 0, they were given back. */
  void queued(int bytes) {
    queuedBytes += bytes;
  }

  /** Bytes that are taken. */
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

  /** Whether one more packet may wait to be read once so many others are freed. */
  boolean mayReceive(int freed, boolean inOrder) {
    return used() - (long) freed * bufferBytes < (inOrder ? limit : pressure);
  }

  /** Whether a connection may be opened. */
  boolean mayOpen() {
    return !isExhausted();
  }

  /** Whether a listener may get one more connection; counts it when not. */
  boolean mayAccept(TcpListener.PerCore queues) {
    if (!isPressed() || !isExhausted() && queues.heldBytes < listenerShare) {
      return true;
    }
    counters.increment(Counter.DROP_TCP_MEMORY);
    queues.dropped++;
    return false;
  }

  /** Bytes that may wait to be read on a connection now. */
  int receiveBuffer(Tcb c) {
    return isPressed() ? Math.min(c.receiveBuffer, PRESSED_SEGMENTS * c.advMss) : c.receiveBuffer;
  }

  // ---- Once a second ----

  /** When {@link #sweep} has something to do next; Long.MAX_VALUE while there is enough. */
  long nextSweepNanos() {
    return isPressed() ? nextSweepNanos : Long.MAX_VALUE;
  }

  /**
   * Looks through the connections when it is time to.
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
    for (TcpListener listener : core.listeners().all()) {
      listener.on(core.index()).heldBytes = 0;
    }
    while (isPressed() && core.received().pruneLargest()) {}
    core.flows().forEach(this::look);
    core.ended().forEach(this::charge);
    waiting.sort(Comparator.comparingLong(c -> -Math.max(stalled(c, now), held(c, now))));
    boolean exhausted = isExhausted();
    int reset = 0;
    for (TcpConnection c : waiting) {
      if (c.sendQueue == null) {
        continue; // ended by an application, when another was given its buffers back
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
  private static long stalled(TcpConnection c, long now) {
    return c.stalledSinceNanos == 0 ? 0 : now - c.stalledSinceNanos;
  }

  /** Time for which something that waits has been waiting; only looks count it. */
  private static long held(TcpConnection c, long now) {
    return now - c.sendQueue.heldSince(now);
  }

  /**
   * Whether the peer has kept us from giving memory back for as long as it may. A byte now and then
   * doesn't help it: all counts that was waiting when the time began.
   */
  private boolean hoards(TcpConnection c, long now) {
    return c.sndWnd == 0 && stalled(c, now) >= zeroWindowNanos || held(c, now) >= zeroWindowNanos;
  }

  /** Whether it is on the way there: at its pace, or without any, it would take as long. */
  private boolean hardlyMoves(TcpConnection c, long now) {
    return stalled(c, now) >= SWEEP_NANOS
        || held(c, now) >= SWEEP_NANOS && c.sendQueue.isHeldBeyond(zeroWindowNanos, now);
  }

  private void look(TcpConnection c) {
    charge(c);
    if (c.queuedBytes() > 0) {
      waiting.add(c);
    }
  }

  /** Counts what the connection holds as its listener's. */
  private void charge(TcpConnection c) {
    if (c.listener != null) {
      c.listener.on(core.index()).heldBytes += c.queuedBytes() + c.receiveQueue.bytes();
    }
  }
}
