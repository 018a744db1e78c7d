package org.mosstack.tcp;

import java.util.function.BiConsumer;
import org.mosstack.stats.Counter;
import org.mosstack.stats.Counters;

/**
 * What the applications' handlers throw on one core: each is counted, and one a second is logged,
 * so that a handler that always throws doesn't fill a disk.
 */
final class HandlerFailures {
  private static final long LOG_INTERVAL_NANOS = 1_000_000_000;

  private final TcpCore core;
  private final Counters counters;
  private BiConsumer<String, Throwable> log = (message, thrown) -> {};
  private boolean logged;
  private long loggedNanos;
  private int leftOut;

  HandlerFailures(TcpCore core, Counters counters) {
    this.core = core;
    this.counters = counters;
  }

  /**
   * Sets where it is logged. On the core's thread, or before it starts.
   *
   * @param log given one line, and what was thrown; called on the core's thread
   */
  void log(BiConsumer<String, Throwable> log) {
    this.log = log;
  }

  /**
   * A handler has thrown something.
   *
   * @param where what was called
   * @param whom whose handler it is
   */
  void thrown(String where, Object whom, Throwable thrown) {
    counters.increment(Counter.HANDLER_EXCEPTIONS);
    long now = core.now();
    if (logged && now - loggedNanos < LOG_INTERVAL_NANOS) {
      leftOut++;
      return;
    }
    String before = leftOut == 0 ? "" : " (and " + leftOut + " times since the last such message)";
    logged = true;
    loggedNanos = now;
    leftOut = 0;
    try {
      log.accept(where + " threw on core " + core.index() + ": " + whom + before, thrown);
    } catch (Throwable _) {
      counters.increment(Counter.HANDLER_EXCEPTIONS); // a log is the application's code too
    }
  }
}
