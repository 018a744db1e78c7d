package org.mosstack.frameworks;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waits for what must happen, with a time limit for broken tests. */
final class Await {
  static final long TIMEOUT_SECONDS = 60;

  private Await() {}

  static <T> T get(io.vertx.core.Future<T> future, String what) {
    return get(future.toCompletionStage().toCompletableFuture(), what);
  }

  static <T> T get(Future<T> future, String what) {
    try {
      return future.get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new AssertionError("failed: " + what, e.getCause());
    } catch (TimeoutException e) {
      throw new AssertionError("timed out: " + what, e);
    } catch (InterruptedException e) {
      throw new AssertionError("interrupted: " + what, e);
    }
  }

  static void latch(CountDownLatch latch, String what) throws InterruptedException {
    if (!latch.await(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
      throw new AssertionError("timed out: " + what);
    }
  }
}
