package org.mosstack.top;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.mosstack.stats.CoreStats;
import org.mosstack.stats.DeviceStats;
import org.mosstack.stats.ListenerStats;
import org.mosstack.stats.QueueStats;
import org.mosstack.stats.StackStats;
import org.mosstack.stats.TurnLatency;

/**
 * Two snapshots of one run, and the rates between them.
 *
 * @param before the earlier one, or null: rates are then those since the stack's start
 * @param now the later one
 */
record Interval(StackStats before, StackStats now) {
  /** Rates over less time say little: the last line may come right after the one before. */
  private static final long LEAST_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  /**
   * The interval of a run's last second, which ends with the last snapshot.
   *
   * @param history snapshots in order, at least one; the stack may have restarted within them
   */
  static Interval last(List<StackStats> history) {
    StackStats now = history.getLast();
    StackStats before = null;
    for (int i = history.size() - 2; i >= 0; i--) {
      StackStats earlier = history.get(i);
      if (!sameRun(earlier, now)) {
        break;
      }
      before = earlier;
      if (now.uptimeNanos() - earlier.uptimeNanos() >= LEAST_NANOS) {
        break;
      }
    }
    return new Interval(before, now);
  }

  private static boolean sameRun(StackStats earlier, StackStats now) {
    return earlier.uptimeNanos() < now.uptimeNanos()
        && earlier.cores().size() == now.cores().size()
        && earlier.application().equals(now.application());
  }

  double seconds() {
    return (now.uptimeNanos() - (before == null ? 0 : before.uptimeNanos())) / 1e9;
  }

  /** A count's rate per second. */
  double rate(long earlier, long later) {
    double seconds = seconds();
    return seconds > 0 ? (later - earlier) / seconds : 0;
  }

  CoreStats coreBefore(CoreStats core) {
    return before == null ? null : before.cores().get(core.index());
  }

  /** How long the core's turns with work took in the interval. */
  TurnLatency latency(CoreStats core) {
    CoreStats earlier = coreBefore(core);
    return earlier == null ? core.latency() : core.latency().since(earlier.latency());
  }

  QueueStats queueBefore(DeviceStats device, QueueStats queue) {
    return before == null
        ? null
        : before.devices().stream()
            .filter(d -> d.name().equals(device.name()))
            .flatMap(d -> d.queues().stream())
            .filter(q -> q.core() == queue.core())
            .findFirst()
            .orElse(null);
  }

  ListenerStats listenerBefore(ListenerStats listener) {
    return before == null
        ? null
        : before.listeners().stream()
            .filter(
                l ->
                    l.port() == listener.port()
                        && l.core() == listener.core()
                        && l.address().equals(listener.address()))
            .findFirst()
            .orElse(null);
  }
}
