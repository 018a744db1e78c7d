package org.mosstack.sim;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.mosstack.sim.BulkExperiment.Setting;
import org.mosstack.socket.CongestionAlgorithm;

/** The measurements of {@link Throughput}, as Markdown tables. */
final class ThroughputReport {
  private static final double MEGABIT = 1e6 / 8;
  private static final double MILLIS = 1e6;
  private static final double PERCENT = 100;

  private final ThroughputFigures figures;
  private final List<Long> seeds;
  private final StringBuilder text = new StringBuilder();

  private ThroughputReport(ThroughputFigures figures, List<Long> seeds) {
    this.figures = figures;
    this.seeds = seeds;
  }

  static String of(ThroughputFigures figures, List<Setting> settings, List<Long> seeds) {
    ThroughputReport report = new ThroughputReport(figures, seeds);
    byLink(settings.stream().filter(s -> s.flows() == 1)).forEach(report::single);
    List<Setting> several = settings.stream().filter(s -> s.flows() > 1).toList();
    if (!several.isEmpty()) {
      report.several(several);
    }
    return report.text.toString();
  }

  /** Returns the links by name, in order of appearance. */
  static Map<String, List<Setting>> byLink(Stream<Setting> settings) {
    return settings.collect(
        Collectors.groupingBy(ThroughputReport::link, LinkedHashMap::new, Collectors.toList()));
  }

  private static String link(Setting s) {
    long megabits = s.bitsPerSecond() / 1_000_000;
    String rate = megabits % 1000 == 0 ? megabits / 1000 + " Gb/s" : megabits + " Mb/s";
    return rate + ", " + number(s.rttNanos() / MILLIS) + " ms, MTU " + s.mtu();
  }

  static String percent(double loss) {
    return number(Math.rint(loss * PERCENT * 1e6) / 1e6) + " %";
  }

  private static String number(double value) {
    return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
  }

  /** Returns the algorithm's limit in Mb/s. */
  static double limit(Setting s) {
    return switch (s.algorithm()) {
      case NEWRENO -> s.renoLimit() / MEGABIT;
      case CUBIC -> s.cubicLimit() / MEGABIT;
      case BBR -> s.linkLimit() / MEGABIT;
    };
  }

  static String limitName(CongestionAlgorithm algorithm) {
    return switch (algorithm) {
      case NEWRENO -> "Reno's formula";
      case CUBIC -> "CUBIC's formula";
      case BBR -> "limit of the link";
    };
  }

  private void single(String link, List<Setting> settings) {
    Map<CongestionAlgorithm, List<Setting>> rows =
        settings.stream()
            .collect(Collectors.groupingBy(Setting::algorithm, TreeMap::new, Collectors.toList()));
    List<Setting> first = rows.values().iterator().next();
    text.append("| ").append(link).append(": Mb/s |");
    first.forEach(s -> text.append(' ').append(percent(s.loss())).append(" loss |"));
    text.append("\n| --- |").append(" ---: |".repeat(first.size())).append('\n');
    rows.forEach(
        (algorithm, cells) -> {
          row("**" + algorithm.id() + "**", cells, this::measured);
          row(limitName(algorithm), cells, s -> format(limit(s)));
        });
    text.append('\n');
  }

  private void row(String name, List<Setting> cells, Function<Setting, String> value) {
    text.append("| ").append(name).append(" |");
    cells.forEach(s -> text.append(' ').append(value.apply(s)).append(" |"));
    text.append('\n');
  }

  private String measured(Setting s) {
    double value = figures.megabits(s, seeds);
    return "**" + format(value) + "** (" + format(PERCENT * value / limit(s)) + " %)";
  }

  private void several(List<Setting> settings) {
    text.append("| Several flows, no loss | flows | control | warm-up s | Mb/s | of the link |")
        .append(" Jain's index |\n| --- | ---: | --- | ---: | ---: | ---: | ---: |\n");
    ToDoubleFunction<Setting> part =
        s -> PERCENT * figures.megabits(s, seeds) * MEGABIT / s.linkLimit();
    for (Setting s : settings) {
      text.append(
          String.format(
              Locale.ROOT,
              "| %s | %d | %s | %.0f | %s | %s %% | %.3f |%n",
              link(s),
              s.flows(),
              s.algorithm().id(),
              s.warmUpSeconds(),
              format(figures.megabits(s, seeds)),
              format(part.applyAsDouble(s)),
              figures.fairness(s, seeds)));
    }
  }

  /** Formats with at least three digits, and none that are meaningless. */
  private static String format(double value) {
    String format = value >= 99.95 ? "%,.0f" : value >= 9.995 ? "%.1f" : "%.2f";
    return String.format(Locale.ROOT, format, value);
  }
}
