package org.mosstack.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One file per core. */
class CoreLogTest {
  @TempDir Path folder;

  @Test
  void eachLineHasItsTimeAndIsThereAtOnce() throws IOException {
    Path logs = folder.resolve("made/when/missing");
    CoreLog log = CoreLog.open(logs, 3);
    log.write("first");
    log.write("zweite Zeile: ü");
    List<String> lines = Files.readAllLines(logs.resolve("log_3"));
    log.close();
    assertEquals(2, lines.size());
    String time = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{3})?Z ";
    assertTrue(lines.get(0).matches(time + "first"), lines.get(0));
    assertTrue(lines.get(1).matches(time + "zweite Zeile: ü"), lines.get(1));
  }

  @Test
  void whatWasThrownIsThereWithItsStackTrace() throws IOException {
    CoreLog log = CoreLog.open(folder, 0);
    log.write("a handler threw", new IllegalStateException("thrown by the test"));
    log.close();
    List<String> lines = Files.readAllLines(folder.resolve("log_0"));
    assertTrue(lines.get(0).endsWith("Z a handler threw"), lines.get(0));
    assertEquals("java.lang.IllegalStateException: thrown by the test", lines.get(1));
    assertTrue(lines.get(2).contains("at org.mosstack.report.CoreLogTest"), lines.get(2));
  }

  @Test
  void aNewStartHasANewFile() throws IOException {
    CoreLog first = CoreLog.open(folder, 0);
    first.write("old");
    first.close();
    CoreLog.open(folder, 0).close();
    assertEquals(List.of(), Files.readAllLines(folder.resolve("log_0")));
  }

  @Test
  void afterTheEndLinesAreLostInSilence() throws IOException {
    CoreLog log = CoreLog.open(folder, 0);
    log.close();
    log.write("late");
    CoreLog.none().write("nowhere");
    CoreLog.none().close();
  }
}
