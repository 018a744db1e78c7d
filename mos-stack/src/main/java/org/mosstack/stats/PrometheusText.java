package org.mosstack.stats;

import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/**
 * A {@link StackStats} in Prometheus' text exposition format 0.0.4, to be served to scrapes as
 * {@code text/plain; version=0.0.4}. All names start with {@code mos_}; labels are {@code core},
 * {@code device}, {@code listener} (address and port) and {@code reason}.
 */
public final class PrometheusText {
  private static final String COUNTER = "counter";
  private static final String GAUGE = "gauge";
  private static final String DROP = "DROP_";
  private static final double NANOS_PER_SECOND = 1e9;

  /**
   * Buckets of the histogram of turns: up to a microsecond, then each four times as long, to half a
   * minute. The meter's own buckets end there too, so that nothing is estimated.
   */
  private static final int FIRST_BUCKET_BITS = 10;

  private static final int LAST_BUCKET_BITS = 34;
  private static final int BUCKET_STEP_BITS = 2;

  private final StringBuilder text = new StringBuilder(1 << 14);

  private PrometheusText() {}

  /**
   * Writes a snapshot.
   *
   * @return lines, each with its newline
   */
  public static String of(StackStats stats) {
    PrometheusText out = new PrometheusText();
    out.stack(stats);
    out.cores(stats.cores());
    out.turnSeconds(stats.cores());
    out.devices(stats.devices());
    out.listeners(stats.listeners());
    return out.text.toString();
  }

  private void stack(StackStats stats) {
    family("mos_uptime_seconds", GAUGE, "Time since the stack's start.");
    sample("mos_uptime_seconds", "", seconds(stats.uptimeNanos()));
    family(
        "mos_snapshot_timestamp_seconds",
        GAUGE,
        "When these figures were read, since the epoch: those of a file may be old.");
    sample(
        "mos_snapshot_timestamp_seconds", "", BigDecimal.valueOf(stats.timeMillis(), 3).toString());
  }

  // ---- Cores ----

  private void cores(List<CoreStats> cores) {
    perCore("mos_turns_total", COUNTER, "Turns taken.", cores, CoreStats::turns);
    perCore("mos_busy_turns_total", COUNTER, "Turns with work.", cores, CoreStats::busyTurns);
    perCore("mos_flows", GAUGE, "Connections of any state.", cores, CoreStats::flows);
    perCore(
        "mos_connections",
        GAUGE,
        "Connections that are not in TIME_WAIT.",
        cores,
        CoreStats::connections);
    perCore("mos_timers", GAUGE, "Timers armed.", cores, CoreStats::timers);
    perCore("mos_buffers_in_use", GAUGE, "Packet buffers in use.", cores, CoreStats::buffersInUse);
    family("mos_dropped_packets_total", COUNTER, "Packets dropped by the stack, by reason.");
    for (CoreStats core : cores) {
      core.counters()
          .forEach(
              (counter, value) -> {
                if (counter.name().startsWith(DROP)) {
                  String reason = lower(counter.name().substring(DROP.length()));
                  String labels = label("core", core.index()) + "," + label("reason", reason);
                  sample("mos_dropped_packets_total", labels, value.toString());
                }
              });
    }
    for (Counter counter : Counter.values()) {
      if (!counter.name().startsWith(DROP)) {
        String name = "mos_" + lower(counter.name()) + "_total";
        perCore(
            name, COUNTER, "The stack's counter " + counter + ".", cores, c -> c.count(counter));
      }
    }
  }

  private void perCore(
      String name,
      String type,
      String help,
      List<CoreStats> cores,
      ToLongFunction<CoreStats> figure) {
    family(name, type, help);
    for (CoreStats core : cores) {
      sample(name, label("core", core.index()), Long.toString(figure.applyAsLong(core)));
    }
  }

