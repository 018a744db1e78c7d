package org.mosstack.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class PartTest {
  private static final Pattern NAMES = Pattern.compile("(?m)^programs=\\(([^)]*)\\)$");

  @Test
  void scriptKnowsAll() throws IOException {
    Matcher names = NAMES.matcher(Files.readString(Path.of("../bin/test")));
    assertTrue(names.find(), "bin/test has no names of parts");
    List<String> all = Arrays.stream(Part.values()).map(Part::toString).toList();
    assertEquals(all, List.of(names.group(1).split("\\s+")));
  }
}
