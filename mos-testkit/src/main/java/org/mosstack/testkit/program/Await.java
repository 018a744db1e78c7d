package org.mosstack.testkit.program;

import java.util.concurrent.TimeUnit;

/** Waits for what other processes do, where nothing but looking again tells of it. */
public final class Await {
  private static final int PAUSE_MILLIS = 100;

  /**
   * A condition to look at.
   *
   * @param <X> what looking may throw
   */
  @FunctionalInterface
  public interface Condition<X extends Exception> {
    /**
     * Returns whether it holds by now.
     *
     * @throws X to end the waiting
     */
    boolean holds() throws X;
  }

  private Await() {}

  /**
   * Waits until a condition holds, and looks ten times a second.
   *
   * @param what the condition, for the error
   * @param seconds the time to wait at most
   * @throws AssertionError if it doesn't hold by then
   * @throws X from the condition
   */
  public static <X extends Exception> void until(String what, int seconds, Condition<X> condition)
      throws X, InterruptedException {
    long start = System.nanoTime();
    while (!condition.holds()) {
      if (System.nanoTime() - start > TimeUnit.SECONDS.toNanos(seconds)) {
        throw new AssertionError("not within " + seconds + " s: " + what);
      }
      pause();
    }
  }

  /** Waits for the time between two looks. */
  static void pause() throws InterruptedException {
    TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
  }
}
