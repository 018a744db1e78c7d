package org.mosstack.tcp;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.mosstack.socket.TcpError;
import org.mosstack.stats.Counter;
import org.mosstack.stats.Counters;

/**
 * Examines one core's connections, at most once a second and only while memory is short: what they
 * hold is charged to their listeners, and those are reset that {@link TcpMemory} can't wait for.
 */
final class MemorySweep {
  /** Time between two passes over all connections. */
  static final long SWEEP_NANOS = 1_000_000_000;

  private final TcpCore core;
  private final TcpMemory memory;
  private final ReceivedPackets received;
  private final FlowTable flows;
  private final EndedConnections ended;
  private final ListenerTable listeners;
  private final long zeroWindowNanos;
  private final Counters counters;
  private final List<Tcb> waiting = new ArrayList<>();
  private long nextSweepNanos;

  MemorySweep(
      TcpCore core,
      TcpMemory memory,
      ReceivedPackets received,
      FlowTable flows,
      EndedConnections ended,
      ListenerTable listeners,
      long zeroWindowNanos,
      Counters counters) {
    this.core = core;
    this.memory = memory;
    this.received = received;
    this.flows = flows;
    this.ended = ended;
    this.listeners = listeners;
    this.zeroWindowNanos = zeroWindowNanos;
    this.counters = counters;
  }

  /** When {@link #run} next has something to do; Long.MAX_VALUE while there is enough memory. */
  long nextNanos() {
    return memory.isPressed() ? nextSweepNanos : Long.MAX_VALUE;
  }

  /**
   * Examines the connections if it is time to.
   *
   * @return how many were reset
   */
  int run() {
    long now = core.now();
    if (!memory.isPressed() || nextSweepNanos - now > 0) {
      return 0;
    }
    nextSweepNanos = now + SWEEP_NANOS;
    counters.increment(Counter.TCP_MEMORY_PRESSURE);
    for (Listener listener : listeners.all()) {
      listener.on(core.index()).heldBytes = 0;
    }
    while (memory.isPressed() && received.pruneLargest()) {}
    flows.forEach(this::look);
    ended.forEach(this::charge);
    waiting.sort(Comparator.comparingLong(c -> -Math.max(stalled(c, now), held(c, now))));
    boolean exhausted = memory.isExhausted();
    int reset = 0;
    for (Tcb c : waiting) {
      if (c.sendQueue == null) {
        continue; // an application ended it when another's buffers were released
      }
      boolean relieves = exhausted && !memory.isRelieved() && hardlyMoves(c, now);
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
