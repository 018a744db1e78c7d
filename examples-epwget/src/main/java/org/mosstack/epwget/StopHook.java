package org.mosstack.epwget;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Lets a signal end what runs, and delays the JVM's end until that is reported and all is closed:
 * the JVM then ends with 128 and the signal's number. To be the outermost of a program's resources,
 * for what is closed after it may be lost.
 */
public final class StopHook implements AutoCloseable {
  /**
   * How long a signal waits for connections to close, the summary to be printed, and the transport
   * and its capture to be closed.
   */
  private static final int STOP_SECONDS = 10;

  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread thread = new Thread(this::run, "stop");

  /** What a signal ends; null while nothing runs that could be ended. */
  private Runnable stop;

  private boolean signalled;

  /** Waits for a signal from now on. */
  public StopHook() {
    Runtime.getRuntime().addShutdownHook(thread);
  }

  /**
   * Says what a signal ends, also one that has arrived already. Any thread.
   *
   * @param stop called once, by a thread of its own or by this one; makes the caller go on to its
   *     report, soon
   */
  public void stopsBy(Runnable stop) {
    synchronized (this) {
      this.stop = stop;
      if (!signalled) {
        return;
      }
    }
    stop.run();
  }

  private synchronized Runnable signalled() {
    signalled = true;
    return stop == null ? () -> {} : stop;
  }

  private void run() {
    signalled().run();
    try {
      closed.await(STOP_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  /** All is reported and closed: a signal ends the JVM at once from now on. */
  @Override
  public void close() {
    closed.countDown();
    try {
      Runtime.getRuntime().removeShutdownHook(thread);
    } catch (IllegalStateException _) {
      // The JVM is ending: the hook has run.
    }
  }
}
