package org.mosstack.epserver;

import io.netty.handler.codec.DateFormatter;
import io.netty.util.AsciiString;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.InstantSource;
import java.util.Collections;
import java.util.Date;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * What the connections of one event loop share: the files, the counters, the Date header, and the
 * sweep that closes idle connections. All but {@link #stats} belongs to the loop's thread.
 */
final class LoopState {
  /** A sweep checks every connection: at most an eighth late, for an eighth of the work. */
  private static final int SWEEPS_PER_IDLE_TIME = 8;

  private final EventExecutor loop;
  private final FileStore files;
  private final ServerLimits limits;
  private final InstantSource clock;
  private final ServerStats stats = new ServerStats();
  private final Set<StaticFileHandler> connections =
      Collections.newSetFromMap(new IdentityHashMap<>());
  private final Promise<Void> drained;

  private long dateSecond = Long.MIN_VALUE;
  private AsciiString date;
  private ScheduledFuture<?> sweeper;
  private boolean draining;

  LoopState(EventExecutor loop, FileStore files, ServerLimits limits, InstantSource clock) {
    this.loop = loop;
    this.files = files;
    this.limits = limits;
    this.clock = clock;
    this.drained = loop.newPromise();
  }

  FileStore files() {
    return files;
  }

  ServerLimits limits() {
    return limits;
  }

  ServerStats stats() {
    return stats;
  }

  /** Monotonic nanoseconds of the loop, for idle times. */
  long nanoTime() {
    return loop.ticker().nanoTime();
  }

  /** The Date header's value, made once a second (RFC 9110, 6.6.1). */
  AsciiString date() {
    long second = Math.floorDiv(clock.millis(), 1000L);
    if (second != dateSecond) {
      dateSecond = second;
      date = new AsciiString(DateFormatter.format(new Date(second * 1000)));
    }
    return date;
  }

  /** Whether the server is ending: no connection is kept alive any more. */
  boolean draining() {
    return draining;
  }

  void opened(StaticFileHandler connection) {
    stats.connection();
    connections.add(connection);
    if (sweeper == null && !draining) {
      long period = Math.max(1, limits.idle().toNanos() / SWEEPS_PER_IDLE_TIME);
      sweeper = loop.scheduleWithFixedDelay(this::sweep, period, period, TimeUnit.NANOSECONDS);
    }
    if (draining) {
      connection.drain();
    }
  }

  void closed(StaticFileHandler connection) {
    connections.remove(connection);
    if (draining && connections.isEmpty()) {
      stopSweeping();
      drained.trySuccess(null);
    }
  }

  /**
   * Ends every connection: the idle ones now, the others after their current response. Any thread.
   *
   * @return done when the loop has no connection left
   */
  Future<Void> drain() {
    loop.execute(
        () -> {
          draining = true;
          // A closing connection removes itself from the set.
          List.copyOf(connections).forEach(StaticFileHandler::drain);
          if (connections.isEmpty()) {
            stopSweeping();
            drained.trySuccess(null);
          }
        });
    return drained;
  }

  /** Closes every connection that is still open, whatever it is doing. Any thread. */
  void abort() {
    loop.execute(
        () -> {
          stopSweeping();
          List.copyOf(connections).forEach(StaticFileHandler::abort);
        });
  }

  private void sweep() {
    if (connections.isEmpty()) {
      // Without a timer the loop may sleep; the next connection starts the sweep again.
      stopSweeping();
      return;
    }
    long now = nanoTime();
    long idle = limits.idle().toNanos();
    for (StaticFileHandler connection : List.copyOf(connections)) {
      if (connection.idleNanos(now) >= idle) {
        connection.abort();
      }
    }
  }

  private void stopSweeping() {
    if (sweeper != null) {
      sweeper.cancel(false);
      sweeper = null;
    }
  }
}
