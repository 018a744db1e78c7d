package org.mosstack.tcp;

import org.mosstack.stats.Counter;
import org.mosstack.stats.Counters;

/**
 * One core's orphans: connections that their application has closed, and whose end the peer hasn't
 * acknowledged. What they still have to send is copied into the stack's own memory, so that the
 * application has its buffers back at once, as from a kernel.
 *
 * <p>They are bounded in bytes by {@link OrphanMemory}, and never keep a living connection out:
 * where memory or {@code max_concurrency} is used up, those whose peer has been silent are reset,
 * oldest first (tcp(7): tcp_max_orphans). Each by itself ends as any connection does whose peer is
 * silent.
 */
final class Orphans {
  /** What a peer may be silent for and its connection still isn't given up for another. */
  static final long SILENT_NANOS = 1_000_000_000;

  /** Memory of one core's orphans; that of {@code tcp_mem}'s share where it is less. */
  private static final long MEMORY_BYTES = 64 << 20;

  private final TcpCore core;
  private final Counters counters;
  private final OrphanMemory memory;
  private final ConnectionChain chain = new ConnectionChain();

  Orphans(TcpCore core, TcpProtection protection, Counters counters) {
    this.core = core;
    this.counters = counters;
    long bound = protection.memoryBytes();
    memory = new OrphanMemory(bound == 0 ? MEMORY_BYTES : Math.min(bound, MEMORY_BYTES));
  }

  /**
   * The application has closed the connection: it goes on alone, or is reset for lack of memory.
   */
  void add(TcpConnection c) {
    int needed = OrphanMemory.blocks(c.queuedBytes());
    while (memory.available() < needed) {
      if (!giveWay()) {
        counters.increment(Counter.TCP_ORPHANS_RESET);
        core.abort(c, TcpError.ABORTED);
        return;
      }
    }
    ConnectionChain.leave(c);
    chain.add(c);
    if (needed > 0) {
      c.sendQueue.moveTo(memory, c);
    }
  }

  /**
   * Resets the oldest orphan for something that needs its room, if its peer has been silent.
   *
   * @return false when it hasn't, or there is none
   */
  boolean giveWay() {
    TcpConnection oldest = chain.last();
    if (oldest == null || core.now() - oldest.lastReceiveNanos < SILENT_NANOS) {
      return false;
    }
    counters.increment(Counter.TCP_ORPHANS_RESET);
    core.abort(oldest, TcpError.TIMED_OUT);
    return true;
  }

  /** Blocks in which data of orphans is, for leak checks. */
  int blocksInUse() {
    return memory.inUse();
  }

  /** No connection is left. */
  void close() {
    memory.close();
  }
}
