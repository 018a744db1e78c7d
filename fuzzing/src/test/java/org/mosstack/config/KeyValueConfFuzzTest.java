package org.mosstack.config;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/** Flat key-value files, their getters, and the bytes of any configuration file. */
class KeyValueConfFuzzTest {
  private static final String NAME = "app.conf";
  private static final Set<String> KEYS = Set.of("name", "count", "flag", "size");

  @FuzzTest
  void keys(byte[] input) {
    String text = new String(input, StandardCharsets.UTF_8);
    try {
      KeyValueConfig config = KeyValueConfig.parse(NAME, text, KEYS);
      assertTrue(config.string("name").map(n -> !n.isEmpty()).orElse(true));
      int count = config.intValue("count", -5, 1000, 7);
      assertTrue(count >= -5 && count <= 1000, "count " + count);
      long size = config.longValue("size", 0, Long.MAX_VALUE, 0);
      assertTrue(size >= 0, "size " + size);
      config.bool("flag", false);
      config.requiredString("name");
    } catch (ConfigException e) {
      ConfigCheck.check(e, NAME, text);
    }
  }

  @FuzzTest
  void bytes(byte[] input) throws IOException {
    Path file = Files.createTempFile("fuzz", ".conf");
    try {
      Files.write(file, input);
      String text = ConfigFile.read(file);
      assertArrayEquals(input, text.getBytes(StandardCharsets.UTF_8));
    } catch (ConfigException e) {
      String latin = new String(input, StandardCharsets.ISO_8859_1);
      ConfigCheck.check(e, file.toString(), latin);
    } finally {
      Files.delete(file);
    }
  }
}
