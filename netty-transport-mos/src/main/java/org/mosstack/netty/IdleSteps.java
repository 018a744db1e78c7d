package org.mosstack.netty;

import java.util.concurrent.TimeUnit;

/**
 * What an idle loop does between two turns: it spins for a moment if it has a CPU of its own, then
 * yields a few times, then sleeps. Belongs to the loop's thread.
 *
 * <p>One that shuts down sleeps at once: a thread that yields waits until all others on its CPU
 * have had their turn, which on a loaded machine is longer than any nap; one that wakes up doesn't.
 */
final class IdleSteps {
  /** What to do before the next turn. */
  enum Step {
    SPIN,
    YIELD,
    SLEEP
  }

  /** How long an idle loop with a CPU of its own spins before it yields. */
  static final long SPIN_NANOS = TimeUnit.MICROSECONDS.toNanos(20);

  /** Idle turns that give the CPU away before the loop sleeps. */
  static final int YIELDS = 4;

  private final boolean neverSleeps;
  private final long spinNanos;
  private long sinceNanos;
  private int yields;
  private boolean idle;
  private boolean shuttingDown;

  /**
   * @param neverSleeps whether the loop only spins, whatever the machine is asked for
   * @param ownCpu whether no other loop needs the thread's CPU
   */
  IdleSteps(boolean neverSleeps, boolean ownCpu) {
    this.neverSleeps = neverSleeps;
    spinNanos = ownCpu ? SPIN_NANOS : 0;
  }

  /** A turn found something to do, or the thread was woken: the next idle one is the first. */
  void reset() {
    idle = false;
  }

  /** From here on the loop is about to end. */
  void shutDown() {
    shuttingDown = true;
  }

  boolean isShuttingDown() {
    return shuttingDown;
  }

  /** Since when nothing has come; valid after an idle turn. */
  long sinceNanos() {
    return sinceNanos;
  }

  /** A turn found nothing to do. */
  Step next(long now) {
    if (!idle) {
      idle = true;
      sinceNanos = now;
      yields = 0;
    }
    if (shuttingDown) {
      return Step.SLEEP;
    }
    if (neverSleeps || now - sinceNanos < spinNanos) {
      return Step.SPIN;
    }
    return yields++ < YIELDS ? Step.YIELD : Step.SLEEP;
  }
}
