package org.mosstack.netty;

import java.util.concurrent.atomic.AtomicInteger;
import org.mosstack.MosStack;

/** What the loops of one group share: the stack, and each other. */
final class LoopTable {
  private final MosStack stack;
  private final IdleStrategy idleStrategy;
  private final SlowTurns slowTurns = SlowTurns.ofProperty();
  private final MosEventLoop[] loops;
  private final AtomicInteger running;
  private final AtomicInteger undrained;
  private int created;

  /** Claims the stack, so that no second group can. */
  LoopTable(MosStack stack, IdleStrategy idleStrategy) {
    stack.claim();
    this.stack = stack;
    this.idleStrategy = idleStrategy;
    loops = new MosEventLoop[stack.cores()];
    running = new AtomicInteger(loops.length);
    undrained = new AtomicInteger(loops.length);
  }

  MosStack stack() {
    return stack;
  }

  IdleStrategy idleStrategy() {
    return idleStrategy;
  }

  SlowTurns slowTurns() {
    return slowTurns;
  }

  int size() {
    return loops.length;
  }

  /** The next core without a loop. During the group's construction, on its creator's thread. */
  int nextCore() {
    return created;
  }

  void add(MosEventLoop loop) {
    loops[created++] = loop;
  }

  /** The loop that owns a core. */
  MosEventLoop loop(int core) {
    return loops[core];
  }

  /**
   * Called once by each loop that is shutting down when it has no connections left. The last one
   * wakes the others, which wait for that. Any thread.
   */
  void drained() {
    if (undrained.decrementAndGet() == 0) {
      for (MosEventLoop loop : loops) {
        loop.wakeUp();
      }
    }
  }

  /**
   * Whether that is so for all loops. No loop ends sooner: where a port has fewer queues than there
   * are cores, one core's packets pass through another.
   */
  boolean allDrained() {
    return undrained.get() == 0;
  }

  /**
   * Called for a loop that will never run, having got no thread: nobody waits for it. Any thread.
   */
  void neverRuns() {
    drained();
    terminated();
  }

  /**
   * Called when a loop has closed its core, or will never run; the last one closes the stack. Any
   * thread.
   */
  void terminated() {
    if (running.decrementAndGet() == 0) {
      stack.close();
    }
  }
}
