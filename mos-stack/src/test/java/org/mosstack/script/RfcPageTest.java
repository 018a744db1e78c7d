package org.mosstack.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Checks {@code docs/rfc.md} against the scripts and tests that it names. */
class RfcPageTest {
  private static final Path PAGE = Path.of("../docs/rfc.md");
  private static final Pattern NAME = Pattern.compile("`([^`]+)`");
  private static final Pattern SCRIPT = Pattern.compile("rfc\\d+/[a-z0-9-]+");
  private static final Pattern TEST = Pattern.compile("[A-Z]\\w+Test(\\.\\w+)?");
  private static final Set<String> ANSWERS = Set.of("yes", "not yet", "no", "partly");

  /** A row for a requirement. */
  private record Row(String text, String done, Set<String> scripts, Set<String> tests) {}

  private final List<Row> rows = new ArrayList<>();

  @BeforeEach
  void readPage() throws IOException {
    for (String line : Files.readAllLines(PAGE)) {
      String[] cells = line.split("\\|", -1);
      if (cells.length == 6 && !cells[1].isBlank() && !cells[1].contains("---")) {
        rows.add(row(line, cells));
      }
    }
    rows.removeIf(row -> row.done().equals("done"));
  }

  private static Row row(String line, String[] cells) {
    Set<String> scripts = new HashSet<>();
    Set<String> tests = new HashSet<>();
    Matcher names = NAME.matcher(cells[4]);
    while (names.find()) {
      String name = names.group(1);
      if (SCRIPT.matcher(name).matches()) {
        scripts.add(name);
      } else if (TEST.matcher(name).matches()) {
        tests.add(name);
      } else {
        throw new AssertionError("'" + name + "' is neither script nor test: " + line);
      }
    }
    return new Row(line, cells[3].trim(), scripts, tests);
  }

  @Test
  void everyRowSaysWhetherItIsDoneAndWhatShowsIt() {
    assertTrue(rows.size() > 100, () -> rows.size() + " rows");
    for (Row row : rows) {
      assertTrue(ANSWERS.contains(row.done()), row::text);
      boolean shown = !row.scripts().isEmpty() || !row.tests().isEmpty();
      assertTrue(shown || row.done().equals("no") || row.done().equals("not yet"), row::text);
    }
  }

  @Test
  void everyScriptIsNamedAndEveryNameIsAScript() {
    Set<String> named = new HashSet<>();
    rows.forEach(row -> named.addAll(row.scripts()));
    Set<String> there = new HashSet<>();
    TextScriptsTest.files().forEach(file -> there.add(nameOf(file)));
    Set<String> missing = new HashSet<>(there);
    missing.removeAll(named);
    named.removeAll(there);
    assertEquals(Set.of(), named, "named and not there");
    assertEquals(Set.of(), missing, "not on the page");
  }

  private static String nameOf(Path file) {
    return TextScriptsTest.name(file).replace(".script", "");
  }

  @Test
  void whatIsDoneIsNotPending() {
    Set<String> pending = new HashSet<>();
    Map<String, String> list = TextScriptsTest.pending();
    for (Path file : TextScriptsTest.files()) {
      if (TextScriptsTest.isPending(file, list)) {
        pending.add(nameOf(file));
      }
    }
    for (Row row : rows) {
      boolean waits = row.scripts().stream().anyMatch(pending::contains);
      assertTrue(!waits || !row.done().equals("yes"), () -> "pending: " + row.text());
      assertTrue(
          waits || row.scripts().isEmpty() || !row.done().equals("not yet"),
          () -> "no longer pending: " + row.text());
    }
  }

  @Test
  void everyTestNamedIsThere() throws IOException {
    Map<String, String> sources = new HashMap<>();
    try (Stream<Path> all = Files.walk(Path.of("src/test/java"))) {
      for (Path file : all.filter(path -> path.toString().endsWith("Test.java")).toList()) {
        sources.put(file.getFileName().toString().replace(".java", ""), Files.readString(file));
      }
    }
    for (Row row : rows) {
      for (String test : row.tests()) {
        String[] parts = test.split("\\.");
        String source = sources.get(parts[0]);
        assertTrue(source != null, () -> "no class " + parts[0] + ": " + row.text());
        assertTrue(
            parts.length == 1 || source.contains("void " + parts[1] + "("),
            () -> "no test " + test + ": " + row.text());
      }
    }
  }
}
