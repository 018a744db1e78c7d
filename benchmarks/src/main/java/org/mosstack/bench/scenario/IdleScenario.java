package org.mosstack.bench.scenario;

import java.io.IOException;
import java.util.List;
import org.mosstack.bench.IdleCost;
import org.mosstack.bench.Jvm;

/** What an idle loop costs, and how soon it is awake. */
final class IdleScenario implements Scenario {
  @Override
  public boolean isText() {
    return true;
  }

  @Override
  public void measure(Run run) throws IOException, InterruptedException {
    run.line("medium strategy  CPU % idle  round trip p50 us   p99 us");
    String seconds = Integer.toString(run.options().seconds());
    for (String medium : List.of("wire", "memif")) {
      for (String strategy : List.of("busy", "adaptive")) {
        List<String> command = Jvm.command(List.of(), IdleCost.class, medium, strategy, seconds);
        run.line(row(medium, run.output(command)));
      }
    }
  }

  /** Returns the line of figures among what was printed. */
  static String row(String medium, List<String> lines) throws IOException {
    return lines.stream()
        .filter(line -> line.startsWith(medium + " "))
        .findFirst()
        .orElseThrow(() -> new IOException("no figures for " + medium + " were printed"));
  }
}
