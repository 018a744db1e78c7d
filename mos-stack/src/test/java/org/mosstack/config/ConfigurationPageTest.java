package org.mosstack.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Holds the table of {@code mos.conf} in {@code docs/configuration.md} to {@link MosKeys}. */
class ConfigurationPageTest {
  private static final Path PAGE = Path.of("../docs/configuration.md");

  /** The columns of the table, and what is before and behind it. */
  private static final int CELLS = 8;

  /** A key with what is allowed, and what holds without it in a file and in a program. */
  private record Row(
      String block, String names, String allowed, String inFiles, String inPrograms) {}

  /** A key that is missing here, or wrong, shows in the message as it has to stand there. */
  @Test
  void saysWhatTheTableOfKeysSays() throws IOException {
    List<Row> keys = new ArrayList<>(rows(MosConfigReader.APPLICATION, MosKeys.APPLICATION));
    keys.addAll(rows(MosConfigReader.MOS, MosKeys.MOS));
    assertEquals(text(keys), text(page()));
  }

  private static List<Row> rows(String block, KeyTable table) {
    return table.keys().stream()
        .map(
            key ->
                new Row(
                    block,
                    String.join(", also ", key.names()),
                    key.allowed(),
                    key.whenAbsent().replace("`", ""),
                    key.whenAbsentInPrograms().replace("`", "")))
        .toList();
  }

  private static List<Row> page() throws IOException {
    List<Row> rows = new ArrayList<>();
    String block = "";
    for (String line : Files.readAllLines(PAGE)) {
      String[] cells = line.replace("`", "").split("\\|", -1);
      if (cells.length == CELLS) {
        block = cells[1].isBlank() ? block : cells[1].strip();
        if (Set.of(MosConfigReader.APPLICATION, MosConfigReader.MOS).contains(block)) {
          rows.add(
              new Row(
                  block, cells[2].strip(), cells[4].strip(), cells[5].strip(), cells[6].strip()));
        }
      }
    }
    return rows;
  }

  private static String text(List<Row> rows) {
    StringBuilder text = new StringBuilder();
    for (Row row : rows) {
      text.append(row.block()).append(": ").append(row.names()).append(" | ").append(row.allowed());
      text.append(" | ").append(row.inFiles()).append(" | ").append(row.inPrograms()).append('\n');
    }
    return text.toString();
  }
}
