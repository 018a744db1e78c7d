package org.mosstack.tcp;

import org.mosstack.stats.Counter;
import org.mosstack.stats.Counters;

/**
 * One core's orphans: connections that their application has closed, and whose orderly end isn't
 * over: the peer hasn't acknowledged all, or hasn't closed its side. What they still have to send
 * is copied into the stack's own memory, so that the application has its buffers back at once, as
 * from a kernel.
 *
 * <p>They are bounded in bytes by {@link OrphanMemory}, and never keep a living connection out:
 * where memory or {@code max_concurrency} is used up, those whose peer has been silent are reset,
 * oldest first (tcp(7): tcp_max_orphans); for a place those before all others whose data the peer
 * has. Each by itself ends as any connection does whose peer is silent.
 */
final class Orphans {
  /** What a peer may be silent for and its connection still isn't given up for another. */
  static final long SILENT_NANOS = 1_000_000_000;

  /** Orphans that are looked at, at most, to find one whose peer has been silent. */
  private static final int MAX_LOOKS = 16;

  /** Orphans that are reset, at most, for the memory of one other. */
  private static final int MAX_RESETS = 64;

  /** Memory of one core's orphans; that of {@code tcp_mem}'s share where it is less. */
  private static final long MEMORY_BYTES = 64 << 20;

  private final TcpCore core;
  private final Counters counters;
  private final OrphanMemory memory;

  /** Those with data in {@link #memory}. */
  private final ConnectionChain sending = new ConnectionChain();

  /** Those whose data, if they had any, was acknowledged: they hold a place, but no memory. */
  private final ConnectionChain sent = new ConnectionChain();

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
    if (memory.available() < needed && !makeRoom(needed)) {
      counters.increment(Counter.TCP_ORPHANS_RESET);
      core.abort(c, TcpError.ABORTED);
      return;
    }
    ConnectionChain.leave(c);
    if (needed > 0) {
      sending.add(c);
      c.sendQueue.moveTo(memory, c); // last: the application is told, and may abort
    } else {
      sent.add(c);
    }
  }

  /**
   * Resets the oldest silent orphans that hold memory, if so many blocks are then available; else
   * nobody, as it would be in vain.
   */
  private boolean makeRoom(int needed) {
    if (needed > memory.limit() || silentBlocks() < needed - memory.available()) {
      return false;
    }
    while (memory.available() < needed) {
      if (!resetSilent(sending)) {
        return false;
      }
    }
    return true;
  }

  /** Blocks at least that those hold that can be reset for one other's memory. */
  private int silentBlocks() {
    int blocks = 0;
    TcpConnection c = sending.last();
    for (int i = 0; c != null && i < MAX_RESETS; i++) {
      TcpConnection next = c.chainPrevious;
      if (isSilent(c)) {
        blocks += OrphanMemory.blocks(c.queuedBytes());
      } else {
        ConnectionChain.leave(c);
        sending.add(c); // looked at again after the others, see silent()
      }
      c = next;
    }
    return blocks;
  }

  private boolean isSilent(TcpConnection c) {
    return core.now() - c.lastReceiveNanos >= SILENT_NANOS;
  }

  /** The peer has acknowledged all data of an orphan. */
  void drained(TcpConnection c) {
    ConnectionChain.leave(c);
    sent.add(c);
  }

  /** Whether {@link #giveWay} would find one. */
  boolean canGiveWay() {
    return silent(sent) != null || silent(sending) != null;
  }

  /** Resets an orphan whose peer has been silent, if one is found, for a connection's place. */
  void giveWay() {
    if (!resetSilent(sent)) {
      resetSilent(sending);
    }
  }

  private boolean resetSilent(ConnectionChain chain) {
    TcpConnection c = silent(chain);
    if (c == null) {
      return false;
    }
    counters.increment(Counter.TCP_ORPHANS_RESET);
    core.abort(c, TcpError.TIMED_OUT);
    return true;
  }

  /**
   * The oldest one whose peer has been silent, of the few that are looked at; null when none of
   * them is. One whose peer is alive is looked at again only after the others, so that it doesn't
   * shield them.
   */
  private TcpConnection silent(ConnectionChain chain) {
    for (int i = 0; i < MAX_LOOKS; i++) {
      TcpConnection c = chain.last();
      if (c == null || isSilent(c)) {
        return c;
      }
      ConnectionChain.leave(c);
      chain.add(c);
    }
    return null;
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
