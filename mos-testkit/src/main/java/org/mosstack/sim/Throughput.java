package org.mosstack.sim;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.mosstack.socket.CongestionAlgorithm;
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
          + " ms, 0, 0.1, 1 and 5 %% loss; one flow, and two without loss. From 1 Gb/s on the MTU"
          + " is 9000, else 1500.",
      ""
    })
final class Throughput implements Callable<Integer> {
  private static final double MILLIS = 1e6;
  private static final double ROUND_TRIP_WITH_HALF_A_QUEUE = 1.5;
  private static final int LOSSY_TIMES = 10;
  private static final long JUMBO_FROM_MEGABITS = 1000;
  private static final int JUMBO_MTU = 9000;
  private static final int MTU = 1500;

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
          "Virtual seconds of each measurement; as many go before it (default: ${DEFAULT-VALUE})."
              + " NewReno and CUBIC with loss are measured ten times as long, as they go up and"
              + " down with few packets.")
  private double seconds = 10;

  @Option(
      names = "--packets",
      paramLabel = "MILLIONS",
      description =
          "Several flows have two of Reno's rounds from loss to loss to come to terms, or as long"
              + " as so many million packets take (default: ${DEFAULT-VALUE}).")
  private double packets = 5;

  @Option(
      names = "--seed",
      paramLabel = "S",
      split = ",",
      description =
          "Of all that is random; the mean of several is shown (default: ${DEFAULT-VALUE}).")
  private List<Long> seeds = List.of(1L);

  @Option(
      names = "--report",
      paramLabel = "PREFIX",
      description =
          "Writes PREFIX.md and PREFIX.svg, and each figure to PREFIX.csv as soon as it is there:"
              + " what has one from this commit isn't measured again. Without, all goes to the"
              + " standard output.")
  private Path prefix;

  @Override
  public Integer call() throws IOException {
    List<BulkExperiment.Setting> settings = settings(algorithms());
    String commit = Machine.commit();
    ThroughputFigures figures = new ThroughputFigures(sibling(".csv"), commit);
    for (BulkExperiment.Setting setting : settings) {
      for (long seed : seeds) {
        if (!figures.has(setting, seed)) {
          figures.add(setting, seed, BulkExperiment.run(setting, seed));
        }
      }
    }
    String report = ThroughputReport.of(figures, settings, seeds) + "\n" + heading(commit) + "\n";
    if (prefix == null) {
      System.out.print(report);
    } else {
      Files.writeString(sibling(".md"), report);
      Files.writeString(sibling(".svg"), ThroughputPlot.of(figures, settings, seeds));
    }
    return 0;
  }

  private Path sibling(String ending) {
    return prefix == null ? null : prefix.resolveSibling(prefix.getFileName() + ending);
  }

  private String heading(String commit) throws IOException {
    String seedList = seeds.stream().map(String::valueOf).collect(Collectors.joining(", "));
    String arguments = String.join(" ", spec.commandLine().getParseResult().originalArgs());
    return String.format(
        Locale.ROOT,
        "`bin/simulate throughput %s`, commit %s, seed %s; %s.",
        arguments.replaceFirst("^throughput ?", ""),
        commit,
        seedList,
        Machine.description());
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

  private List<BulkExperiment.Setting> settings(List<CongestionAlgorithm> algorithms) {
    List<BulkExperiment.Setting> settings = new ArrayList<>();
    for (long rate : rates) {
      for (double rtt : rtts) {
        for (int n : flows) {
          for (double loss : n == 1 ? losses : List.of(0.0)) {
            for (CongestionAlgorithm algorithm : algorithms) {
              settings.add(setting(algorithm, rate, rtt, loss, n));
            }
          }
        }
      }
    }
    return settings;
  }

  private BulkExperiment.Setting setting(
      CongestionAlgorithm algorithm, long rate, double rtt, double loss, int n) {
    int mtu = rate < JUMBO_FROM_MEGABITS ? MTU : JUMBO_MTU;
    BulkExperiment.Setting setting =
        new BulkExperiment.Setting(
            algorithm,
            rate * 1_000_000,
            mtu,
            (long) (rtt * MILLIS),
            loss / 100,
            n,
            queue,
            marks,
            seconds,
            loss > 0 && algorithm != CongestionAlgorithm.BBR ? LOSSY_TIMES * seconds : seconds);
    return n == 1 ? setting : setting.withWarmUp(Math.max(seconds, toComeToTerms(setting)));
  }

  /** Two cycles in which Reno regains half of its window, by one segment per round trip. */
  private double toComeToTerms(BulkExperiment.Setting setting) {
    double window = setting.bandwidthDelayBytes() * (1 + queue) / setting.flows();
    double roundTrips = window / 2 / setting.segmentBytes();
    double rounds = 2 * roundTrips * ROUND_TRIP_WITH_HALF_A_QUEUE * setting.rttNanos() / 1e9;
    double most = packets * 1e6 * setting.segmentBytes() / setting.linkLimit();
    return Math.rint(Math.min(rounds, most));
  }
}
