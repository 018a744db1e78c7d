package org.mosstack.config;

import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The table of broken files in {@code broken-mos-conf.txt}. */
class BrokenMosConfTest {
  private static final String TABLE = "broken-mos-conf.txt";

  static List<Arguments> table() throws IOException {
    String table;
    try (InputStream in = BrokenMosConfTest.class.getResourceAsStream(TABLE)) {
      table = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    List<Arguments> cases = new ArrayList<>();
    String[] parts = table.split("(?m)^=== ");
    for (int i = 1; i < parts.length; i++) {
      int nameEnd = parts[i].indexOf('\n');
      int arrow = parts[i].indexOf("---> ");
      cases.add(
          Arguments.of(
              parts[i].substring(0, nameEnd),
              parts[i].substring(nameEnd + 1, arrow),
              parts[i].substring(arrow + 5).strip()));
    }
    return cases;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("table")
  void isRefusedWithItsLine(String name, String text, String message) {
    ConfigException e =
        assertThrows(ConfigException.class, () -> MosConfig.parse("mos.conf", text), name);
    assertEquals(message, e.getMessage());
    assertEquals("mos.conf", e.fileName().orElseThrow());
    assertTrue(message.startsWith("mos.conf:" + e.line().orElseThrow() + ": "), message);
  }

  @Test
  void theTableHoldsAllItShould() throws IOException {
    assertTrue(table().size() >= 80, "cases: " + table().size());
  }

  /** A key that is added is added here, too. */
  @Test
  void everyKeyHasAWrongValueHere() throws IOException {
    String messages = table().stream().map(c -> (String) c.get()[2]).collect(joining("\n"));
    for (KeyTable table : List.of(MosKeys.APPLICATION, MosKeys.MOS)) {
      for (ConfigKey<?> key : table.keys()) {
        assertTrue(messages.contains(": " + key + ": read \""), () -> "no wrong " + key);
      }
    }
  }
}
