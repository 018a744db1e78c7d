package org.mosstack.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Runs the text scripts, one test per file, and checks their form and number. */
class TextScriptsTest {
  private static final Path ROOT = Path.of("src/test/resources/scripts");
  private static final String SUFFIX = ".script";
  private static final int LEAST_SCRIPTS = 200;

  /** Scripts that don't pass yet, by file or folder, with the reason. */
  static Map<String, String> pending() {
    Map<String, String> pending = new TreeMap<>();
    for (String line : lines(ROOT.resolve("pending"))) {
      if (!line.isBlank() && !line.startsWith("#")) {
        String[] parts = line.trim().split("\\s+", 2);
        pending.put(parts[0], parts.length < 2 ? "" : parts[1]);
      }
    }
    return pending;
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static List<Path> files() {
    try (Stream<Path> all = Files.walk(ROOT)) {
      return all.filter(file -> file.toString().endsWith(SUFFIX)).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String name(Path file) {
    return ROOT.relativize(file).toString();
  }

  static boolean isPending(Path file, Map<String, String> pending) {
    String folder = ROOT.relativize(file.getParent()) + "/";
    return pending.containsKey(folder) || pending.containsKey(name(file));
  }

  /** All scripts, or those with the prefix in the property mos.scripts, as bin/test sets it. */
  @TestFactory
  Stream<DynamicTest> scripts() {
    Map<String, String> pending = pending();
    String wanted = System.getProperty("mos.scripts", "");
    return files().stream()
        .filter(file -> !isPending(file, pending) && name(file).startsWith(wanted))
        .map(
            file ->
                DynamicTest.dynamicTest(
                    name(file), file.toUri(), () -> TextScript.read(ROOT, file).run()));
  }

  @Test
  void thereAreEnough() {
    int count = files().size();
    assertTrue(count >= LEAST_SCRIPTS, () -> count + " scripts of " + LEAST_SCRIPTS);
  }

  @Test
  void everyScriptStandsInTheFolderOfTheRfcThatItNames() {
    List<String> wrong = new ArrayList<>();
    Map<String, String> pending = pending();
    for (Path file : files()) {
      String rfc = file.getParent().getFileName().toString().substring("rfc".length());
      String first = lines(file).getFirst();
      if (!first.startsWith("# RFC " + rfc + " ") || !isPending(file, pending) && !reads(file)) {
        wrong.add(name(file) + ": " + first);
      }
    }
    assertEquals(List.of(), wrong);
  }

  private static boolean reads(Path file) {
    try {
      return !TextScript.read(ROOT, file).steps().isEmpty();
    } catch (IllegalArgumentException _) {
      return false; // scripts() shows why
    }
  }

  @Test
  void everyPendingEntryHasScriptsAndAReason() {
    List<Path> files = files();
    pending()
        .forEach(
            (entry, reason) -> {
              assertTrue(!reason.isEmpty(), () -> entry + ": no reason");
              assertTrue(
                  files.stream().anyMatch(file -> isPending(file, Map.of(entry, reason))),
                  () -> entry + ": no such script");
            });
  }

  // ---- Error messages ----

  @Test
  void aWrongLineIsToldWithItsPlace() {
    String message = error("# RFC 9293 3.5: x", "listen", "< S 0:0 win x");
    assertEquals(
        "a.script:3: < S 0:0 win x\n  'x' where the window field, a number, is expected", message);
    assertTrue(error("# no section", "listen").startsWith("a.script:1: "));
    assertTrue(error("# RFC 9293 3.5: x", "dance").contains("'dance' isn't a step"));
    assertTrue(error("# RFC 9293 3.5: x", "> . 1:1").contains("'.' without ack"));
    assertTrue(error("# RFC 9293 3.5: x", "wait 5").contains("a number with us, ms"));
    assertTrue(error("# RFC 9293 3.5: x", "accept 5").contains("'5' isn't understood here"));
  }

  private static String error(String... lines) {
    return assertThrows(
            IllegalArgumentException.class, () -> TextScript.parse("a.script", List.of(lines)))
        .getMessage();
  }

  @Test
  void aFrameThatNoBufferHoldsIsToldAndCopiedNowhere() {
    String message = failure("< S 0:0 mss 1460", "> S. 0:0 ack 1", "< . 1:3001 ack 1");
    assertTrue(message.startsWith("a.script:5: < . 1:3001 ack 1\n"), message);
    assertTrue(message.contains("a frame of 3054 bytes, where a packet buffer holds 2"), message);
  }

  @Test
  void anotherSegmentThanExpectedIsTold() {
    String message = failure("< S 0:0 mss 1460", "> S. 0:0 ack 2");
    String start = "a.script:4: > S. 0:0 ack 2\ncame   S. seq 0 len 0 ack 1";
    assertTrue(message.startsWith(start), message);
  }

  @Test
  void aMissingAndAnUnexpectedSegmentAreTold() {
    assertTrue(failure("> . 1:1 ack 1").contains("nothing came, wanted . seq 1"));
    assertTrue(failure("< S 0:0", "nothing").contains("wanted nothing"));
    assertTrue(failure("< S 0:0").contains("came and were not looked at"));
  }

  private static String failure(String... steps) {
    List<String> lines = new ArrayList<>(List.of("# RFC 9293 3.5: x", "listen"));
    lines.addAll(List.of(steps));
    TextScript script = TextScript.parse("a.script", lines);
    return assertThrows(AssertionError.class, script::run).getMessage();
  }
}
