package org.mosstack.defect;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** The command behind {@code bin/mutate}. */
@Command(
    name = "bin/mutate",
    mixinStandardHelpOptions = true,
    version = "netty-transport-mos",
    sortOptions = false,
    description = {
      "Makes mistakes in a copy of the engine, one at a time, and runs the tests until one of them"
          + " fails: the unit tests, the scripts, the tests of whole stacks, and the simulation,"
          + " each by itself. Prints which found what.",
      ""
    },
    footer = {
      "",
      "The mistakes: mos-stack/src/test/defects/defects.txt. Outcomes are kept in target/mutate, so"
          + " that they can be had one by one. Exit codes: 0 each mistake was found, 1 one wasn't,"
          + " 2 wrong arguments.",
    })
final class Mutate implements Callable<Integer> {
  private static final long TIMEOUT_MINUTES = 5;
  private static final String NOT_FOUND = "-";
  private static final String NOT_RUN = "not run";

  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  @Parameters(paramLabel = "NAME", description = "Mistakes to make (default: all).")
  private List<String> names = List.of();

  @Option(names = "--list", description = "Says what mistakes there are, and ends.")
  private boolean list;

  @Option(
      names = "--suite",
      paramLabel = "SUITE",
      description = "Tests to run: ${COMPLETION-CANDIDATES} (default: all).")
  private List<Suite> suites = List.of(Suite.values());

  @Option(
      names = "--table",
      description = "Runs nothing; prints the table of all outcomes that are kept, in Markdown.")
  private boolean table;

  private final Path home = Path.of(System.getProperty("mos.home", "."));
  private final Path scratch = home.resolve("target/mutate");

  /** Runs the command and exits the JVM with its exit code. */
  public static void main(String[] args) {
    System.exit(
        new CommandLine(new Mutate()).setCaseInsensitiveEnumValuesAllowed(true).execute(args));
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    List<Defect> all = Defect.read(home.resolve("mos-stack/src/test/defects/defects.txt"));
    if (list) {
      all.forEach(d -> System.out.println(d.name() + ": " + d.description()));
      return 0;
    }
    List<Defect> chosen = names.isEmpty() ? all : names.stream().map(n -> named(all, n)).toList();
    if (!table) {
      for (Defect defect : chosen) {
        make(defect);
      }
    }
    return print(chosen);
  }

  private Defect named(List<Defect> all, String name) {
    return all.stream()
        .filter(d -> d.name().equals(name))
        .findAny()
        .orElseThrow(
            () ->
                new ParameterException(
                    spec.commandLine(), "no mistake is called \"" + name + "\": see --list"));
  }

  /** Makes a mistake, and records which test finds it. */
  private void make(Defect defect) throws IOException, InterruptedException {
    Path folder = scratch.resolve(defect.name());
    Path classes = Files.createDirectories(folder.resolve("classes"));
    Path source = home.resolve("mos-stack/src/main/java/org/mosstack").resolve(defect.file());
    Path copy = folder.resolve("source").resolve(defect.file());
    Files.createDirectories(copy.getParent());
    Files.writeString(copy, defect.apply(Files.readString(source)));
    compile(defect, copy, classes);
    for (Suite suite : suites) {
      String found = run(suite, classes, folder.resolve(suite + ".log"));
      Files.writeString(folder.resolve(suite + ".txt"), found);
      System.err.println(defect.name() + ", " + suite.title + ": " + found);
    }
  }

  private void compile(Defect defect, Path copy, Path classes) {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    int code =
        compiler.run(
            null,
            null,
            null,
            "-nowarn",
            "-implicit:none",
            "-proc:none",
            "-d",
            classes.toString(),
            "-cp",
            module("target/classes") + File.pathSeparator + module("target/test-lib/*"),
            copy.toString());
    if (code != 0) {
      throw new ParameterException(
          spec.commandLine(), defect.name() + " doesn't compile, see above");
    }
  }

  private Path module(String path) {
    return home.resolve("mos-stack").resolve(path);
  }

  private String run(Suite suite, Path classes, Path log) throws IOException, InterruptedException {
    String path =
        String.join(
            File.pathSeparator,
            classes.toString(),
            module("target/classes").toString(),
            module("target/test-classes").toString(),
            module("target/test-lib/*").toString());
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-ea", "--enable-native-access=ALL-UNNAMED", "-XX:+UseParallelGC"));
    command.addAll(List.of("-cp", path, FirstFailure.class.getName(), suite.name()));
    Process process =
        new ProcessBuilder(command)
            .directory(home.resolve("mos-stack").toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      if (!process.waitFor(TIMEOUT_MINUTES, TimeUnit.MINUTES)) {
        return "the tests hang";
      }
    } finally {
      process.destroyForcibly();
    }
    return process.exitValue() == 0 ? NOT_FOUND : found(log);
  }

  private static String found(Path log) throws IOException {
    return Files.readAllLines(log).stream()
        .filter(line -> line.startsWith(FirstFailure.FOUND))
        .map(line -> line.substring(FirstFailure.FOUND.length()).replace('\t', ' '))
        .findFirst()
        .orElse("the tests end early");
  }

  /** Prints the table; returns 0 if each mistake was found, otherwise 1. */
  private int print(List<Defect> defects) throws IOException {
    System.out.print("| mistake |");
    for (Suite suite : Suite.values()) {
      System.out.print(" " + suite.title + " |");
    }
    System.out.println("\n| --- |" + " --- |".repeat(Suite.values().length));
    int missed = 0;
    for (Defect defect : defects) {
      Map<Suite, String> outcomes = outcomes(defect);
      System.out.print("| " + defect.name() + ": " + defect.description() + " |");
      for (Suite suite : Suite.values()) {
        System.out.print(" " + cell(outcomes.getOrDefault(suite, NOT_RUN)) + " |");
      }
      System.out.println();
      missed += outcomes.values().stream().allMatch(NOT_FOUND::equals) ? 1 : 0;
    }
    System.out.println("\n" + defects.size() + " mistakes, not found: " + missed);
    return missed == 0 ? 0 : 1;
  }

  /** Returns the test alone, or with the rule that the simulation says is broken. */
  private static String cell(String outcome) {
    String[] words = outcome.split(" ", 3);
    boolean simulation = words[0].startsWith("SimulationTest") && words.length > 1;
    String rule = simulation && words[1].endsWith(":") ? " (" + words[1].replace(":", ")") : "";
    return outcome.startsWith("the tests") || outcome.equals(NOT_RUN) || words.length == 1
        ? outcome
        : words[0] + rule;
  }

  private Map<Suite, String> outcomes(Defect defect) throws IOException {
    Map<Suite, String> outcomes = new EnumMap<>(Suite.class);
    for (Suite suite : Suite.values()) {
      Path file = scratch.resolve(defect.name()).resolve(suite + ".txt");
      if (Files.exists(file)) {
        outcomes.put(suite, Files.readString(file));
      }
    }
    return outcomes;
  }
}
