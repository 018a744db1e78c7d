package org.mosstack.bench.scenario;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.mosstack.bench.report.CpuShares;
import org.mosstack.testkit.program.Testbed;

/**
 * Where the loops' CPU time goes, by samples. The JIT's inlining is undone in them, and they leave
 * out the JVM's warm-up.
 */
final class ProfileScenario implements Scenario {
  private static final String TABLE = "Share of the loops' CPU time";
  private static final String SAMPLES =
      """
      <?xml version="1.0" encoding="UTF-8"?>
      <configuration version="2.0">
        <event name="jdk.CPUTimeSample">
          <setting name="enabled">true</setting>
          <setting name="throttle">500us</setting>
        </event>
      </configuration>
      """;

  /** Something that runs while it is sampled. */
  private interface Load {
    void run(Path recordings) throws IOException, InterruptedException;
  }

  @Override
  public void measure(Run run) throws IOException, InterruptedException {
    Files.writeString(run.file("samples.jfc"), SAMPLES);
    sample(
        run,
        "requests, 64 connections",
        folder -> compare(run, "Requests", flags(run, folder, 12), "-p connections=64"));
    sample(
        run,
        "bulk, 64 KB down",
        folder -> compare(run, "Bulk", flags(run, folder, 15), "-p bytes=65536 -p upload=false"));
    sample(
        run,
        "messages without Netty, 256 connections",
        folder -> MemifPrograms.echo(run, flags(run, folder, 10), 256));
  }

  private static List<String> flags(Run run, Path folder, int delaySeconds) {
    return List.of(
        "-XX:+UnlockDiagnosticVMOptions",
        "-XX:+DebugNonSafepoints",
        "-XX:StartFlightRecording:settings=%s,filename=%s/%%p.jfr,delay=%ds"
            .formatted(run.file("samples.jfc"), folder, delaySeconds));
  }

  private static void compare(Run run, String benchmark, List<String> flags, String parameters)
      throws IOException, InterruptedException {
    List<String> arguments = new ArrayList<>(List.of(JmhScenario.pattern(benchmark)));
    arguments.addAll(Testbed.words("-p transport=MOS -f 1 -wi 15 -i 8"));
    arguments.addAll(Testbed.words(parameters));
    arguments.addAll(List.of("-jvmArgsAppend", String.join(" ", flags)));
    run.jmh(arguments);
  }

  /** Runs something, and counts its samples. */
  private static void sample(Run run, String row, Load load)
      throws IOException, InterruptedException {
    Path recordings = Files.createDirectory(run.file("jfr"));
    load.run(recordings);
    run.figures(CpuShares.of(TABLE, row, recordings));
    Testbed.deleteTree(recordings);
  }
}