  private void turnSeconds(List<CoreStats> cores) {
    String name = "mos_turn_seconds";
    family(name, "histogram", "Time that turns with work took, the channels' tasks included.");
    for (CoreStats core : cores) {
      String label = label("core", core.index());
      TurnLatency latency = core.latency();
      for (int bits = FIRST_BUCKET_BITS; bits <= LAST_BUCKET_BITS; bits += BUCKET_STEP_BITS) {
        long upTo = (1L << bits) - 1;
        long count =
            latency.buckets().stream()
                .filter(b -> b.upToNanos() <= upTo)
                .mapToLong(TurnLatency.Bucket::count)
                .sum();
        String labels = label + "," + label("le", seconds(upTo));
        sample(name + "_bucket", labels, Long.toString(count));
      }
      String all = Long.toString(latency.count());
      sample(name + "_bucket", label + "," + label("le", "+Inf"), all);
      sample(name + "_sum", label, seconds(latency.sumNanos()));
      sample(name + "_count", label, all);
    }
  }

  // ---- Devices ----

  private void devices(List<DeviceStats> devices) {
    family("mos_device_link_up", GAUGE, "Whether the device has a carrier.");
    for (DeviceStats device : devices) {
      sample("mos_device_link_up", label("device", device.name()), device.linkUp() ? "1" : "0");
    }
    perQueue("receive_packets", "Packets received.", devices, QueueStats::rxPackets);
    perQueue("receive_bytes", "Bytes received.", devices, QueueStats::rxBytes);
    perQueue("receive_missed", "Packets that found a ring full.", devices, QueueStats::rxMissed);
    perQueue("receive_no_mbuf", "Packets without a buffer.", devices, QueueStats::rxNoMbuf);
    perQueue("receive_errors", "Frames that were damaged.", devices, QueueStats::rxErrors);
    perQueue("transmit_packets", "Packets sent.", devices, QueueStats::txPackets);
    perQueue("transmit_bytes", "Bytes sent.", devices, QueueStats::txBytes);
  }

  private void perQueue(
      String figure, String help, List<DeviceStats> devices, ToLongFunction<QueueStats> value) {
    String name = "mos_device_" + figure + "_total";
    family(name, COUNTER, help);
    for (DeviceStats device : devices) {
      for (QueueStats queue : device.queues()) {
        String labels = label("device", device.name()) + "," + label("core", queue.core());
        sample(name, labels, Long.toString(value.applyAsLong(queue)));
      }
    }
  }

  // ---- Listeners ----

  /** Merges those of one address and port (SO_REUSEPORT): a series may occur only once. */
  private void listeners(List<ListenerStats> listeners) {
    Map<String, List<ListenerStats>> byAddress =
        listeners.stream()
            .collect(
                Collectors.groupingBy(
                    l -> l.address() + ":" + l.port(), LinkedHashMap::new, Collectors.toList()));
    perListener(
        "mos_listener_syn_queue",
        GAUGE,
        "Connections that are half open.",
        byAddress,
        ListenerStats::synQueue);
    perListener(
        "mos_listener_accept_queue",
        GAUGE,
        "Connections that wait to be accepted.",
        byAddress,
        ListenerStats::acceptQueue);
    perListener(
        "mos_listener_accepted_total",
        COUNTER,
        "Connections that got into the accept queue.",
        byAddress,
        ListenerStats::accepted);
    perListener(
        "mos_listener_dropped_total",
        COUNTER,
        "Handshakes that found a queue full.",
        byAddress,
        ListenerStats::dropped);
  }

  private void perListener(
      String name,
      String type,
      String help,
      Map<String, List<ListenerStats>> byAddress,
      ToLongFunction<ListenerStats> figure) {
    family(name, type, help);
    byAddress.forEach(
        (address, all) ->
            sample(
                name,
                label("listener", address),
                Long.toString(all.stream().mapToLong(figure).sum())));
  }

  // ---- The format ----

  private void family(String name, String type, String help) {
    String escaped = help.replace("\\", "\\\\").replace("\n", "\\n");
    text.append("# HELP ").append(name).append(' ').append(escaped).append('\n');
    text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
  }

  private void sample(String name, String labels, String value) {
    text.append(name);
    if (!labels.isEmpty()) {
      text.append('{').append(labels).append('}');
    }
    text.append(' ').append(value).append('\n');
  }

  private static String label(String name, int value) {
    return label(name, Integer.toString(value));
  }

  private static String label(String name, String value) {
    String escaped = value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
    return name + "=\"" + escaped + "\"";
  }

  private static String lower(String name) {
    return name.toLowerCase(Locale.ROOT);
  }

  private static String seconds(long nanos) {
    return Double.toString(nanos / NANOS_PER_SECOND);
  }
}
