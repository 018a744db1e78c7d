package org.mosstack.interop;

import static org.junit.jupiter.api.Assertions.fail;

import java.util.concurrent.TimeUnit;

/** Waits for what other processes do, where nothing but looking again tells of it. */
final class Await {
  private static final int PAUSE_MILLIS = 100;

  /** A condition to look at. */
  @FunctionalInterface
  interface Condition {
    boolean holds() throws Exception;
  }

  private Await() {}

  /** Waits until a condition holds; fails after some seconds. */
  static void until(String what, int seconds, Condition condition) throws Exception {
    long start = System.nanoTime();
    while (!condition.holds()) {
      if (System.nanoTime() - start > TimeUnit.SECONDS.toNanos(seconds)) {
        fail("not within " + seconds + " s: " + what);
      }
      pause();
    }
  }

  /** The time between two looks. */
  static void pause() throws InterruptedException {
    TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
  }
}
