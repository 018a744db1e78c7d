package org.mosstack.bench.scenario;

import java.io.IOException;
import java.util.List;
import org.mosstack.bench.report.Cell;

/** Without Netty: packets, messages as a share of them, and connections. */
final class RawScenario implements Scenario {
  private static final String MESSAGES = "TCP messages of 64 bytes and back";

  @Override
  public List<Need> needs() {
    return List.of(Need.TESTPMD);
  }

  @Override
  public void measure(Run run) throws IOException, InterruptedException {
    boolean quick = run.options().quick();
    run.say("this project forwards ...");
    List<Double> packets = MemifPrograms.forward(run, quick ? 2 : 4).returned();
    run.figures("Forwarded, 64-byte packets", "this project", "packets/s per core", packets);
    double raw = Cell.of(packets).median();
    for (int connections : quick ? new int[] {256} : new int[] {1, 256}) {
      run.say("TCP echo, " + connections + " connections ...");
      List<Double> rates = MemifPrograms.echo(run, List.of(), connections).rates();
      String row = Integer.toString(connections);
      run.figures(MESSAGES, row, "messages/s per core", rates);
      List<Double> shares = rates.stream().map(rate -> rate / raw).toList();
      run.figures(MESSAGES, row, "share of the packets/s", shares);
    }
    for (int atOnce : quick ? new int[] {64} : new int[] {1, 64}) {
      run.say("TCP connections, " + atOnce + " at once ...");
      run.figures(
          "TCP connections opened and closed, at once",
          Integer.toString(atOnce),
          "accepts/s per core",
          MemifPrograms.accept(run, atOnce));
    }
  }
}
