package org.mosstack.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.mosstack.tcp.CongestionAlgorithm;

/** The experiment measures what the link lets through; how well recovery does is for the report. */
class BulkExperimentTest {
  private static BulkExperiment.Setting setting(long megabits, double loss, int flows) {
    return new BulkExperiment.Setting(
        CongestionAlgorithm.NEWRENO,
        megabits * 1_000_000,
        1500,
        10_000_000,
        loss,
        flows,
        1,
        false,
        5,
        10);
  }

  @Test
  void aCleanLinkIsFilled() throws IOException {
    BulkExperiment.Setting setting = setting(100, 0, 1);
    double got = BulkExperiment.run(setting, 1).total();
    double part = got / setting.linkLimit();
    assertTrue(part > 0.9 && part <= 1.0001, "part of the link: " + part);
  }

  @Test
  void lossCosts() throws IOException {
    BulkExperiment.Setting lossy = setting(100, 0.01, 1);
    double part = BulkExperiment.run(lossy, 1).total() / lossy.linkLimit();
    assertTrue(part > 0.01 && part < 0.5, "part of the link: " + part);
  }

  @Test
  void flowsShare() throws IOException {
    BulkExperiment.Setting setting = setting(20, 0, 2);
    BulkExperiment.Outcome outcome = BulkExperiment.run(setting, 1);
    assertEquals(2, outcome.bytesPerSecond().size());
    assertTrue(outcome.total() > 0.85 * setting.linkLimit(), outcome.toString());
    assertTrue(outcome.fairness() > 0.5 && outcome.fairness() <= 1, outcome.toString());
  }

  @Test
  void fairnessIsJains() {
    assertEquals(1, new BulkExperiment.Outcome(List.of(3.0, 3.0)).fairness(), 1e-9);
    assertEquals(0.5, new BulkExperiment.Outcome(List.of(3.0, 0.0)).fairness(), 1e-9);
    assertEquals(0.8, new BulkExperiment.Outcome(List.of(3.0, 1.0)).fairness(), 1e-9);
  }

  /** 1448 bytes, 10 ms, 1 %: 1.22 divided by 0.1 segments a round trip; CUBIC's is Reno's here. */
  @Test
  void limits() {
    BulkExperiment.Setting setting = setting(100, 0.01, 1);
    assertEquals(12_500_000 * 1448.0 / 1514, setting.linkLimit(), 1);
    assertEquals(1448 * 12.247 * 100, setting.renoLimit(), 100);
    assertEquals(setting.renoLimit(), setting.cubicLimit(), 1e-6);
  }
}
