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
 * Compares the outcomes of two runs of the same scenarios, before a change and after it: {@code
 * Comparison BEFORE AFTER OUTPUT-PREFIX HEADING [SCENARIO...]}. As a machine's speed changes from
 * one run to the other, it is the ratios that are compared, of this project's figures to those of
 * the same run's measure.
 */
public final class Comparison {
  /** What a ratio may fall by without being named. */
  private static final double TOLERANCE = 0.05;

  /** Figures that are shares of another figure of the same run. */
  private static final String SHARE = "share ";

  private static final String JSON = ".json";
  private static final String BEFORE = "ratio before";
  private static final String AFTER = "ratio after";
  private static final String CHANGE = "better by";

  private final Map<String, Map<String, Cell>> rates = new LinkedHashMap<>();
  private final Map<String, Map<String, Cell>> costs = new LinkedHashMap<>();
  private final List<String> fallen = new ArrayList<>();
  private int compared;

  Comparison() {}

  /** Prints the table and writes PREFIX.json; ends with 1 when a rate's ratio fell. */
  public static void main(String[] args) throws IOException {
    Comparison comparison = new Comparison();
    Outcome outcome =
        comparison.of(
            Path.of(args[0]),
            Path.of(args[1]),
            args[3].lines().toList(),
            List.of(args).subList(4, args.length));
    outcome.write(Path.of(args[2] + JSON));
    System.out.print(Markdown.of(outcome));
    System.exit(comparison.fallen.isEmpty() ? 0 : 1);
  }

  /**
   * Compares two folders of outcomes.
   *
   * @param heading lines of the new outcome's heading
   * @param scenarios which to compare; empty for all that both folders hold
   */
  Outcome of(Path before, Path after, List<String> heading, List<String> scenarios)
      throws IOException {
    Map<String, Outcome> old = outcomes(before, scenarios);
    Map<String, Outcome> now = outcomes(after, scenarios);
    old.keySet().retainAll(now.keySet());
    List<String> lines = new ArrayList<>(heading);
    for (String name : old.keySet()) {
      Map<String, Table> tables = new LinkedHashMap<>();
      old.get(name).tables().forEach(table -> tables.put(table.title(), table.compared()));
      for (Table table : now.get(name).tables()) {
        if (tables.containsKey(table.title())) {
          compare(tables.get(table.title()), table.compared());
        }
      }
      lines.add("before: " + summary(old.get(name)) + "; after: " + summary(now.get(name)));
    }
    if (compared == 0) {
      throw new IOException("no ratio is in both " + before + " and " + after);
    }
    lines.add(
        "%d of %d rates' ratios fell by more than %.0f %%"
                .formatted(fallen.size(), compared, TOLERANCE * 100)
            + (fallen.isEmpty() ? "" : ": " + String.join("; ", fallen)));
    List<Table> tables = new ArrayList<>();
    if (!rates.isEmpty()) {
      tables.add(new Table("Rates", rates));
    }
    if (!costs.isEmpty()) {
      tables.add(new Table("Times and sizes", costs));
    }
    return new Outcome(lines, tables);
  }

  /** Command and commit. */
  private static String summary(Outcome outcome) {
    return outcome.heading().getFirst();
  }

  /** The folder's outcomes by scenario; what JMH wrote is none. */
  private static Map<String, Outcome> outcomes(Path folder, List<String> scenarios)
      throws IOException {
    Map<String, Outcome> outcomes = new TreeMap<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*" + JSON)) {
      for (Path file : files) {
        String name = file.getFileName().toString();
        String scenario = name.substring(0, name.length() - JSON.length());
        if (!scenario.contains("jmh") && (scenarios.isEmpty() || scenarios.contains(scenario))) {
          outcomes.put(scenario, Outcome.read(file));
        }
      }
    }
    return outcomes;
  }

  private void compare(Table old, Table now) {
    now.rows()
        .forEach(
            (row, cells) -> {
              if (!Table.isMeasure(row)) {
                cells.forEach(
                    (column, cell) ->
                        compare(
                            now.title() + ": " + row + ", " + column,
                            column,
                            old.rows().getOrDefault(row, Map.of()).get(column),
                            cell));
              }
            });
  }

  private void compare(String name, String column, Cell old, Cell now) {
    boolean share = column.startsWith(SHARE);
    double before = ratio(old, share);
    double after = ratio(now, share);
    if (!(before > 0 && after > 0)) {
      return; // without measure, or not in both
    }
    boolean more = Table.isRate(column);
    double change = more ? after / before : before / after;
    Map<String, Cell> cells = new LinkedHashMap<>();
    cells.put(BEFORE, single(before));
    cells.put(AFTER, single(after));
    cells.put(CHANGE, single(change));
    (more ? rates : costs).put(name, cells);
    if (more) {
      compared++;
      if (change < 1 - TOLERANCE) {
        fallen.add(name);
      }
    }
  }

  private static double ratio(Cell cell, boolean share) {
    if (cell == null) {
      return 0;
    }
    return share ? cell.median() : cell.ratio() == null ? 0 : cell.ratio();
  }

  private static Cell single(double value) {
    return Cell.of(List.of(value));
  }
}
