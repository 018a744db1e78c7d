package org.mosstack.bench.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Turns the figures kept into the table, the JSON and the plot of a run; see {@code bin/bench}:
 * {@code Report OUTPUT-PREFIX HEADING FIGURES [JMH-JSON...]}.
 */
public final class Report {
  private Report() {}

  /** Prints the table and writes PREFIX.json and PREFIX.svg. */
  public static void main(String[] args) throws IOException {
    List<Figure> figures = new ArrayList<>();
    for (int i = 3; i < args.length; i++) {
      figures.addAll(JmhFigures.read(Path.of(args[i])));
    }
    figures.addAll(Figure.read(Path.of(args[2])));
    if (figures.isEmpty()) {
      System.err.println("nothing was measured");
      System.exit(1);
    }
    Outcome outcome = new Outcome(args[1].lines().toList(), Table.of(figures));
    outcome.write(Path.of(args[0] + ".json"));
    Files.writeString(Path.of(args[0] + ".svg"), Plot.of(outcome));
    System.out.print(Markdown.of(outcome));
  }
}
