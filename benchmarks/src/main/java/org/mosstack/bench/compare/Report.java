package org.mosstack.bench.compare;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/**
 * Turns what JMH and {@link Latencies} kept into the table, the JSON and the plots of a run: {@code
 * Report JMH-JSON LATENCIES OUTPUT-PREFIX HEADING}.
 */
public final class Report {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  /**
   * A transport's outcome in a scenario.
   *
   * @param rate operations each second, the median of the forks
   * @param least of the slowest fork
   * @param most of the fastest fork
   * @param ratio of the rate to the better kernel transport's; 0 without one
   * @param p50 microseconds, the median of the iterations
   * @param p99 likewise
   * @param p50Share of the better kernel transport's; 0 without one
   * @param p99Share likewise
   */
  record Row(
      String transport,
      double rate,
      double least,
      double most,
      double ratio,
      double p50,
      double p99,
      double p999,
      double p50Share,
      double p99Share) {}

  /** All scenarios of a run, by name. */
  record Run(String heading, Map<String, List<Row>> scenarios) {}

  private Report() {}

  /** Writes PREFIX.txt, PREFIX.json and a plot for each scenario. */
  public static void main(String[] args) throws IOException {
    Path latencies = Path.of(args[1]);
    Map<String, Map<Transport, List<Latencies>>> kept = new LinkedHashMap<>();
    for (String line : Files.readAllLines(latencies)) {
      Latencies one = JSON.readValue(line, Latencies.class);
      kept.computeIfAbsent(one.scenario(), _ -> new TreeMap<>())
          .computeIfAbsent(one.transport(), _ -> new ArrayList<>())
          .add(one);
    }
    Map<String, List<Row>> scenarios = new LinkedHashMap<>();
    for (JsonNode result : JSON.readTree(Path.of(args[0]).toFile())) {
      String scenario = scenario(result);
      Transport transport = Transport.valueOf(result.at("/params/transport").asText());
      List<Double> forks = forks(result);
      List<Latencies> own = kept.get(scenario).get(transport);
      scenarios
          .computeIfAbsent(scenario, _ -> new ArrayList<>())
          .add(
              new Row(
                  transport.name(),
                  median(forks),
                  forks.stream().min(Comparator.naturalOrder()).orElseThrow(),
                  forks.stream().max(Comparator.naturalOrder()).orElseThrow(),
                  0,
                  median(own.stream().map(Latencies::p50).toList()),
                  median(own.stream().map(Latencies::p99).toList()),
                  median(own.stream().map(Latencies::p999).toList()),
                  0,
                  0));
    }
    scenarios.replaceAll((_, rows) -> compared(rows));
    write(new Run(args[3], scenarios), args[2]);
  }

  private static String scenario(JsonNode result) {
    JsonNode params = result.get("params");
    String benchmark = result.get("benchmark").asText();
    if (benchmark.contains(".Requests.")) {
      return Requests.scenario(params.get("connections").asInt());
    }
    if (benchmark.contains(".Connections.")) {
      return Connections.scenario(params.get("atOnce").asInt());
    }
    return Bulk.scenario(params.get("bytes").asInt(), params.get("upload").asBoolean());
  }

  /** The mean of each fork's iterations. */
  private static List<Double> forks(JsonNode result) {
    List<Double> means = new ArrayList<>();
    for (JsonNode fork : result.at("/primaryMetric/rawData")) {
      double sum = 0;
      for (JsonNode iteration : fork) {
        sum += iteration.asDouble();
      }
      means.add(sum / fork.size());
    }
    return means;
  }

  private static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    int n = sorted.size();
    return (sorted.get((n - 1) / 2) + sorted.get(n / 2)) / 2;
  }

  private static List<Row> compared(List<Row> rows) {
    List<Row> kernel =
        rows.stream().filter(row -> Transport.valueOf(row.transport()).isBaseline()).toList();
    double rate = best(kernel, Row::rate, true);
    double p50 = best(kernel, Row::p50, false);
    double p99 = best(kernel, Row::p99, false);
    return rows.stream()
        .map(
            r ->
                new Row(
                    r.transport,
                    r.rate,
                    r.least,
                    r.most,
                    rate == 0 ? 0 : r.rate / rate,
                    r.p50,
                    r.p99,
                    r.p999,
                    p50 == 0 ? 0 : r.p50 / p50,
                    p99 == 0 ? 0 : r.p99 / p99))
        .toList();
  }

  private static double best(List<Row> rows, ToDoubleFunction<Row> value, boolean most) {
    var values = rows.stream().mapToDouble(value);
    return (most ? values.max() : values.min()).orElse(0);
  }

  private static void write(Run run, String prefix) throws IOException {
    String table = table(run);
    System.out.print(table);
    Files.writeString(Path.of(prefix + ".txt"), table);
    JSON.writeValue(Path.of(prefix + ".json").toFile(), run);
    Files.writeString(Path.of(prefix + ".svg"), Plot.of(run));
  }

  private static String table(Run run) {
    StringBuilder text = new StringBuilder(run.heading()).append('\n');
    text.append("ratio and shares: to the better of epoll, epoll busy and io_uring in this run\n");
    run.scenarios()
        .forEach(
            (scenario, rows) -> {
              text.append(
                  "%n%-26s %10s %21s %7s %9s %9s %9s %7s %7s%n"
                      .formatted(
                          scenario,
                          "median",
                          "least to most",
                          "ratio",
                          "p50 us",
                          "p99 us",
                          "p99.9 us",
                          "p50",
                          "p99"));
              for (Row r : rows) {
                text.append(
                    String.format(
                        Locale.ROOT,
                        "%-26s %10.0f %10.0f %10.0f %7.2f %9.1f %9.1f %9.1f %7.2f %7.2f%n",
                        "  " + r.transport,
                        r.rate,
                        r.least,
                        r.most,
                        r.ratio,
                        r.p50,
                        r.p99,
                        r.p999,
                        r.p50Share,
                        r.p99Share));
              }
            });
    return text.toString();
  }
}
