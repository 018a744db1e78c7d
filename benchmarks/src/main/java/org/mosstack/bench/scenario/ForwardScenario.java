package org.mosstack.bench.scenario;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.mosstack.bench.report.Cell;
import org.mosstack.testkit.program.Program;

/** Packets sent back by dpdk-testpmd and by this project, and messages as a share of them. */
final class ForwardScenario implements Scenario {
  @Override
  public List<Need> needs() {
    return List.of(Need.TESTPMD);
  }

  @Override
  public boolean isText() {
    return true;
  }

  @Override
  public void measure(Run run) throws IOException, InterruptedException {
    int seconds = run.options().seconds();
    run.say("testpmd forwards, " + 2 * seconds + " s ...");
    Path socket = run.file("c.sock");
    Program forwarder = TestPmd.forward(run, socket);
    TestPmd.Load c = TestPmd.generate(run, socket, seconds);
    forwarder.end();
    run.say("this project forwards, " + 2 * seconds + " s ...");
    TestPmd.Load java = MemifPrograms.forward(run, seconds);
    packets(c, java).forEach(run::line);
    run.say("TCP echo, a minute ...");
    run.line("");
    run.line("TCP echo, 64-byte messages, two processes");
    for (int connections : new int[] {1, 256}) {
      MemifPrograms.Echoes echoes = MemifPrograms.echo(run, List.of(), connections);
      run.line(messages(connections, echoes, Cell.of(java.returned()).median()));
    }
  }

  /** Returns the lines about packets. */
  static List<String> packets(TestPmd.Load c, TestPmd.Load java) {
    double ratio = Cell.of(java.returned()).median() / Cell.of(c.returned()).median();
    return List.of(
        "forwarded packets/s, 64 bytes, over net_memif   median     least to most        offered",
        "dpdk-testpmd (C)                                " + rates(c),
        "this project (Java)                             " + rates(java),
        "ratio                                           " + hundredths(ratio));
  }

  private static String rates(TestPmd.Load load) {
    Cell returned = Cell.of(load.returned());
    return whole(returned.median())
        + "   "
        + spread(returned)
        + "   "
        + whole(Cell.of(load.offered()).median());
  }

  /**
   * Returns the line about messages.
   *
   * @param raw packets forwarded per second
   */
  static String messages(int connections, MemifPrograms.Echoes echoes, double raw) {
    Cell rates = Cell.of(echoes.rates());
    return "%d connections: %s messages/s (%s), share of the raw rate %s, round trip us p50 p99 p99.9: %s"
        .formatted(
            connections,
            whole(rates.median()),
            spread(rates),
            hundredths(rates.median() / raw),
            echoes.roundTrip());
  }

  private static String spread(Cell cell) {
    return whole(cell.least()) + " to " + whole(cell.most());
  }

  private static String whole(double rate) {
    return String.format(Locale.ROOT, "%.0f", rate);
  }

  private static String hundredths(double ratio) {
    return String.format(Locale.ROOT, "%.2f", ratio);
  }
}
