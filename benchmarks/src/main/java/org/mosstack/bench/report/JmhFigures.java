package org.mosstack.bench.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;

/**
 * Figures from JMH's output: one per fork, the mean of its iterations. The parameter {@code
 * transport} names the row, and the others become part of the table's title. Without a transport,
 * the stack alone is measured, and a row is a number of connections.
 */
public final class JmhFigures {
  private static final String TRANSPORT = "transport";
  private static final String CONNECTIONS = "connections";
  private static final double NANOS = 1e9;

  private JmhFigures() {}

  static List<Figure> read(Path file) throws IOException {
    List<Figure> figures = new ArrayList<>();
    for (JsonNode result : new ObjectMapper().readTree(file.toFile())) {
      Map<String, String> params = new TreeMap<>();
      result
          .path("params")
          .properties()
          .forEach(p -> params.put(p.getKey(), p.getValue().asText()));
      String benchmark = result.get("benchmark").asText();
      if (params.containsKey(TRANSPORT)) {
        String column = benchmark.substring(benchmark.lastIndexOf('.') + 1) + "/s";
        for (double rate : forks(result.at("/primaryMetric/rawData"))) {
          figures.add(new Figure(title(benchmark, params), params.get(TRANSPORT), column, rate));
        }
      } else {
        for (double rate : forks(result.at("/secondaryMetrics/segments/rawData"))) {
          figures.add(
              new Figure(
                  "Stack alone, both ends on one thread",
                  params.get(CONNECTIONS),
                  "ns per segment",
                  NANOS / rate));
        }
      }
    }
    return figures;
  }

  /** Returns the median cost of a segment with this many connections. */
  public static double nanosPerSegment(Path file, String connections) throws IOException {
    return Cell.of(
            read(file).stream()
                .filter(figure -> figure.row().equals(connections))
                .map(Figure::value)
                .toList())
        .median();
  }

  /** Returns a table's title: the benchmark's class, then its parameters. */
  public static String title(String benchmark, Map<String, String> params) {
    String[] names = benchmark.split("\\.");
    StringJoiner title = new StringJoiner(", ").add(names[names.length - 2]);
    new TreeMap<>(params)
        .forEach(
            (name, value) -> {
              if (!name.equals(TRANSPORT)) {
                title.add(name + " " + value);
              }
            });
    return title.toString();
  }

  private static List<Double> forks(JsonNode rawData) {
    List<Double> means = new ArrayList<>();
    for (JsonNode fork : rawData) {
      double sum = 0;
      for (JsonNode iteration : fork) {
        sum += iteration.asDouble();
      }
      means.add(sum / fork.size());
    }
    return means;
  }
}
