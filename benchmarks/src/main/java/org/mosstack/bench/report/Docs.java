package org.mosstack.bench.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Keeps the tables in a document in sync with the committed JSON. Lines {@code <!-- bench NAME -->}
 * and {@code <!-- end -->} enclose the tables of {@code benchmarks/NAME.json}, next to the
 * document.
 */
public final class Docs {
  private static final String BEGIN = "<!-- bench ";
  private static final String BEGIN_END = " -->";
  private static final String END = "<!-- end -->";

  private Docs() {}

  /**
   * Rewrites the tables of documents.
   *
   * @throws IOException if a file can't be read or written, or a table has no end
   */
  public static void renew(Path... documents) throws IOException {
    for (Path document : documents) {
      Files.writeString(document, renewed(document));
    }
  }

  /** Returns the document with tables from the current JSON. */
  static String renewed(Path document) throws IOException {
    List<String> lines = new ArrayList<>();
    boolean table = false;
    for (String line : Files.readAllLines(document)) {
      if (line.equals(END)) {
        table = false;
      }
      if (!table) {
        lines.add(line);
      }
      if (line.startsWith(BEGIN)) {
        String name = line.substring(BEGIN.length(), line.length() - BEGIN_END.length());
        Path json = document.resolveSibling("benchmarks").resolve(name + ".json");
        lines.add("");
        lines.add(Markdown.of(Outcome.read(json)));
        table = true;
      }
    }
    if (table) {
      throw new IOException(document + ": a table has no " + END);
    }
    return String.join("\n", lines) + "\n";
  }
}
