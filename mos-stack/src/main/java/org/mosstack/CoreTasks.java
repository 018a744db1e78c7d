package org.mosstack;

import java.util.ArrayDeque;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;

/**
 * Work that other threads give to a core's thread, whichever thread that is, and what that thread
 * puts off until the end of its turn.
 */
final class CoreTasks {
  /** Most tasks per turn: packets and timers have theirs in between. */
  private static final int PER_TURN = 256;

  private final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private volatile boolean closed;

  /** The core's thread's. */
  private final ArrayDeque<Runnable> atTurnEnd = new ArrayDeque<>();

  /**
   * Adds a task. Any thread.
   *
   * @return false if the core has ended: the task won't run
   */
  boolean offer(Runnable task) {
    if (closed) {
      return false;
    }
    tasks.add(task);
    return !closed || !tasks.remove(task); // what close() found, it has run
  }

  /** Puts a task off until {@link #endTurn}. The core's thread. */
  void atTurnEnd(Runnable task) {
    atTurnEnd.add(task);
  }

  /** Whether there is nothing to run. */
  boolean isEmpty() {
    return tasks.isEmpty() && atTurnEnd.isEmpty();
  }

  /**
   * Runs tasks, in the order in which they were added.
   *
   * @param failures gets what they throw
   * @return how many were run
   */
  int run(Consumer<Throwable> failures) {
    int ran = 0;
    while (ran < PER_TURN && runNext(failures)) {
      ran++;
    }
    return ran;
  }

  private boolean runNext(Consumer<Throwable> failures) {
    Runnable task = tasks.poll();
    if (task == null) {
      return false;
    }
    run(task, failures);
    return true;
  }

  private static void run(Runnable task, Consumer<Throwable> failures) {
    try {
      task.run();
    } catch (Throwable t) { // one task's failure doesn't touch the next, nor the core
      failures.accept(t);
    }
  }

  /** Runs what was put off until now. */
  void endTurn(Consumer<Throwable> failures) {
    Runnable task;
    while ((task = atTurnEnd.poll()) != null) {
      run(task, failures);
    }
  }

  /** Runs what is left, and takes no more. */
  void close(Consumer<Throwable> failures) {
    closed = true;
    while (runNext(failures)) {
      // the next one
    }
  }
}
