package org.mosstack.sim;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** The environment of a measurement. */
final class Machine {
  private static final Path CPUS = Path.of("/proc/cpuinfo");

  private Machine() {}

  /** Returns CPUs, kernel and JDK. */
  static String description() throws IOException {
    String model = System.getProperty("os.arch");
    if (Files.isReadable(CPUS)) {
      model =
          Files.readAllLines(CPUS).stream()
              .filter(line -> line.startsWith("model name"))
              .map(line -> line.substring(line.indexOf(':') + 2))
              .findFirst()
              .orElse(model);
    }
    return String.format(
        Locale.ROOT,
        "%d CPUs, %s, %s %s, JDK %s",
        Runtime.getRuntime().availableProcessors(),
        model,
        System.getProperty("os.name"),
        System.getProperty("os.version"),
        Runtime.version());
  }

  /** Returns the commit's short name, with "-modified" if its files have changed. */
  static String commit() throws IOException {
    String commit = git("rev-parse", "--short", "HEAD");
    if (commit.isEmpty()) {
      return "unknown";
    }
    String changed = git("status", "--porcelain", "--untracked-files=no", "--", "*.java");
    return changed.isEmpty() ? commit : commit + "-modified";
  }

  private static String git(String... arguments) throws IOException {
    ProcessBuilder builder = new ProcessBuilder("git", "-C", System.getProperty("mos.home", "."));
    builder.command().addAll(List.of(arguments));
    Process git = builder.redirectError(ProcessBuilder.Redirect.DISCARD).start();
    return new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
  }
}
