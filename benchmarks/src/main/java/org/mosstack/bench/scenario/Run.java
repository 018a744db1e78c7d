package org.mosstack.bench.scenario;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.mosstack.bench.Jvm;
import org.mosstack.bench.report.Figure;
import org.mosstack.testkit.program.Program;
import org.mosstack.testkit.program.Testbed;
import org.openjdk.jmh.Main;

/**
 * A scenario's run: the folder of its files, the programs that it starts, and what it measures. For
 * one thread.
 */
final class Run implements AutoCloseable {
  /** More than any program takes to measure. */
  private static final Duration LIMIT = Duration.ofDays(1);

  private final Testbed testbed;
  private final Options options;
  private final PrintStream out;
  private final PrintStream err;
  private final Path folder;
  private final List<Program> programs = new ArrayList<>();
  private final List<String> text = new ArrayList<>();

  /**
   * Creates a run.
   *
   * @param out receives lines of the outcome
   * @param err receives what is under way
   */
  Run(Testbed testbed, Options options, PrintStream out, PrintStream err) throws IOException {
    this.testbed = testbed;
    this.options = options;
    this.out = out;
    this.err = err;
    folder = Files.createTempDirectory(testbed.folder(), "run");
  }

  Testbed testbed() {
    return testbed;
  }

  Options options() {
    return options;
  }

  // ---- Files ----

  /** Returns a file of this run's. */
  Path file(String name) {
    return folder.resolve(name);
  }

  /** Returns the file of the figures, to which this JVM and others append. */
  Path figures() {
    return file("figures");
  }

  /** Returns the JVM flag that makes a benchmark append its figures to the file. */
  String figuresFlag() {
    return "-Dbench.figures=" + figures();
  }

  /** Returns JMH's outcomes: files whose names begin with {@code jmh}. */
  List<Path> jmhFiles() throws IOException {
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, "jmh*.json")) {
      found.forEach(files::add);
    }
    Collections.sort(files);
    return files;
  }

  // ---- Programs ----

  /** Starts a program, which ends with this run at the latest. */
  Program start(List<String> command) throws IOException {
    Program program = testbed.start(command);
    programs.removeIf(each -> !each.isRunning());
    programs.add(program);
    return program;
  }

  /** Starts one of this project's servers, and waits until it is ready. */
  Program serve(List<String> command) throws IOException, InterruptedException {
    Program server = start(command);
    server.awaitLine("^ready$", Testbed.SOON);
    return server;
  }

  /** Runs a program to its end, which is to be a success, and returns what it printed. */
  List<String> output(List<String> command) throws IOException, InterruptedException {
    Program program = start(command);
    program.succeed(LIMIT);
    return program.lines();
  }

  /** Runs a program to its end, which is to be a success, and shows its output as it comes. */
  void show(List<String> command) throws IOException, InterruptedException {
    Program program = start(command);
    program.passOn(err::println);
    program.succeed(LIMIT);
  }

  /** Returns a command whose program runs on one CPU. */
  static List<String> onCpu(int cpu, List<String> command) {
    List<String> words = Testbed.words("taskset -c " + cpu);
    words.addAll(command);
    return words;
  }

  /** Runs JMH, which shows how far it is. */
  void jmh(List<String> arguments) throws IOException, InterruptedException {
    show(Jvm.command(List.of(), Main.class, arguments.toArray(String[]::new)));
  }

  // ---- Outcome ----

  /** Says what is under way. */
  void say(String line) {
    err.println(line);
  }

  /** Adds a line to the outcome. */
  void line(String line) {
    out.println(line);
    text.add(line);
  }

  /** Returns the outcome's lines. */
  List<String> text() {
    return text;
  }

  /** Adds figures to the outcome, one of each value. */
  void figures(String table, String row, String column, List<Double> values) throws IOException {
    for (double value : values) {
      new Figure(table, row, column, value).append(figures());
    }
  }

  /** Adds figures to the outcome. */
  void figures(List<Figure> figures) throws IOException {
    for (Figure figure : figures) {
      figure.append(figures());
    }
  }

  /** Ends the programs that still run, and removes the namespaces. */
  @Override
  public void close() throws IOException {
    programs.forEach(Program::close);
    try {
      testbed.removeNamespaces();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Testbed.deleteTree(folder);
  }
}
