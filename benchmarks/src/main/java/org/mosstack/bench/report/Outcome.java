package org.mosstack.bench.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * A run of a scenario, as in the committed JSON.
 *
 * @param heading command, commit, machine and JDK, one line each
 * @param tables the measurements
 */
public record Outcome(List<String> heading, List<Table> tables) {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  static Outcome read(Path file) throws IOException {
    return JSON.readValue(file.toFile(), Outcome.class);
  }

  void write(Path file) throws IOException {
    JSON.writeValue(file.toFile(), this);
  }
}
