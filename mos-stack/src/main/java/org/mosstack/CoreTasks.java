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

  private final Consumer<Throwable> failures;
  private final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private volatile boolean closed;

  /** The core's thread's. */
  private final ArrayDeque<Runnable> atTurnEnd = new ArrayDeque<>();

  /**
   * Creates an empty list.
   *
   * @param failures gets what tasks throw
   */
  CoreTasks(Consumer<Throwable> failures) {
    this.failures = failures;
  }

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
   * @return how many were run
   */
  int run() {
    int ran = 0;
    while (ran < PER_TURN && runNext()) {
      ran++;
    }
    return ran;
  }

  private boolean runNext() {
    Runnable task = tasks.poll();
    if (task == null) {
      return false;
    }
    run(task);
    return true;
  }

  private void run(Runnable task) {
    try {
      task.run();
    } catch (Throwable t) { // one task's failure doesn't touch the next, nor the core
      failures.accept(t);
    }
  }

  /** Runs what was put off until now. */
  void endTurn() {
    Runnable task;
    while ((task = atTurnEnd.poll()) != null) {
      run(task);
    }
  }

  /** Runs what is left, and takes no more. */
  void close() {
    closed = true;
    while (runNext()) {
      // the next one
    }
  }
}
