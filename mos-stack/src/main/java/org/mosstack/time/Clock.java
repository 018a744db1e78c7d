package org.mosstack.time;

/**
 * Monotonic time, injected so that a whole stack can run under a virtual clock.
 *
 * <p>A core reads its clock once per turn, and again for work between turns; everything in a turn
 * sees the same time.
 */
@FunctionalInterface
public interface Clock {
  /** The machine's monotonic clock, {@link System#nanoTime()}. */
  Clock SYSTEM = System::nanoTime;

  /**
   * Nanoseconds since an arbitrary fixed origin; never goes back. Any thread may call it.
   *
   * @return the time in nanoseconds
   */
  long nanoTime();
}
