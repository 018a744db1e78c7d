package org.mosstack.bench.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Keeps the tables of a document those of the committed JSON. A line {@code <!-- bench NAME -->}
 * begins, and {@code <!-- end -->} ends, what stands for {@code benchmarks/NAME.json} beside the
 * document. {@code Docs DOCUMENT...} writes them anew.
 */
public final class Docs {
  private static final String BEGIN = "<!-- bench ";
  private static final String BEGIN_END = " -->";
  private static final String END = "<!-- end -->";

  private Docs() {}

  /** Writes the tables of documents. */
  public static void main(String[] args) throws IOException {
    for (String arg : args) {
      Path document = Path.of(arg);
      Files.writeString(document, renewed(document));
    }
  }

  /** The document with the tables of today's JSON. */
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
