package org.mosstack.tcp;

import org.mosstack.socket.TcpError;
import org.mosstack.stats.Counter;
import org.mosstack.stats.Counters;

/**
 * One core's orphans: connections that their application has closed but that haven't ended yet, as
 * the peer hasn't acknowledged everything or hasn't closed its side. What they still have to send
 * is copied into the stack's own memory, so that the application gets its buffers back at once, as
 * from a kernel.
 *
 * <p>They are bounded in bytes by {@link OrphanMemory}, and never keep a live connection out: when
 * memory or {@code max_concurrency} is used up, those whose peer has been silent are reset, oldest
 * first (tcp(7): tcp_max_orphans); for {@code max_concurrency}, those go first whose data has all
 * been acknowledged. Left alone, each ends like any connection whose peer is silent.
 */
final class Orphans {
  /** How long a peer may be silent before its connection may be given up for another. */
  static final long SILENT_NANOS = 1_000_000_000;

  /** Maximum number of orphans examined to find one whose peer has been silent. */
  private static final int MAX_LOOKS = 16;

  /** Maximum number of orphans reset to free memory for another. */
  private static final int MAX_RESETS = 64;

  /** Memory of one core's orphans, or the core's share of {@code tcp_mem} where that is less. */
  private static final long MEMORY_BYTES = 64 << 20;

  private final TcpCore core;
  private final Counters counters;
  private final OrphanMemory memory;

  /** Those with data in {@link #memory}. */
  private final ConnectionChain sending = new ConnectionChain();

  /** Those whose data, if any, was acknowledged: they count as connections, but hold no memory. */
  private final ConnectionChain sent = new ConnectionChain();

  Orphans(TcpCore core, TcpProtection protection, Counters counters) {
    this.core = core;
    this.counters = counters;
    long bound = protection.memoryBytes();
    memory = new OrphanMemory(bound == 0 ? MEMORY_BYTES : Math.min(bound, MEMORY_BYTES));
  }

  /** How many there are. */
  int count() {
    return sending.size() + sent.size();
  }

  /**
   * Takes a connection that its application has closed: it goes on alone, or is reset for lack of
   * memory.
   */
  void add(Tcb c) {
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
   * Resets the oldest silent orphans that hold memory, if that makes {@code needed} blocks
   * available; otherwise none, as it would be in vain.
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

  /** Lower bound of the blocks held by the orphans that may be reset for another's memory. */
  private int silentBlocks() {
    int blocks = 0;
    Tcb c = sending.last();
    for (int i = 0; c != null && i < MAX_RESETS; i++) {
      Tcb next = c.chainPrevious;
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

  private boolean isSilent(Tcb c) {
    return core.now() - c.lastReceiveNanos >= SILENT_NANOS;
  }

  /** Handles the acknowledgment of all of an orphan's data. */
  void drained(Tcb c) {
    ConnectionChain.leave(c);
    sent.add(c);
  }

  /** Whether {@link #giveWay} would find an orphan. */
  boolean canGiveWay() {
    return silent(sent) != null || silent(sending) != null;
  }

  /**
   * Resets an orphan whose peer has been silent, if one is found, to make room for a connection.
   */
  void giveWay() {
    if (!resetSilent(sent)) {
      resetSilent(sending);
    }
  }

  private boolean resetSilent(ConnectionChain chain) {
    Tcb c = silent(chain);
    if (c == null) {
      return false;
    }
    counters.increment(Counter.TCP_ORPHANS_RESET);
    core.abort(c, TcpError.TIMED_OUT);
    return true;
  }

  /**
   * Returns the oldest of the few examined whose peer has been silent, or null. One whose peer is
   * alive moves behind the others, so that it doesn't shield them.
   */
  private Tcb silent(ConnectionChain chain) {
    for (int i = 0; i < MAX_LOOKS; i++) {
      Tcb c = chain.last();
      if (c == null || isSilent(c)) {
        return c;
      }
      ConnectionChain.leave(c);
      chain.add(c);
    }
    return null;
  }

  /** Number of blocks that hold orphans' data, for leak checks. */
  int blocksInUse() {
    return memory.inUse();
  }

  /** Releases the memory; no connection may be left. */
  void close() {
    memory.close();
  }
}
