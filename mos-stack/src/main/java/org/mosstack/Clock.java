package org.mosstack;

/** Time. */
public interface Clock {
  /** Monotonic nanoseconds. */
  long nanoTime();
}
