package org.mosstack.bench.scenario;

import java.io.IOException;
import java.util.List;
import org.mosstack.bench.Jvm;
import org.mosstack.bench.flood.Flood;
import org.mosstack.bench.flood.FloodServer;
import org.mosstack.testkit.program.Program;

/** A SYN flood from spoofed sources against one core. */
final class FloodScenario implements Scenario {
  private static final String SYNS_PER_SECOND = "200000";
  private static final String BACKLOG = "1024";

  /** A small heap would be full soon if each SYN left something there. */
  private static final List<String> SERVER_FLAGS =
      List.of("-Xms128m", "-Xmx128m", "-XX:-BackgroundCompilation");

  @Override
  public void measure(Run run) throws IOException, InterruptedException {
    int runs = run.options().runs(3, 1);
    String seconds = run.options().quick() ? "4" : "10";
    String socket = run.file("f.sock").toString();
    String samples = run.file("samples").toString();
    for (int i = 1; i <= runs; i++) {
      run.say("flood, run " + i + " of " + runs + " ...");
      Program server =
          run.serve(Jvm.command(SERVER_FLAGS, FloodServer.class, socket, "0", BACKLOG, samples));
      List<String> flags = List.of("-XX:-BackgroundCompilation", run.figuresFlag());
      run.show(Jvm.command(flags, Flood.class, socket, "1", SYNS_PER_SECOND, seconds, samples));
      server.end();
    }
  }
}
