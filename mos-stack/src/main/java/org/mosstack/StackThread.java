package org.mosstack;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * A thread of a stack's own, which drives the cores that it is given. It exists while it has one,
 * as a daemon: it keeps no process alive.
 */
final class StackThread implements Runnable {
  /** A sleep shorter than this costs more than it saves. */
  private static final long SHORTEST_SLEEP_NANOS = TimeUnit.MICROSECONDS.toNanos(5);

  private final String name;
  private final boolean bound;
  private final CoreParker parker = new CoreParker();

  /** The cores that it is to drive. Guarded by this. */
  private final Set<StackCore> wanted = new LinkedHashSet<>();

  /** The cores that it drives. The thread's; other threads may look while they hold the lock. */
  private final CoreRound round = new CoreRound();

  private final IdleSteps idle;

  /** Whether {@link #wanted} and {@link #round} differ. */
  private volatile boolean changed;

  /** Null while there is no core to drive. Guarded by this. */
  private Thread thread;

  /**
   * No thread yet.
   *
   * @param name the thread's
   * @param bound whether it is bound to its core's CPU, for one that drives a single core
   * @param ownCpu whether no other core needs the thread's CPU
   */
  StackThread(String name, boolean bound, boolean ownCpu) {
    this.name = name;
    this.bound = bound;
    idle = new IdleSteps(false, ownCpu);
  }

  /**
   * Drives a core that no thread drives, from now on. If there is no thread to be had, the core is
   * closed. Any thread.
   */
  synchronized void take(StackCore core) {
    wanted.add(core);
    changed = true;
    if (thread != null) {
      parker.wakeup();
      return;
    }
    try {
      thread = Thread.ofPlatform().daemon().name(name).start(this);
    } catch (OutOfMemoryError e) { // unable to create native thread
      wanted.remove(core);
      core.log().write("core " + core.index() + " has nobody to drive it: it ends", e);
      core.close();
    }
  }

  /** Stops driving a core. When this returns, no thread does. Any thread but this one. */
  synchronized void giveBack(StackCore core) {
    wanted.remove(core);
    changed = true;
    parker.wakeup();
    boolean interrupted = false;
    while (thread != null && round.contains(core)) {
      try {
        wait();
      } catch (InterruptedException _) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** The thread's own. */
  @Override
  public void run() {
    parker.attach();
    try {
      while (follow()) {
        if (round.poll() > 0) {
          idle.reset();
        } else {
          rest();
        }
        if (round.hasFailed()) {
          changed = true;
        }
      }
    } finally {
      end();
    }
  }

  /** Nobody may wait for this thread any more, however it ended. */
  private synchronized void end() {
    if (thread == Thread.currentThread()) {
      thread = null;
      notifyAll();
    }
  }

  /**
   * Leaves the cores that aren't wanted any more, and takes over those that are.
   *
   * @return false if the thread has none, and ends
   */
  private boolean follow() {
    if (!changed) {
      return true;
    }
    synchronized (this) {
      changed = false;
      wanted.removeIf(StackCore::isClosed);
      for (StackCore core : round.cores()) {
        if (!wanted.contains(core)) {
          round.leave(core);
        }
      }
      for (StackCore core : wanted) {
        if (!round.contains(core)) {
          round.add(core, bound, parker::wakeup);
        }
      }
      if (round.isEmpty()) {
        thread = null; // another one is started for the next core
      }
      notifyAll();
      return !round.isEmpty();
    }
  }

  private void rest() {
    switch (idle.next(System.nanoTime())) {
      case SPIN -> Thread.onSpinWait();
      case YIELD -> Thread.yield();
      case SLEEP -> sleep();
    }
  }

  private void sleep() {
    parker.prepare();
    try {
      if (!changed && round.prepareSleep()) {
        long nanos = round.sleepNanos(System.nanoTime() - idle.sinceNanos());
        if (nanos >= SHORTEST_SLEEP_NANOS) {
          parker.park(nanos);
          if (!parker.isSleeping()) {
            idle.reset();
          }
        }
        round.finishSleep();
      }
    } finally {
      parker.finish();
    }
  }
}
