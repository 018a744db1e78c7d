package org.mosstack.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.mosstack.testkit.program.Await;

/**
 * The logs of a stack's last run, one for each core.
 *
 * @param folder the folder they are in
 */
record Logs(Path folder) {
  private static final int SECONDS_TO_NOTICE = 10;

  /** Asserts that each core got all of its packet buffers back. */
  void assertNoLeak() throws IOException {
    List<Path> cores = cores();
    assertFalse(cores.isEmpty(), () -> "no log in " + folder);
    for (Path log : cores) {
      List<String> lines = Files.readAllLines(log);
      String end = String.join("\n", lines.subList(Math.max(0, lines.size() - 3), lines.size()));
      assertTrue(end.endsWith("ended, packet buffers in use: 0"), () -> log + ":\n" + end);
    }
  }

  /** Asserts that each of two cores has counted some of these. */
  void assertBothCounted(String counter) throws IOException {
    long counted = 0;
    for (Path log : cores()) {
      counted += Files.readString(log).contains(counter) ? 1 : 0;
    }
    assertEquals(2, counted, "cores with " + counter);
  }

  /** Waits until a core has said all of these, one after the other. */
  void awaitInOrder(int core, List<String> texts) throws Exception {
    Path log = folder.resolve("log_" + core);
    Await.until(
        log + " has " + texts,
        SECONDS_TO_NOTICE,
        () -> Files.exists(log) && inOrder(Files.readAllLines(log), texts));
  }

  /** Returns whether there are lines with these texts in this order, whatever is between them. */
  static boolean inOrder(List<String> lines, List<String> texts) {
    Iterator<String> wanted = texts.iterator();
    String next = wanted.next();
    for (String line : lines) {
      if (line.contains(next)) {
        if (!wanted.hasNext()) {
          return true;
        }
        next = wanted.next();
      }
    }
    return false;
  }

  private List<Path> cores() throws IOException {
    try (var files = Files.newDirectoryStream(folder, "log_[0-9]*")) {
      List<Path> found = new ArrayList<>();
      files.forEach(found::add);
      return found;
    }
  }
}
