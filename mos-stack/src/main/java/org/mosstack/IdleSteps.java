package org.mosstack;

import java.util.concurrent.TimeUnit;

/**
 * What an idle loop does between two turns: it spins for a moment if it has a CPU of its own, then
 * yields a few times, then sleeps. Belongs to the loop's thread.
 *
 * <p>A loop that is shutting down sleeps at once: a thread that yields waits until all others on
 * its CPU have had their turn, which on a loaded machine takes longer than any nap; a thread that
 * wakes up doesn't.
 */
public final class IdleSteps {
  /** What to do before the next turn. */
  public enum Step {
    /** Look again at once, for instance after {@link Thread#onSpinWait}. */
    SPIN,
    /** Let others have the CPU, and look again. */
    YIELD,
    /** Sleep until woken, or until the next deadline. */
    SLEEP
  }

  /** How long an idle loop with a CPU of its own spins before it yields. */
  static final long SPIN_NANOS = TimeUnit.MICROSECONDS.toNanos(20);

  /** Idle turns that yield the CPU before the loop sleeps. */
  static final int YIELDS = 4;

  private final boolean neverSleeps;
  private final long spinNanos;
  private long sinceNanos;
  private int yields;
  private boolean idle;
  private boolean shuttingDown;

  /**
   * @param neverSleeps whether the loop only spins, however busy the machine is
   * @param ownCpu whether no other loop needs the thread's CPU
   */
  public IdleSteps(boolean neverSleeps, boolean ownCpu) {
    this.neverSleeps = neverSleeps;
    spinNanos = ownCpu ? SPIN_NANOS : 0;
  }

  /**
   * Starts over, after a turn that found something to do or a wake-up: the next idle turn counts as
   * the first.
   */
  public void reset() {
    idle = false;
  }

  /** Notes that the loop is shutting down. */
  public void shutDown() {
    shuttingDown = true;
  }

  /** Whether {@link #shutDown} was called. */
  public boolean isShuttingDown() {
    return shuttingDown;
  }

  /** When the idle time began, by {@link System#nanoTime}; valid after an idle turn. */
  public long sinceNanos() {
    return sinceNanos;
  }

  /**
   * The step after a turn that found nothing to do.
   *
   * @param now {@link System#nanoTime}
   */
  public Step next(long now) {
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
