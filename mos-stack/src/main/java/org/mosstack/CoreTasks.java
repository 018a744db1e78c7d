package org.mosstack;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;

/** Work that other threads give to a core's thread, whichever thread that is. */
final class CoreTasks {
  /** Most tasks per turn: packets and timers have theirs in between. */
  private static final int PER_TURN = 256;

  private final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private volatile boolean closed;

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

  /** Whether there is nothing to run. */
  boolean isEmpty() {
    return tasks.isEmpty();
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
    try {
      task.run();
    } catch (Throwable t) { // one task's failure doesn't touch the next, nor the core
      failures.accept(t);
    }
    return true;
  }

  /** Runs what is left, and takes no more. */
  void close(Consumer<Throwable> failures) {
    closed = true;
    while (runNext(failures)) {
      // the next one
    }
  }
}
