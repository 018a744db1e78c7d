package org.mosstack.tcp;

import java.util.function.BiConsumer;
import org.mosstack.stats.Counter;
import org.mosstack.stats.Counters;

/**
 * What applications' handlers and the processing of packets throw on one core: each is counted, and
 * one per second is logged, so that what always throws doesn't fill a disk.
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
   * Sets the log. On the core's thread, or before it starts.
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
    thrown(Counter.HANDLER_EXCEPTIONS, where, whom, thrown);
  }

  /**
   * Something was thrown.
   *
   * @param counter what it counts as
   * @param where what was called
   * @param whom whose it is
   */
  void thrown(Counter counter, String where, Object whom, Throwable thrown) {
    counters.increment(counter);
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
