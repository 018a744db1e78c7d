package org.mosstack.sim;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Long-running work on the command line: it reports progress now and then, and Ctrl-C ends it
 * early, but only after its summary is printed. Opened and closed by the thread that does the work.
 */
final class Interruptible implements AutoCloseable {
  private static final long PROGRESS_SECONDS = 5;

  private final CountDownLatch stop = new CountDownLatch(1);
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread hook = new Thread(this::interrupted, "interrupted");
  private final Thread progress;

  /**
   * Starts the work.
   *
   * @param progress what to print on standard error every five seconds
   */
  Interruptible(Supplier<String> progress) {
    Runtime.getRuntime().addShutdownHook(hook);
    this.progress = Thread.ofPlatform().name("progress").daemon().start(() -> tell(progress));
  }

  /** Whether the user wants it to end. Callable from any thread. */
  boolean isStopped() {
    return stop.getCount() == 0;
  }

  /** The JVM exits when this returns. */
  private void interrupted() {
    stop.countDown();
    try {
      closed.await(1, TimeUnit.MINUTES);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void tell(Supplier<String> what) {
    try {
      while (!closed.await(PROGRESS_SECONDS, TimeUnit.SECONDS)) {
        System.err.println(what.get());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Called when the work is done and its summary printed. */
  @Override
  public void close() {
    closed.countDown();
    if (isStopped()) {
      return;
    }
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      return; // interrupted just now, after everything was printed
    }
  }
}
