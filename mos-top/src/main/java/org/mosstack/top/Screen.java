package org.mosstack.top;

import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToLongFunction;
import org.mosstack.stats.CoreStats;
import org.mosstack.stats.Counter;
import org.mosstack.stats.DeviceStats;
import org.mosstack.stats.ListenerStats;
import org.mosstack.stats.QueueStats;
import org.mosstack.stats.StackStats;
import org.mosstack.stats.TurnLatency;

/** An {@link Interval} as text: tables of cores, devices, listeners and counters. */
final class Screen {
  private static final double NANOS_PER_MICRO = 1e3;
  private static final double NANOS_PER_SECOND = 1e9;
  private static final double BITS_PER_MEGABYTE = 8 / 1e6;
  private static final double PERCENT = 100;

  private final Interval interval;
  private final StringBuilder text = new StringBuilder();

  private Screen(Interval interval) {
    this.interval = interval;
  }

  /**
   * Writes all tables.
   *
   * @return lines of at most 94 columns, except for long names, each with its newline
   */
  static String of(Interval interval) {
    Screen screen = new Screen(interval);
    screen.heading();
    screen.cores();
    screen.devices();
    screen.listeners();
    screen.counters();
    return screen.text.toString();
  }

  private void heading() {
    StackStats now = interval.now();
    Duration up = Duration.ofNanos(now.uptimeNanos());
    line(
        "%s  up %d:%02d:%02d  cores %d  flows %d  rates over %s %.1f s",
        now.application(),
        up.toHours(),
        up.toMinutesPart(),
        up.toSecondsPart(),
        now.cores().size(),
        now.flows(),
        interval.before() == null ? "all" : "the last",
        interval.seconds());
  }

  // ---- Cores ----

  private void cores() {
    line("");
    line(
        "%4s %4s %9s %6s %8s %9s %9s %8s %8s   %8s %8s %8s",
        "core",
        "cpu",
        "turns/s",
        "busy %",
        "flows",
        "rx seg/s",
        "tx seg/s",
        "retr/s",
        "drop/s",
        "turn p50",
        "p99 us",
        "max us");
    for (CoreStats core : interval.now().cores()) {
      TurnLatency latency = interval.latency(core);
      line(
          "%4d %4s %9.0f %6.1f %8d %9.0f %9.0f %8.0f %8.0f   %8.1f %8.1f %8.1f",
          core.index(),
          core.cpu() < 0 ? "-" : Integer.toString(core.cpu()),
          rate(core, CoreStats::turns),
          busyPercent(latency),
          core.flows(),
          rate(core, c -> c.count(Counter.TCP_SEGMENTS_RECEIVED)),
          rate(core, c -> c.count(Counter.TCP_SEGMENTS_SENT)),
          rate(core, c -> c.count(Counter.TCP_RETRANSMITS)),
          rate(core, Screen::drops),
          latency.percentileNanos(50) / NANOS_PER_MICRO,
          latency.percentileNanos(99) / NANOS_PER_MICRO,
          latency.maxNanos() / NANOS_PER_MICRO);
    }
  }

  /** The share of the time that went into turns with work. */
  private double busyPercent(TurnLatency latency) {
    double seconds = interval.seconds();
    double busy = latency.sumNanos() / NANOS_PER_SECOND;
    return seconds > 0 ? Math.min(PERCENT, PERCENT * busy / seconds) : 0;
  }

  private double rate(CoreStats core, ToLongFunction<CoreStats> figure) {
    CoreStats before = interval.coreBefore(core);
    return interval.rate(before == null ? 0 : figure.applyAsLong(before), figure.applyAsLong(core));
  }

  private static long drops(CoreStats core) {
    return core.counters().entrySet().stream()
        .filter(e -> e.getKey().name().startsWith("DROP_"))
        .mapToLong(Map.Entry::getValue)
        .sum();
  }

  // ---- Devices ----

  private void devices() {
    line("");
    line(
        "%-12s %4s %4s %10s %10s %8s %10s %10s",
        "device", "link", "core", "rx pkt/s", "rx Mbit/s", "lost/s", "tx pkt/s", "tx Mbit/s");
    for (DeviceStats device : interval.now().devices()) {
      for (QueueStats queue : device.queues()) {
        line(
            "%-12s %4s %4d %10.0f %10.2f %8.0f %10.0f %10.2f",
            device.name(),
            device.linkUp() ? "up" : "down",
            queue.core(),
            rate(device, queue, QueueStats::rxPackets),
            rate(device, queue, QueueStats::rxBytes) * BITS_PER_MEGABYTE,
            rate(device, queue, q -> q.rxMissed() + q.rxNoMbuf() + q.rxErrors()),
            rate(device, queue, QueueStats::txPackets),
            rate(device, queue, QueueStats::txBytes) * BITS_PER_MEGABYTE);
      }
    }
  }

  private double rate(DeviceStats device, QueueStats queue, ToLongFunction<QueueStats> figure) {
    QueueStats before = interval.queueBefore(device, queue);
    return interval.rate(
        before == null ? 0 : figure.applyAsLong(before), figure.applyAsLong(queue));
  }

  // ---- Listeners ----

  private void listeners() {
    if (interval.now().listeners().isEmpty()) {
      return;
    }
    line("");
    line(
        "%-21s %5s %10s %8s %10s %12s %8s",
        "listener", "core", "accepts/s", "drop/s", "half open", "to accept", "backlog");
    for (ListenerStats listener : interval.now().listeners()) {
      line(
          "%-21s %5s %10.0f %8.0f %10d %12d %8d",
          listener.address() + ":" + listener.port(),
          listener.core() < 0 ? "all" : Integer.toString(listener.core()),
          rate(listener, ListenerStats::accepted),
          rate(listener, ListenerStats::dropped),
          listener.synQueue(),
          listener.acceptQueue(),
          listener.backlog());
    }
  }

  private double rate(ListenerStats listener, ToLongFunction<ListenerStats> figure) {
    ListenerStats before = interval.listenerBefore(listener);
    return interval.rate(
        before == null ? 0 : figure.applyAsLong(before), figure.applyAsLong(listener));
  }

  // ---- Counters ----

  /** The non-zero counters, summed over all cores. */
  private void counters() {
    line("");
    line("%-32s %12s %16s", "counter", "per second", "in all");
    StackStats before = interval.before();
    interval
        .now()
        .totals()
        .forEach(
            (counter, total) -> {
              if (total != 0) {
                double rate = interval.rate(before == null ? 0 : before.count(counter), total);
                line("%-32s %12.0f %16d", counter, rate, total);
              }
            });
  }

  private void line(String format, Object... values) {
    text.append(String.format(Locale.ROOT, format, values)).append('\n');
  }
}
