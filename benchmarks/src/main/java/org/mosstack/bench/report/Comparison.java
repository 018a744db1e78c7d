package org.mosstack.bench.report;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Compares the outcomes of the same scenarios before and after a change. As a machine's speed
 * varies between runs, it compares the ratios of this project's figures to those of the same run's
 * baseline; of several runs ({@link Runs}), the medians.
 */
public final class Comparison {
  /** The decrease of a ratio that isn't reported. */
  private static final double TOLERANCE = 0.05;

  private static final String BEFORE = "ratio before";
  private static final String AFTER = "ratio after";
  private static final String CHANGE = "better by";

  private final Map<String, Map<String, Cell>> rates = new LinkedHashMap<>();
  private final Map<String, Map<String, Cell>> costs = new LinkedHashMap<>();
  private final List<String> fallen = new ArrayList<>();

  Comparison() {}

  /**
   * Compares two folders of outcomes, prints the table, and writes it as PREFIX.txt and
   * PREFIX.json.
   *
   * @param scenarios those to compare; empty for all that both folders have
   * @param prefix of the files' names
   * @return the exit code: 1 if a rate's ratio fell, otherwise 0
   * @throws IOException if the folders have no ratio in common, or a file can't be read or written
   */
  public static int compare(
      Path before, Path after, List<String> scenarios, Path prefix, PrintStream out)
      throws IOException {
    Comparison comparison = new Comparison();
    Outcome outcome = comparison.of(before, after, List.of("bin/bench compare"), scenarios);
    String table = Markdown.of(outcome);
    Files.writeString(Path.of(prefix + ".txt"), table);
    outcome.write(Path.of(prefix + ".json"));
    out.print(table);
    return comparison.fallen.isEmpty() ? 0 : 1;
  }

  /**
   * Compares two folders of outcomes.
   *
   * @param heading the new outcome's heading lines
   * @param scenarios those to compare; empty for all that both folders have
   */
  Outcome of(Path before, Path after, List<String> heading, List<String> scenarios)
      throws IOException {
    Runs old = Runs.read(before, scenarios);
    Runs now = Runs.read(after, scenarios);
    old.keep(now);
    List<String> lines = new ArrayList<>(heading);
    for (String scenario : old.scenarios()) {
      Map<String, Runs.Ratios> was = old.ratios(scenario);
      now.ratios(scenario)
          .forEach(
              (name, ratios) -> {
                if (was.containsKey(name)) {
                  compare(name, was.get(name), ratios);
                }
              });
      lines.add("before: " + old.summary(scenario) + "; after: " + now.summary(scenario));
    }
    if (rates.isEmpty() && costs.isEmpty()) {
      throw new IOException("no ratio is in both " + before + " and " + after);
    }
    lines.add(
        "%d of %d rates' ratios fell by more than %.0f %%"
                .formatted(fallen.size(), rates.size(), TOLERANCE * 100)
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

  private void compare(String name, Runs.Ratios old, Runs.Ratios now) {
    Cell before = Cell.of(old.values());
    Cell after = Cell.of(now.values());
    boolean more = Table.isRate(now.column());
    double change = more ? after.median() / before.median() : before.median() / after.median();
    Map<String, Cell> cells = new LinkedHashMap<>();
    cells.put(BEFORE, before);
    cells.put(AFTER, after);
    cells.put(CHANGE, Cell.of(List.of(change)));
    (more ? rates : costs).put(name, cells);
    if (more && change < 1 - TOLERANCE) {
      fallen.add(name);
    }
  }
}
