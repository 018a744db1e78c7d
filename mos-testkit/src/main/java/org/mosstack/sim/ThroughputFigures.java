package org.mosstack.sim;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The measurements of {@link Throughput}, kept as lines of CSV, so that it can resume later. */
final class ThroughputFigures {
  private static final String HEAD =
      "commit,control,Mb/s,MTU,round trip ms,loss,flows,queue,marks,warm-up s,seconds,seed,Mb/s of"
          + " each flow\n";
  private static final double MEGABIT = 1e6 / 8;
  private static final double MILLIS = 1e6;

  private final Path file;
  private final String commit;
  private final Map<String, BulkExperiment.Outcome> outcomes = new HashMap<>();

  /**
   * Starts with the file's contents.
   *
   * @param file the file, or null for the standard output
   * @param commit the commit measured
   */
  ThroughputFigures(Path file, String commit) throws IOException {
    this.file = file;
    this.commit = commit;
    if (file == null) {
      System.out.print(HEAD);
    } else if (Files.exists(file)) {
      Files.readAllLines(file).stream().skip(1).forEach(this::read);
    } else {
      Files.writeString(file, HEAD);
    }
  }

  private void read(String line) {
    int last = line.lastIndexOf(',');
    List<Double> rates =
        Arrays.stream(line.substring(last + 1).split(" "))
            .map(s -> Double.parseDouble(s) * MEGABIT)
            .toList();
    outcomes.put(line.substring(0, last), new BulkExperiment.Outcome(rates));
  }

  boolean has(BulkExperiment.Setting setting, long seed) {
    return outcomes.containsKey(key(setting, seed));
  }

  void add(BulkExperiment.Setting setting, long seed, BulkExperiment.Outcome outcome)
      throws IOException {
    List<String> rates = new ArrayList<>();
    outcome
        .bytesPerSecond()
        .forEach(rate -> rates.add(String.format(Locale.ROOT, "%.3f", rate / MEGABIT)));
    String line = key(setting, seed) + "," + String.join(" ", rates) + "\n";
    if (file == null) {
      System.out.print(line);
    } else {
      Files.writeString(file, line, StandardOpenOption.APPEND);
      System.err.print(line);
    }
    outcomes.put(key(setting, seed), outcome);
  }

  private String key(BulkExperiment.Setting s, long seed) {
    return String.format(
        Locale.ROOT,
        "%s,%s,%d,%d,%s,%s,%d,%s,%s,%s,%s,%d",
        commit,
        s.algorithm().id(),
        s.bitsPerSecond() / 1_000_000,
        s.mtu(),
        s.rttNanos() / MILLIS,
        s.loss(),
        s.flows(),
        s.queue(),
        s.marks(),
        s.warmUpSeconds(),
        s.seconds(),
        seed);
  }

  /** Returns the throughput of all flows together in Mb/s, the mean over the seeds. */
  double megabits(BulkExperiment.Setting setting, List<Long> seeds) {
    return seeds.stream()
        .mapToDouble(seed -> outcomes.get(key(setting, seed)).total() / MEGABIT)
        .average()
        .orElseThrow();
  }

  /** Returns Jain's index, the lowest over the seeds. */
  double fairness(BulkExperiment.Setting setting, List<Long> seeds) {
    return seeds.stream()
        .mapToDouble(seed -> outcomes.get(key(setting, seed)).fairness())
        .min()
        .orElseThrow();
  }
}
