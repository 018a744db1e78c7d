package org.mosstack.stats;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;

/**
 * A {@link StackStats} as one line of JSON, as in the file of {@code stats_json}. Needs
 * jackson-core, an optional dependency that only this class uses.
 *
 * <p>Objects have the names of the records' components. Counters that are 0 are left out; {@code
 * totals}, {@code count} and the percentiles of {@code latency} are there for readers that don't
 * want to add up.
 */
public final class StatsJson {
  private static final List<Percentile> PERCENTILES =
      List.of(
          new Percentile("p50Nanos", 50),
          new Percentile("p90Nanos", 90),
          new Percentile("p99Nanos", 99),
          new Percentile("p999Nanos", 99.9));

  private record Percentile(String name, double percent) {}

  @FunctionalInterface
  private interface Element<T> {
    void write(JsonGenerator json, T element) throws IOException;
  }

  private final JsonFactory factory = new JsonFactory();

  /** Creates a writer, for any number of snapshots and threads. */
  public StatsJson() {}

  /**
   * Writes a snapshot.
   *
   * @return one line, without the newline
   */
  public String toLine(StackStats stats) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = factory.createGenerator(text)) {
      stack(json, stats);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory doesn't fail
    }
    return text.toString();
  }

  private static void stack(JsonGenerator json, StackStats stats) throws IOException {
    json.writeStartObject();
    json.writeNumberField("timeMillis", stats.timeMillis());
    json.writeNumberField("uptimeNanos", stats.uptimeNanos());
    json.writeStringField("application", stats.application());
    array(json, "cores", stats.cores(), StatsJson::core);
    array(json, "devices", stats.devices(), StatsJson::device);
    array(json, "listeners", stats.listeners(), StatsJson::listener);
    counters(json, "totals", stats.totals());
    json.writeEndObject();
  }

  private static void core(JsonGenerator json, CoreStats core) throws IOException {
    json.writeNumberField("index", core.index());
    json.writeNumberField("cpu", core.cpu());
    json.writeNumberField("turns", core.turns());
    json.writeNumberField("busyTurns", core.busyTurns());
    json.writeNumberField("flows", core.flows());
    json.writeNumberField("connections", core.connections());
    json.writeNumberField("timers", core.timers());
    json.writeNumberField("buffersInUse", core.buffersInUse());
    counters(json, "counters", core.counters());
    json.writeObjectFieldStart("latency");
    latency(json, core.latency());
    json.writeEndObject();
  }

  private static void latency(JsonGenerator json, TurnLatency latency) throws IOException {
    json.writeNumberField("count", latency.count());
    json.writeNumberField("sumNanos", latency.sumNanos());
    json.writeNumberField("maxNanos", latency.maxNanos());
    for (Percentile p : PERCENTILES) {
      json.writeNumberField(p.name, latency.percentileNanos(p.percent));
    }
    array(json, "buckets", latency.buckets(), StatsJson::bucket);
  }

  private static void bucket(JsonGenerator json, TurnLatency.Bucket bucket) throws IOException {
    json.writeNumberField("upToNanos", bucket.upToNanos());
    json.writeNumberField("count", bucket.count());
  }

  private static void device(JsonGenerator json, DeviceStats device) throws IOException {
    json.writeStringField("name", device.name());
    json.writeBooleanField("linkUp", device.linkUp());
    array(json, "queues", device.queues(), StatsJson::queue);
  }

  private static void queue(JsonGenerator json, QueueStats queue) throws IOException {
    json.writeNumberField("core", queue.core());
    json.writeNumberField("rxPackets", queue.rxPackets());
    json.writeNumberField("rxBytes", queue.rxBytes());
    json.writeNumberField("rxMissed", queue.rxMissed());
    json.writeNumberField("rxNoMbuf", queue.rxNoMbuf());
    json.writeNumberField("rxErrors", queue.rxErrors());
    json.writeNumberField("txPackets", queue.txPackets());
    json.writeNumberField("txBytes", queue.txBytes());
  }

  private static void listener(JsonGenerator json, ListenerStats listener) throws IOException {
    json.writeStringField("address", listener.address());
    json.writeNumberField("port", listener.port());
    json.writeNumberField("core", listener.core());
    json.writeNumberField("backlog", listener.backlog());
    json.writeNumberField("synQueue", listener.synQueue());
    json.writeNumberField("acceptQueue", listener.acceptQueue());
    json.writeNumberField("accepted", listener.accepted());
    json.writeNumberField("dropped", listener.dropped());
  }

  private static void counters(JsonGenerator json, String name, Map<Counter, Long> counters)
      throws IOException {
    json.writeObjectFieldStart(name);
    for (Map.Entry<Counter, Long> entry : counters.entrySet()) {
      if (entry.getValue() != 0) {
        json.writeNumberField(entry.getKey().name(), entry.getValue());
      }
    }
    json.writeEndObject();
  }

  private static <T> void array(
      JsonGenerator json, String name, List<T> elements, Element<T> writer) throws IOException {
    json.writeArrayFieldStart(name);
    for (T element : elements) {
      json.writeStartObject();
      writer.write(json, element);
      json.writeEndObject();
    }
    json.writeEndArray();
  }
}
