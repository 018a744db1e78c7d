package org.mosstack.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mosstack.socket.CongestionAlgorithm;

/** Figures are found again by everything they depend on, and shown next to the limits. */
class ThroughputFiguresTest {
  private static final BulkExperiment.Setting SETTING =
      new BulkExperiment.Setting(
          CongestionAlgorithm.NEWRENO, 100_000_000, 1500, 10_000_000, 0.01, 1, 1, false, 5, 5);
  private static final BulkExperiment.Outcome TEN_MEGABITS =
      new BulkExperiment.Outcome(List.of(1_250_000.0));

  @TempDir private Path folder;

  @Test
  void whatWasKeptIsFound() throws IOException {
    Path file = folder.resolve("figures.csv");
    new ThroughputFigures(file, "abc").add(SETTING, 7, TEN_MEGABITS);
    ThroughputFigures again = new ThroughputFigures(file, "abc");
    assertTrue(again.has(SETTING, 7));
    assertEquals(10, again.megabits(SETTING, List.of(7L)), 1e-6);
    assertFalse(again.has(SETTING, 8));
    assertFalse(again.has(SETTING.withWarmUp(6), 7));
    assertFalse(new ThroughputFigures(file, "def").has(SETTING, 7));
  }

  @Test
  void isShownBesideTheFormula() throws IOException {
    ThroughputFigures figures = new ThroughputFigures(folder.resolve("figures.csv"), "abc");
    figures.add(SETTING, 7, TEN_MEGABITS);
    String table = ThroughputReport.of(figures, List.of(SETTING), List.of(7L));
    assertTrue(table.contains("| **newreno** | **10.0** (70.5 %) |"), table);
    assertTrue(table.contains("| Reno's formula | 14.2 |"), table);
    String plot = ThroughputPlot.of(figures, List.of(SETTING), List.of(7L));
    assertTrue(plot.contains("1 % loss") && plot.contains("<circle"), plot);
  }
}
