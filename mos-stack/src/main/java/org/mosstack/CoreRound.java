package org.mosstack;

import java.util.ArrayList;
import java.util.List;

/**
 * Cores that one thread drives by turns. A core whose turn fails is closed, and the others go on.
 * On that thread.
 */
final class CoreRound {
  private final List<StackCore> cores = new ArrayList<>();
  private boolean failed;

  boolean isEmpty() {
    return cores.isEmpty();
  }

  boolean contains(StackCore core) {
    return cores.contains(core);
  }

  /** The cores, in the order in which they were added. */
  List<StackCore> cores() {
    return List.copyOf(cores);
  }

  /**
   * Takes over a core that no thread drives. One that can't be taken over is closed.
   *
   * @param bound whether the thread is bound to the core's CPU
   * @param wakeup wakes this thread
   */
  void add(StackCore core, boolean bound, Runnable wakeup) {
    core.onArrival(wakeup);
    try {
      if (bound) {
        core.attach();
      } else {
        core.attachUnbound();
      }
      cores.add(core);
    } catch (RuntimeException e) { // e.g. no lcore for this thread
      core.log().write("core " + core.index() + " has nobody to drive it: it ends", e);
      core.close();
    }
  }

  /** Leaves a core to another thread; one that is closed is just forgotten. */
  void leave(StackCore core) {
    cores.remove(core);
    if (!core.isClosed()) {
      core.leave();
    }
  }

  /**
   * One turn of each core.
   *
   * @return work done; 0 if all were idle
   */
  int poll() {
    int work = 0;
    for (int i = 0; i < cores.size(); i++) {
      StackCore core = cores.get(i);
      if (core.isClosed()) {
        continue;
      }
      try {
        work += core.poll();
      } catch (Throwable t) { // e.g. corrupt packet buffers
        core.log().write("core " + core.index() + " failed: it ends", t);
        core.close();
        failed = true;
      }
    }
    return work;
  }

  /** Whether one of the cores has been closed because its turn failed, since the last call. */
  boolean hasFailed() {
    boolean failed = this.failed;
    this.failed = false;
    return failed;
  }

  /**
   * Announces for all cores that the thread is about to sleep.
   *
   * @return false if one of them has work, and the thread must not sleep
   */
  boolean prepareSleep() {
    for (int i = 0; i < cores.size(); i++) {
      cores.get(i).flush();
      if (!cores.get(i).prepareSleep()) {
        finishSleep(i);
        return false;
      }
    }
    return true;
  }

  /** Announces for all cores that the thread is awake. */
  void finishSleep() {
    finishSleep(cores.size());
  }

  private void finishSleep(int count) {
    for (int i = 0; i < count; i++) {
      cores.get(i).finishSleep();
    }
  }

  /** See {@link StackCore#sleepNanos}: the least of all cores. */
  long sleepNanos(long idleNanos) {
    long nanos = Long.MAX_VALUE;
    for (StackCore core : cores) {
      nanos = Math.min(nanos, core.sleepNanos(idleNanos));
    }
    return nanos;
  }

  /** Whether there is a connection that is being closed. */
  boolean isClosingSome() {
    return cores.stream().anyMatch(core -> !core.isClosed() && core.closing() > 0);
  }

  /** Whether there are packets that may still be on their way out. */
  boolean hasBuffersInUse() {
    return cores.stream().anyMatch(core -> !core.isClosed() && core.buffersInUse() > 0);
  }

  /**
   * Closes all cores, the last ones first: the first own the queues of ports that have fewer queues
   * than there are cores, and still send for the others when they end.
   */
  void close() {
    for (StackCore core : cores.reversed()) {
      core.close();
    }
    cores.clear();
  }
}
