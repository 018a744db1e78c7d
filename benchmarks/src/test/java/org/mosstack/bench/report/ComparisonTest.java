package org.mosstack.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ComparisonTest {
  @TempDir private Path before;
  @TempDir private Path after;

  private static void write(Path folder, String scenario, Figure... figures) throws IOException {
    new Outcome(List.of("bin/bench " + scenario), Table.of(List.of(figures)))
        .write(folder.resolve(scenario + ".json"));
  }

  private Outcome compared(String... scenarios) throws IOException {
    return new Comparison().of(before, after, List.of("compare"), List.of(scenarios));
  }

  private static double of(Outcome outcome, int table, String row, String column) {
    Map<String, Cell> cells = outcome.tables().get(table).rows().get(row);
    return cells.get(column).median();
  }

  @Test
  void ratiosAreComparedAsTheMachineMayHaveBecomeFaster() throws IOException {
    write(
        before,
        "requests",
        new Figure("T", "MOS", "requests/s", 200),
        new Figure("T", "EPOLL", "requests/s", 100),
        new Figure("T", "MOS", "p99 us", 10),
        new Figure("T", "EPOLL", "p99 us", 40));
    write(
        after,
        "requests",
        new Figure("T", "MOS", "requests/s", 360),
        new Figure("T", "EPOLL", "requests/s", 200),
        new Figure("T", "MOS", "p99 us", 10),
        new Figure("T", "EPOLL", "p99 us", 20));
    Outcome outcome = compared();
    assertEquals(1.8, of(outcome, 0, "T: MOS, requests/s", "ratio after"));
    assertEquals(0.9, of(outcome, 0, "T: MOS, requests/s", "better by"), 1e-9);
    assertEquals(0.5, of(outcome, 1, "T: MOS, p99 us", "better by"), 1e-9);
    assertEquals(
        "1 of 1 rates' ratios fell by more than 5 %: T: MOS, requests/s",
        outcome.heading().getLast());
    assertEquals(1, outcome.tables().getFirst().rows().size(), "the measure isn't compared");
  }

  @Test
  void ofSeveralRunsTheMediansAreCompared() throws IOException {
    double[] ratios = {0.2, 0.5, 0.3};
    for (int run = 0; run < ratios.length; run++) {
      for (Path folder : List.of(before, after)) {
        Path own = Files.createDirectory(folder.resolve(String.valueOf(run)));
        double change = folder.equals(after) ? 0.9 : 1;
        write(own, "raw", new Figure("T", "1", "share of the packets/s", ratios[run] * change));
      }
    }
    Outcome outcome = compared();
    Cell was =
        outcome.tables().getFirst().rows().get("T: 1, share of the packets/s").get("ratio before");
    assertEquals(
        List.of(0.3, 0.2, 0.5, 3), List.of(was.median(), was.least(), was.most(), was.values()));
    assertEquals(0.9, of(outcome, 0, "T: 1, share of the packets/s", "better by"), 1e-9);
    assertEquals(
        "before: bin/bench raw, 3 runs; after: bin/bench raw, 3 runs", outcome.heading().get(1));
  }

  @Test
  void fivePercentLessIsNoFall() throws IOException {
    write(before, "raw", new Figure("T", "1", "share of the packets/s", 0.2));
    write(after, "raw", new Figure("T", "1", "share of the packets/s", 0.191));
    assertEquals("0 of 1 rates' ratios fell by more than 5 %", compared().heading().getLast());
  }

  @Test
  void programsAreComparedWithTheKernelsOfTheSameRun() throws IOException {
    for (Path folder : List.of(before, after)) {
      write(
          folder,
          "macro",
          new Figure("T", "epserver, net_memif, epwget", "requests/s", 300),
          new Figure("T", "nginx, loopback, wrk", "requests/s", 100),
          new Figure("T", "epserver, epoll, loopback, wrk", "requests/s", 150));
    }
    assertEquals(
        2.0, of(compared(), 0, "T: epserver, net_memif, epwget, requests/s", "ratio after"));
  }

  @Test
  void whatOnlyOneRunHasIsLeftOut() throws IOException {
    write(
        before,
        "a",
        new Figure("T", "MOS", "x/s", 1),
        new Figure("T", "EPOLL", "x/s", 1),
        new Figure("old", "MOS", "x/s", 1),
        new Figure("old", "EPOLL", "x/s", 1));
    write(before, "b", new Figure("U", "MOS", "x/s", 1), new Figure("U", "EPOLL", "x/s", 1));
    write(after, "a", new Figure("T", "MOS", "x/s", 1), new Figure("T", "EPOLL", "x/s", 1));
    Files.writeString(after.resolve("a-jmh-MOS.json"), "[]");
    assertEquals(1, compared().tables().getFirst().rows().size());
    IOException nothing = assertThrows(IOException.class, () -> compared("b"));
    assertTrue(nothing.getMessage().startsWith("no ratio"), nothing::getMessage);
  }

  @Test
  void theExitCodeTellsOfAFallAndTheTableIsKept(@TempDir Path folder) throws IOException {
    for (double now : new double[] {0.2, 0.1}) {
      write(before, "raw", new Figure("T", "1", "share of the packets/s", 0.2));
      write(after, "raw", new Figure("T", "1", "share of the packets/s", now));
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      Path prefix = folder.resolve("compare");
      int code = Comparison.compare(before, after, List.of(), prefix, new PrintStream(out));
      assertEquals(now < 0.2 ? 1 : 0, code);
      String table = Files.readString(folder.resolve("compare.txt"));
      assertEquals(out.toString(), table);
      assertEquals(Markdown.of(Outcome.read(folder.resolve("compare.json"))), table);
      assertTrue(table.contains("\nbin/bench compare; before: bin/bench raw; "), table);
    }
  }
}
