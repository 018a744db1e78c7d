package org.mosstack.bench.scenario;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.mosstack.bench.Jvm;
import org.mosstack.bench.memif.Accepts;
import org.mosstack.bench.memif.Echo;
import org.mosstack.bench.memif.Forward;
import org.mosstack.testkit.program.Program;

/** This project's programs without Netty, over net_memif: servers on CPU 0, clients on CPU 1. */
final class MemifPrograms {
  private static final Pattern ECHOES = Pattern.compile("^\\d+ rate (\\d+)$");
  private static final Pattern ROUND_TRIPS = Pattern.compile("^\\d+ rtt_us (.*)$");
  private static final Pattern ACCEPTS = Pattern.compile("^rate (\\d+)$");

  /**
   * What an echo client printed.
   *
   * @param rates messages per second, one value for each of its windows
   * @param roundTrip microseconds: median, 99th and 99.9th percentile, with spaces between them
   */
  record Echoes(List<Double> rates, String roundTrip) {
    static Echoes read(List<String> lines) throws IOException {
      String roundTrip =
          lines.stream()
              .flatMap(line -> ROUND_TRIPS.matcher(line).results())
              .map(match -> match.group(1))
              .findFirst()
              .orElseThrow(() -> new IOException("the echo client printed no round trip"));
      return new Echoes(RateLog.of(lines, ECHOES), roundTrip);
    }
  }

  private MemifPrograms() {}

  /** Returns what testpmd's generator gets back from this project. */
  static TestPmd.Load forward(Run run, int seconds) throws IOException, InterruptedException {
    Path socket = run.file("j.sock");
    Program forwarder = run.serve(Jvm.command(List.of(), Forward.class, socket.toString(), "0"));
    TestPmd.Load load = TestPmd.generate(run, socket, seconds);
    forwarder.end();
    return load;
  }

  /** Returns what a number of connections echo. */
  static Echoes echo(Run run, List<String> flags, int connections)
      throws IOException, InterruptedException {
    return Echoes.read(
        served(run, flags, Echo.class, "client", socket(run), "1", Integer.toString(connections)));
  }

  /** Returns how many connections a server accepts per second, one value for each window. */
  static List<Double> accept(Run run, int atOnce) throws IOException, InterruptedException {
    List<String> lines =
        served(run, List.of(), Accepts.class, socket(run), "1", Integer.toString(atOnce));
    return accepts(lines);
  }

  /** Reads the output of the client that opens and closes connections. */
  static List<Double> accepts(List<String> lines) throws IOException {
    return RateLog.of(lines, ACCEPTS);
  }

  private static String socket(Run run) {
    return run.file("e.sock").toString();
  }

  /** Runs a client beside an echo server, and returns what it printed. */
  private static List<String> served(
      Run run, List<String> flags, Class<?> client, String... arguments)
      throws IOException, InterruptedException {
    Program server = run.serve(Jvm.command(flags, Echo.class, "server", socket(run), "0"));
    List<String> lines = run.output(Jvm.command(flags, client, arguments));
    server.end();
    return lines;
  }
}
