package org.mosstack.bench.scenario;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.mosstack.testkit.program.Program;
import org.mosstack.testkit.program.Testbed;

/**
 * What ran where: the heading of every outcome.
 *
 * @param commit what was measured; "-modified" if files differ from it, or there is no repository
 * @param cpu the CPU's name
 * @param eal DPDK's library, if there is one
 */
record Heading(String commit, String cpu, Optional<String> eal) {
  private static final Pattern MODEL = Pattern.compile("^model name.*: (.*)$", Pattern.MULTILINE);
  private static final Pattern EAL = Pattern.compile("(librte_eal\\.so\\.2[3-6]) ");
  private static final Path CPUS = Path.of("/proc/cpuinfo");
  private static final Path LOAD = Path.of("/proc/loadavg");

  /** Returns the heading for this checkout on this machine. */
  static Heading of(Testbed testbed) throws IOException, InterruptedException {
    Program difference = testbed.start("git diff --quiet HEAD");
    String modified = difference.exitCode(Testbed.SOON) == 0 ? "" : "-modified";
    return new Heading(
        output(testbed, "git rev-parse --short HEAD") + modified,
        first(MODEL, Files.readString(CPUS)).orElse(""),
        first(EAL, output(testbed, "ldconfig -p")));
  }

  /** Returns what a program prints; nothing if it fails. */
  private static String output(Testbed testbed, String command)
      throws IOException, InterruptedException {
    Program program = testbed.start(command);
    return program.exitCode(Testbed.SOON) == 0 ? String.join("\n", program.lines()) : "";
  }

  private static Optional<String> first(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    return matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
  }

  /** Returns the machine's load now: the mean number of runnable tasks in the last minute. */
  static String load() throws IOException {
    return Files.readString(LOAD).split(" ")[0];
  }

  /**
   * Returns the lines.
   *
   * @param command the scenario and its options
   * @param load that of before the run
   */
  List<String> lines(String command, String load) {
    List<String> lines = new ArrayList<>();
    lines.add("bin/bench " + command + ", commit " + commit);
    int cpus = Runtime.getRuntime().availableProcessors();
    lines.add(cpus + " CPUs, " + cpu + ", Linux " + System.getProperty("os.version"));
    lines.add("JDK " + System.getProperty("java.runtime.version"));
    eal.ifPresent(lines::add);
    lines.add("load average before: " + load);
    return lines;
  }
}
