package org.mosstack.bench.scenario;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.mosstack.testkit.program.Program;
import org.mosstack.testkit.program.Testbed;

/** DPDK's own program, in C, over net_memif. */
final class TestPmd {
  private static final Pattern RECEIVED = Pattern.compile("Rx-pps: *(\\d+)");
  private static final Pattern SENT = Pattern.compile("Tx-pps: *(\\d+)");

  /** It takes about so long to start, and isn't always in step with the clock. */
  private static final int SECONDS_TO_START = 3;

  /**
   * Packets per second, one value for each second.
   *
   * @param returned those that the generator got back
   * @param offered those that it sent
   */
  record Load(List<Double> returned, List<Double> offered) {
    /** Reads the generator's output, of which so many seconds at the end count. */
    static Load read(List<String> lines, int seconds) throws IOException {
      return new Load(
          RateLog.lastWhole(lines, RECEIVED, seconds), RateLog.lastWhole(lines, SENT, seconds));
    }
  }

  private TestPmd() {}

  /** Starts one that sends each packet back, on CPU 0, and waits until it does. */
  static Program forward(Run run, Path socket) throws IOException, InterruptedException {
    Program forwarder =
        run.start(command("server", socket, 0, "--forward-mode=io", "--port-topology=loop"));
    forwarder.awaitLine("Press|Port statistics", Testbed.SOON);
    return forwarder;
  }

  /** Sends 64-byte packets from CPU 1: for as many seconds to warm up, and then counted. */
  static Load generate(Run run, Path socket, int seconds) throws IOException, InterruptedException {
    Program generator =
        run.start(command("client", socket, 1, "--forward-mode=flowgen", "--txpkts=64"));
    TimeUnit.SECONDS.sleep(2L * seconds + SECONDS_TO_START);
    generator.end();
    return Load.read(generator.lines(), seconds);
  }

  /** Of its two lcores, on one CPU, the second does the work. At an open input it would wait. */
  private static List<String> command(String role, Path socket, int cpu, String... more) {
    List<String> command = Testbed.words("sh -c", "exec \"$@\" </dev/null", "sh");
    command.add("dpdk-testpmd");
    command.add("--lcores=0@" + cpu + ",1@" + cpu);
    command.addAll(Testbed.words("--no-pci --no-huge --no-shconf --no-telemetry -m 512"));
    command.add("--vdev=net_memif0,role=" + role + ",socket=" + socket + ",socket-abstract=no");
    command.addAll(Testbed.words("-- --burst=32 --nb-cores=1 --stats-period=1"));
    command.addAll(Testbed.words("--total-num-mbufs=16384", more));
    return command;
  }
}
