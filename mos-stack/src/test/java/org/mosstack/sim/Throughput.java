package org.mosstack.sim;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.mosstack.tcp.CongestionAlgorithm;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The command behind {@code bin/simulate throughput}. */
@Command(
    name = "throughput",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Measures in virtual time what bulk flows get through a link, beside what could be. Without"
          + " options: every congestion control at 100 Mb/s and 10 Gb/s, round trips of 10 and 100"
          + " ms, 0, 0.1, 1 and 5 % loss; one flow, and two without loss.",
      ""
    },
    footer = {
      "",
      "Each figure is a line of JSON, of the form that the benchmarks' report is made of:",
      "bin/launch benchmarks org.mosstack.bench.report.Report OUTPUT-PREFIX HEADING FILE"
    })
final class Throughput implements Callable<Integer> {
  private static final double MEGABIT = 1e6 / 8;
  private static final double MILLIS = 1e6;

  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  @Option(
      names = "--rate",
      paramLabel = "MBITS",
      split = ",",
      description = "Rates of the link in Mb/s (default: ${DEFAULT-VALUE}).")
  private List<Long> rates = List.of(100L, 10_000L);

  @Option(
      names = "--rtt",
      paramLabel = "MILLIS",
      split = ",",
      description = "Round-trip times in milliseconds (default: ${DEFAULT-VALUE}).")
  private List<Double> rtts = List.of(10.0, 100.0);

  @Option(
      names = "--loss",
      paramLabel = "PERCENT",
      split = ",",
      description = "Packets lost on the way, in percent (default: ${DEFAULT-VALUE}).")
  private List<Double> losses = List.of(0.0, 0.1, 1.0, 5.0);

  @Option(
      names = "--congestion",
      paramLabel = "NAME",
      split = ",",
      description = "Congestion controls (default: all there are).")
  private List<String> names = List.of();

  @Option(
      names = "--flows",
      paramLabel = "N",
      split = ",",
      description =
          "Flows at a time (default: ${DEFAULT-VALUE}); several are measured without loss only.")
  private List<Integer> flows = List.of(1, 2);

  @Option(
      names = "--queue",
      paramLabel = "PART",
      description =
          "What waits in front of the link at most, as a part of rate times round trip (default:"
              + " ${DEFAULT-VALUE}).")
  private double queue = 1;

  @Option(
      names = "--mark",
      description = "Marks packets from half of the queue on, where they can be (RFC 3168).")
  private boolean marks;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      description =
          "Virtual seconds of each measurement; as many go before (default: ${DEFAULT-VALUE}).")
  private double seconds = 20;

  @Option(
      names = "--seed",
      paramLabel = "S",
      description = "Of all that is random (default: ${DEFAULT-VALUE}).")
  private long seed = 1;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Where the figures are appended; without, they go to the standard output.")
  private Path file;

  @Override
  public Integer call() throws IOException {
    List<CongestionAlgorithm> algorithms = algorithms();
    for (long rate : rates) {
      for (double rtt : rtts) {
        for (int n : flows) {
          for (double loss : n == 1 ? losses : List.of(0.0)) {
            measure(algorithms, rate, rtt, loss, n);
          }
        }
      }
    }
    return 0;
  }

  private List<CongestionAlgorithm> algorithms() {
    try {
      return names.isEmpty()
          ? Arrays.asList(CongestionAlgorithm.values())
          : names.stream().map(CongestionAlgorithm::of).toList();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "--congestion: " + e.getMessage());
    }
  }

  private void measure(
      List<CongestionAlgorithm> algorithms, long rate, double rtt, double loss, int n)
      throws IOException {
    String table = title(rate, rtt, n);
    String column = String.format(Locale.ROOT, "Mb/s at %s %% loss", number(loss));
    BulkExperiment.Setting setting = null;
    for (CongestionAlgorithm algorithm : algorithms) {
      setting =
          new BulkExperiment.Setting(
              algorithm,
              rate * 1_000_000,
              (long) (rtt * MILLIS),
              loss / 100,
              n,
              queue,
              marks,
              seconds,
              seconds);
      BulkExperiment.Outcome outcome = BulkExperiment.run(setting, seed);
      keep(table, algorithm.id(), column, outcome.total() / MEGABIT);
      if (n > 1) {
        keep(table, algorithm.id(), "Jain's index", outcome.fairness());
      }
    }
    if (setting != null) {
      keep(table, "limit of the link", column, setting.linkLimit() / MEGABIT);
      keep(table, "Reno's formula", column, setting.renoLimit() / MEGABIT);
      keep(table, "CUBIC's formula", column, setting.cubicLimit() / MEGABIT);
    }
  }

  private static String title(long rate, double rtt, int n) {
    String link = rate % 1000 == 0 ? rate / 1000 + " Gb/s" : rate + " Mb/s";
    String title = link + ", round trip " + number(rtt) + " ms";
    return n == 1 ? title : title + ", " + n + " flows";
  }

  private static String number(double value) {
    return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
  }

  private void keep(String table, String row, String column, double value) throws IOException {
    String line =
        String.format(
            Locale.ROOT,
            "{\"table\":\"%s\",\"row\":\"%s\",\"column\":\"%s\",\"value\":%.4f}%n",
            table,
            row,
            column,
            value);
    if (file == null) {
      System.out.print(line);
    } else {
      Files.writeString(file, line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
      System.err.printf(Locale.ROOT, "%s, %s, %s: %.4f%n", table, row, column, value);
    }
  }
}
