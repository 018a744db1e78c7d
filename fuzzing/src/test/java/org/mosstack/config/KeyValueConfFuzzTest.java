package org.mosstack.config;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Flat key-value files, their getters, and the bytes of any configuration file. */
class KeyValueConfFuzzTest {
  private static final String NAME = "app.conf";
  private static final KeyTable KEYS = new KeyTable();
  private static final ConfigKey<String> NAMED =
      KEYS.add(ConfigKey.text("name", "a name").required());
  private static final ConfigKey<Integer> COUNT =
      KEYS.add(ConfigKey.number("count", Range.of("things", -5, 1000)).otherwise(7));
  private static final ConfigKey<Boolean> FLAG = KEYS.add(ConfigKey.yesNo("flag").otherwise(false));
  private static final ConfigKey<Long> SIZE =
      KEYS.add(ConfigKey.longNumber("size", Range.of("bytes", 0, Long.MAX_VALUE)).otherwise(0L));

  @FuzzTest
  void keys(byte[] input) {
    String text = new String(input, StandardCharsets.UTF_8);
    try {
      KeyValueConfig config = KeyValueConfig.parse(NAME, text, KEYS);
      assertTrue(!config.get(NAMED).isEmpty());
      int count = config.get(COUNT);
      assertTrue(count >= -5 && count <= 1000, "count " + count);
      long size = config.get(SIZE);
      assertTrue(size >= 0, "size " + size);
      assertTrue(config.find(FLAG).isPresent());
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
