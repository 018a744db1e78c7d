package org.mosstack.bench.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Turns the figures kept into the table, the JSON and the plot of a run. */
public final class Report {
  private Report() {}

  /**
   * Writes PREFIX.txt, PREFIX.json and PREFIX.svg.
   *
   * @param prefix of the files' names
   * @param heading command, commit and machine, one line each
   * @param jmh JMH's outcomes as JSON; none if it didn't run
   * @param figures the file of all other figures; may be missing
   * @return the table
   * @throws IOException if nothing was measured, or a file can't be read or written
   */
  public static String write(Path prefix, List<String> heading, List<Path> jmh, Path figures)
      throws IOException {
    List<Figure> all = new ArrayList<>();
    for (Path file : jmh) {
      all.addAll(JmhFigures.read(file));
    }
    all.addAll(Figure.read(figures));
    if (all.isEmpty()) {
      throw new IOException("nothing was measured");
    }
    Outcome outcome = new Outcome(heading, Table.of(all));
    String table = Markdown.of(outcome);
    Files.writeString(Path.of(prefix + ".txt"), table);
    outcome.write(Path.of(prefix + ".json"));
    Files.writeString(Path.of(prefix + ".svg"), Plot.of(outcome));
    return table;
  }
}
