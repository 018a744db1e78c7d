package org.mosstack.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.mosstack.bench.report.Comparison;
import org.mosstack.bench.report.Docs;
import org.mosstack.bench.scenario.Need;
import org.mosstack.bench.scenario.Options;
import org.mosstack.bench.scenario.Runner;
import org.mosstack.bench.scenario.ScenarioName;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * The command behind {@code bin/bench}.
 *
 * <p>Exit codes: 0 after success, 1 if a scenario failed or a ratio fell, 2 for wrong arguments or
 * a program that is missing, 130 after Ctrl-C.
 */
@Command(name = "bin/bench")
public final class Bench implements Callable<Integer> {
  private static final String USAGE = "usage.txt";

  private final Path home;
  private final String searchPath;
  private final PrintStream out;
  private final PrintStream err;

  @Spec private CommandSpec spec;

  @Parameters(arity = "0..*", paramLabel = "SCENARIO")
  private List<String> names = List.of();

  @Option(names = "--quick")
  private boolean quick;

  @Option(names = "--forks")
  private Integer forks;

  @Option(names = "--seconds")
  private int seconds = 10;

  @Option(names = "--docs")
  private boolean docs;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true)
  private boolean help;

  /**
   * Creates the command.
   *
   * @param home the project's folder
   * @param searchPath where programs are looked for, as in the variable PATH
   * @param out receives outcomes
   * @param err receives what is under way, and errors
   */
  Bench(Path home, String searchPath, PrintStream out, PrintStream err) {
    this.home = home;
    this.searchPath = searchPath;
    this.out = out;
    this.err = err;
  }

  /** Runs the command and exits the JVM with its exit code. */
  public static void main(String[] args) {
    Path home = Path.of(System.getProperty("mos.home", "."));
    Bench bench = new Bench(home, System.getenv("PATH"), System.out, System.err);
    System.exit(bench.execute(args));
  }

  /** Runs the command and returns its exit code. */
  int execute(String... args) {
    CommandLine line = new CommandLine(this);
    String usage = usage();
    line.getHelpSectionMap().put(USAGE, _ -> usage);
    return line.setHelpSectionKeys(List.of(USAGE))
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .setParameterExceptionHandler(this::refuse)
        .execute(args);
  }

  private static String usage() {
    try (InputStream text = Bench.class.getResourceAsStream(USAGE)) {
      return new String(text.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private int refuse(ParameterException e, String[] args) {
    err.println("bench: " + e.getMessage());
    err.print(usage());
    return ExitCode.USAGE;
  }

  @Override
  public Integer call() throws InterruptedException {
    if (forks != null && forks < 1 || seconds < 1) {
      throw new ParameterException(spec.commandLine(), "--forks and --seconds want 1 or more");
    }
    List<ScenarioName> wanted = names.stream().map(this::scenario).toList();
    try {
      return docs ? renewDocuments() : measure(wanted);
    } catch (IOException e) {
      return failure(e);
    }
  }

  private ScenarioName scenario(String name) {
    try {
      return ScenarioName.of(name);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage());
    }
  }

  private int renewDocuments() throws IOException {
    Docs.renew(home.resolve("docs/benchmarks.md"), home.resolve("docs/performance.md"));
    return ExitCode.OK;
  }

  private int measure(List<ScenarioName> named) throws IOException, InterruptedException {
    List<ScenarioName> wanted = named.isEmpty() ? ScenarioName.usual(quick) : named;
    Optional<Need> missing =
        wanted.stream()
            .flatMap(name -> name.needs().stream())
            .filter(need -> !need.isMet(searchPath))
            .findFirst();
    if (missing.isPresent()) {
      err.println(missing.get().whatToDo());
      return ExitCode.USAGE;
    }
    boolean allWell = new Runner(new Options(quick, forks, seconds), out, err).run(wanted);
    return allWell ? ExitCode.OK : ExitCode.SOFTWARE;
  }

  /**
   * Compares two folders of outcomes.
   *
   * @return the exit code
   */
  @Command(name = "compare")
  public int compare(
      @Parameters(index = "0", paramLabel = "BEFORE") Path before,
      @Parameters(index = "1", paramLabel = "AFTER") Path after,
      @Parameters(index = "2..*", paramLabel = "SCENARIO") List<String> scenarios) {
    requireFolder(before);
    requireFolder(after);
    Path prefix = home.resolve("docs/benchmarks/compare");
    try {
      return Comparison.compare(
          before, after, scenarios == null ? List.of() : scenarios, prefix, out);
    } catch (IOException e) {
      return failure(e);
    }
  }

  private void requireFolder(Path folder) {
    if (!Files.isDirectory(folder)) {
      throw new ParameterException(spec.commandLine(), folder + " is no folder");
    }
  }

  private int failure(IOException e) {
    err.println("bench: " + e.getMessage());
    return ExitCode.SOFTWARE;
  }
}
