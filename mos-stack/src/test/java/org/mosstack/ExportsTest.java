package org.mosstack;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The module exports what applications and authors of devices use, and nothing of the engine. */
class ExportsTest {
  static final Set<String> EXPORTED =
      Set.of(
          "org.mosstack",
          "org.mosstack.config",
          "org.mosstack.device",
          "org.mosstack.mbuf",
          "org.mosstack.socket",
          "org.mosstack.stats",
          "org.mosstack.time");

  @Test
  void nothingOfTheEngine() throws IOException {
    String module = Files.readString(Path.of("src/main/java/module-info.java"));
    Set<String> exported =
        Pattern.compile("exports ([\\w.]+);")
            .matcher(module)
            .results()
            .map(export -> export.group(1))
            .collect(Collectors.toCollection(TreeSet::new));
    assertEquals(new TreeSet<>(EXPORTED), exported);
  }
}
