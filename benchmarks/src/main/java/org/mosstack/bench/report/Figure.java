package org.mosstack.bench.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * One measured value. Where there are several of the same table, row and column, such as one of
 * each fork, their median and spread are what is reported.
 *
 * @param table what was measured, the table's title
 * @param row of what: a transport, a program, a number of connections
 * @param column the quantity with its unit; a rate has "/s" in it, and more is better, else less
 * @param value in that unit
 */
public record Figure(String table, String row, String column, double value) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Adds it, as a line of JSON, to a file that the processes of a run share. */
  public void append(Path file) throws IOException {
    Files.writeString(
        file,
        JSON.writeValueAsString(this) + "\n",
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
  }

  /**
   * Adds it to the file that the system property {@code bench.figures} names; prints it without.
   */
  public void keep() throws IOException {
    String file = System.getProperty("bench.figures");
    if (file == null) {
      System.out.println(this);
    } else {
      append(Path.of(file));
    }
  }

  /** Reads such a file; none is an empty one. */
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
