package org.mosstack.bench.scenario;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.mosstack.testkit.program.Program;
import org.mosstack.testkit.program.Testbed;

/** epserver and epwget over net_memif, as {@code conf/memif} has them. */
final class StackServer {
  private static final Pattern COMPLETES = Pattern.compile(" completes: *(\\d+) ");

  private final Run run;
  private final Path www;
  private final List<Integer> sizes;
  private final int seconds;

  /**
   * Creates the pair.
   *
   * @param www the files' folder
   * @param seconds how long a size is measured
   */
  StackServer(Run run, Path www, List<Integer> sizes, int seconds) {
    this.run = run;
    this.www = www;
    this.sizes = sizes;
    this.seconds = seconds;
  }

  void measure() throws IOException, InterruptedException {
    Path conf = Files.writeString(run.file("epserver.conf"), "www_main = " + www + "\n");
    Program server = start("bin/epserver", "server", conf);
    server.awaitLine("^epserver: serving", Testbed.SOON);
    for (int size : sizes) {
      run.figures(
          MacroScenario.table(size),
          "epserver, net_memif, epwget",
          "requests/s",
          requests(server, size));
    }
    server.end();
  }

  private List<Double> requests(Program server, int size) throws IOException, InterruptedException {
    Path conf =
        Files.writeString(
            run.file("epwget.conf"), "url = 10.0.0.1/" + size + ".bin\ntotal_flows = 1\n");
    Program client =
        start(
            "bin/epwget",
            "client",
            conf,
            "--flows",
            "1000000000",
            "--concurrency",
            "64",
            "--keep-alive");
    WarmUp.of(run, server, client);
    TimeUnit.SECONDS.sleep(seconds);
    client.end();
    return completes(client.lines(), seconds);
  }

  /** Returns what epwget has completed in each of the last seconds. */
  static List<Double> completes(List<String> lines, int seconds) throws IOException {
    return RateLog.lastWhole(lines, COMPLETES, seconds);
  }

  /** Starts one of the programs; the returned process is that of its JVM. */
  private Program start(String program, String end, Path conf, String... more) throws IOException {
    List<String> command = new ArrayList<>();
    command.addAll(List.of(program, "-f", stackConf(end).toString(), "-c", conf.toString()));
    command.addAll(List.of(more));
    return run.start(command);
  }

  private Path stackConf(String end) throws IOException {
    Path folder = Files.createDirectories(run.file(end));
    Path original = run.testbed().home().resolve("conf/memif").resolve(end).resolve("mos.conf");
    String conf =
        stackConf(Files.readString(original), run.file("memif.sock").toString(), folder + "/logs");
    return Files.writeString(folder.resolve("mos.conf"), conf);
  }

  /** Returns a configuration with another socket and folder of logs, and without statistics. */
  static String stackConf(String conf, String socket, String logs) {
    return conf.lines()
        .filter(line -> !line.contains("stat_print"))
        .map(line -> line.replaceFirst("socket=\\S*", Matcher.quoteReplacement("socket=" + socket)))
        .map(
            line ->
                line.replaceFirst("mos_log = .*", Matcher.quoteReplacement("mos_log = " + logs)))
        .collect(Collectors.joining("\n", "", "\n"));
  }
}
