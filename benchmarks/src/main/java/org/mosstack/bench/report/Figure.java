package org.mosstack.bench.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * One measured value. If there are several for the same table, row and column, such as one per
 * fork, their median and spread are reported.
 *
 * @param table what was measured, the table's title
 * @param row what it was measured of: a transport, a program, a number of connections
 * @param column the quantity with its unit; for a rate, with "/s" in it, higher is better,
 *     otherwise lower
 * @param value in that unit
 */
public record Figure(String table, String row, String column, double value) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Appends it, as a line of JSON, to a file shared by the processes of a run. */
  public void append(Path file) throws IOException {
    Files.writeString(
        file,
        JSON.writeValueAsString(this) + "\n",
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
  }

  /**
   * Appends it to the file named by the system property {@code bench.figures}; prints it if unset.
   */
  public void keep() throws IOException {
    String file = System.getProperty("bench.figures");
    if (file == null) {
      System.out.println(this);
    } else {
      append(Path.of(file));
    }
  }

  /** Reads such a file; a missing one counts as empty. */
  static List<Figure> read(Path file) throws IOException {
    List<Figure> figures = new ArrayList<>();
    if (Files.exists(file)) {
      for (String line : Files.readAllLines(file)) {
        figures.add(JSON.readValue(line, Figure.class));
      }
    }
    return figures;
  }
}
