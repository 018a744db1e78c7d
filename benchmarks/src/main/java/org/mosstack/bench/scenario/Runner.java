package org.mosstack.bench.scenario;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.mosstack.bench.report.Report;
import org.mosstack.testkit.program.Testbed;

/** Measures scenarios, one after the other, and keeps the outcome of each. */
public final class Runner {
  private static final Pattern JVM = Pattern.compile("\"[^\"]*/bin/java\"");

  private final Options options;
  private final PrintStream out;
  private final PrintStream err;
  private volatile boolean ending;

  /**
   * Creates one.
   *
   * @param out receives the outcomes
   * @param err receives what is under way, and errors
   */
  public Runner(Options options, PrintStream out, PrintStream err) {
    this.options = options;
    this.out = out;
    this.err = err;
  }

  /**
   * Measures; a scenario that fails doesn't keep others from being measured.
   *
   * @return whether none failed
   * @throws IOException if the outcome can't be kept anywhere
   */
  public boolean run(List<ScenarioName> names) throws IOException, InterruptedException {
    Runtime.getRuntime().addShutdownHook(new Thread(() -> ending = true));
    boolean allWell = true;
    try (Testbed testbed = new Testbed("mos-bench")) {
      Heading heading = Heading.of(testbed);
      for (ScenarioName name : names) {
        allWell &= !ending && succeeds(testbed, heading, name);
      }
    }
    return allWell;
  }

  private boolean succeeds(Testbed testbed, Heading heading, ScenarioName name)
      throws InterruptedException {
    try (Run run = new Run(testbed, options, out, err)) {
      if (name.scenario().isText()) {
        text(run, heading, name);
      } else {
        tables(run, heading, name);
      }
      return true;
    } catch (IOException | AssertionError e) {
      if (!ending) { // by Ctrl-C, which the programs get as well
        err.println(e.getMessage());
        err.println(name.id() + " failed");
      }
      return false;
    }
  }

  private void text(Run run, Heading heading, ScenarioName name)
      throws IOException, InterruptedException {
    String command = name.id() + " --seconds " + options.seconds() + options.given();
    heading.lines(command, Heading.load()).forEach(run::line);
    run.line("");
    name.scenario().measure(run);
    Path file = documents(run).resolve(name.id() + "-" + heading.commit() + ".txt");
    Files.writeString(file, String.join("\n", run.text()) + "\n");
  }

  private void tables(Run run, Heading heading, ScenarioName name)
      throws IOException, InterruptedException {
    List<String> lines = heading.lines(name.id() + options.given(), Heading.load());
    name.scenario().measure(run);
    Path results = options.quick() ? run.testbed().home().resolve("target/bench") : documents(run);
    Files.createDirectories(results);
    List<Path> jmh = new ArrayList<>();
    for (Path file : run.jmhFiles()) {
      Path kept = results.resolve(name.id() + "-" + file.getFileName());
      String folder = file.getParent() + "/";
      Files.writeString(
          kept, withoutPaths(Files.readString(file), folder, run.testbed().home().toString()));
      jmh.add(kept);
    }
    out.print(Report.write(results.resolve(name.id()), lines, jmh, run.figures()));
  }

  private static Path documents(Run run) {
    return run.testbed().home().resolve("docs/benchmarks");
  }

  /**
   * Returns JMH's outcome without the machine's paths.
   *
   * @param folder the run's, with a slash at its end
   * @param home the project's folder
   */
  static String withoutPaths(String json, String folder, String home) {
    String shortened = json.replace(folder, "").replace(home, ".");
    return JVM.matcher(shortened).replaceAll(Matcher.quoteReplacement("\"java\""));
  }
}
