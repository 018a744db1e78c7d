package org.mosstack.frameworks.agent;

import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** How long tests wait at most. */
final class Waiting {
  static final long SECONDS = 60;

  private Waiting() {}

  /** Returns a future's result. */
  static <T> T get(Future<T> future) throws Exception {
    return future.get(SECONDS, TimeUnit.SECONDS);
  }
}
