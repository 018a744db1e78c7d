package org.mosstack.bench.scenario;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.mosstack.bench.Jvm;
import org.mosstack.bench.compare.OpenConnections;
import org.mosstack.bench.compare.Transport;
import org.mosstack.testkit.program.Testbed;

/** Many open connections. */
final class OpenScenario implements Scenario {
  /** 9000: what the kernel's transports can do where a process may have 20,000 files. */
  private static final List<Integer> COUNTS = List.of(1, 100, 9000, 10_000, 100_000);

  private static final List<Integer> QUICK_COUNTS = List.of(9000);
  private static final int ONLY_OURS = 1_000_000;
  private static final String HEAP = "4g";
  private static final String LARGE_HEAP = "12g";

  /** Files of the JVM's own. */
  private static final int OTHER_FILES = 1000;

  private static final Pattern HARD_LIMIT = Pattern.compile("Max open files +\\S+ +(\\d+)");

  @Override
  public void measure(Run run) throws IOException, InterruptedException {
    boolean quick = run.options().quick();
    long files = allowedFiles(run);
    for (int count : quick ? QUICK_COUNTS : COUNTS) {
      for (Transport transport : List.of(Transport.MOS, Transport.EPOLL, Transport.IO_URING)) {
        measure(run, transport, count, HEAP, files);
      }
    }
    if (!quick) {
      measure(run, Transport.MOS, ONLY_OURS, LARGE_HEAP, files);
    }
  }

  private static void measure(Run run, Transport transport, int count, String heap, long files)
      throws IOException, InterruptedException {
    String what = transport + ", " + count + " connections";
    if (transport != Transport.MOS && 2L * count + OTHER_FILES > files) {
      run.say(what + ": left out, ulimit -n is " + files);
      return;
    }
    run.say(what + " ...");
    List<String> flags =
        List.of("-Xms" + heap, "-Xmx" + heap, "-XX:+AlwaysPreTouch", run.figuresFlag());
    List<String> command = new ArrayList<>(withFiles(files));
    command.addAll(
        Jvm.command(flags, OpenConnections.class, transport.name(), Integer.toString(count)));
    run.show(command);
  }

  /** Returns how many files a process may open: root may have as many as there can be. */
  private static long allowedFiles(Run run) throws IOException, InterruptedException {
    long most = Long.parseLong(Files.readString(Path.of("/proc/sys/fs/nr_open")).strip());
    List<String> trial = withFiles(most);
    trial.add("true");
    boolean allowed = run.start(trial).exitCode(Testbed.SOON) == 0;
    return allowed ? most : hardLimit(Files.readString(Path.of("/proc/self/limits")));
  }

  /** Returns the limit that a process may raise its own to. */
  static long hardLimit(String limits) {
    Matcher matcher = HARD_LIMIT.matcher(limits);
    if (!matcher.find()) {
      throw new AssertionError("no limit of open files in " + limits);
    }
    return Long.parseLong(matcher.group(1));
  }

  /** Returns the words before a command that may then open so many files. */
  private static List<String> withFiles(long files) {
    return Testbed.words("prlimit --nofile=" + files + ":" + files);
  }
}
