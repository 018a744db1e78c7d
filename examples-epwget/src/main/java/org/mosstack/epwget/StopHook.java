package org.mosstack.epwget;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Lets a signal end what runs, and delays the JVM's end until that is reported: the JVM then ends
 * with 128 and the signal's number.
 */
public final class StopHook implements AutoCloseable {
  /** How long a signal waits for connections to close and the summary to be printed. */
  private static final int STOP_SECONDS = 10;

  private final CountDownLatch reported = new CountDownLatch(1);
  private final Thread thread;

  /**
   * Waits for a signal from now on.
   *
   * @param stop called once by a thread of its own when one arrives; makes the caller go on to its
   *     report, soon
   */
  public StopHook(Runnable stop) {
    thread = new Thread(() -> run(stop), "stop");
    Runtime.getRuntime().addShutdownHook(thread);
  }

  private void run(Runnable stop) {
    stop.run();
    try {
      reported.await(STOP_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  /** All is reported: a signal ends the JVM at once from now on. */
  @Override
  public void close() {
    reported.countDown();
    try {
      Runtime.getRuntime().removeShutdownHook(thread);
    } catch (IllegalStateException _) {
      // The JVM is ending: the hook has run.
    }
  }
}
