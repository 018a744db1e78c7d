package org.mosstack.bench.report;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The ratios in a folder of outcomes: of one run of each scenario, with the JSON in the folder, or
 * of several, each in its own subfolder.
 */
final class Runs {
  /**
   * One figure's ratios to its run's baseline, or its shares of another figure of its run.
   *
   * @param column what was measured
   * @param values one from each run
   */
  record Ratios(String column, List<Double> values) {}

  /** Prefix of figures that are shares of another figure of the same run. */
  private static final String SHARE = "share ";

  private static final String JSON = ".json";

  private final Map<String, List<Outcome>> outcomes = new TreeMap<>();

  /**
   * Reads a folder.
   *
   * @param scenarios those to read; empty for all
   */
  static Runs read(Path folder, List<String> scenarios) throws IOException {
    Runs runs = new Runs();
    runs.add(folder, scenarios);
    try (DirectoryStream<Path> folders = Files.newDirectoryStream(folder, Files::isDirectory)) {
      for (Path run : folders) {
        runs.add(run, scenarios);
      }
    }
    return runs;
  }

  private void add(Path folder, List<String> scenarios) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*" + JSON)) {
      for (Path file : files) {
        String name = file.getFileName().toString();
        String scenario = name.substring(0, name.length() - JSON.length());
        boolean ofJmh = scenario.contains("jmh");
        if (!ofJmh && (scenarios.isEmpty() || scenarios.contains(scenario))) {
          outcomes.computeIfAbsent(scenario, _ -> new ArrayList<>()).add(Outcome.read(file));
        }
      }
    }
  }

  /** Drops the scenarios that the other one lacks. */
  void keep(Runs other) {
    outcomes.keySet().retainAll(other.outcomes.keySet());
  }

  Iterable<String> scenarios() {
    return outcomes.keySet();
  }

  /** Returns command and commit, and the number of runs if more than one. */
  String summary(String scenario) {
    List<Outcome> runs = outcomes.get(scenario);
    String command = runs.getFirst().heading().getFirst();
    return runs.size() == 1 ? command : command + ", " + runs.size() + " runs";
  }

  /** Returns all ratios of a scenario, by the figure's name. */
  Map<String, Ratios> ratios(String scenario) {
    Map<String, Ratios> all = new LinkedHashMap<>();
    for (Outcome run : outcomes.get(scenario)) {
      for (Table table : run.tables()) {
        table.compared().rows().forEach((row, cells) -> add(all, table.title(), row, cells));
      }
    }
    return all;
  }

  private static void add(
      Map<String, Ratios> all, String title, String row, Map<String, Cell> cells) {
    if (Table.isMeasure(row)) {
      return;
    }
    cells.forEach(
        (column, cell) -> {
          Double ratio = column.startsWith(SHARE) ? Double.valueOf(cell.median()) : cell.ratio();
          if (ratio != null && ratio > 0) {
            all.computeIfAbsent(
                    title + ": " + row + ", " + column, _ -> new Ratios(column, new ArrayList<>()))
                .values()
                .add(ratio);
          }
        });
  }
}
