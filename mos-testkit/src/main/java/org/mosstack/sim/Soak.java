package org.mosstack.sim;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The command behind {@code bin/soak}. */
@Command(
    name = "bin/soak",
    mixinStandardHelpOptions = true,
    version = "netty-transport-mos",
    sortOptions = false,
    description = {
      "Long runs with what nobody has tried yet: new seeds of the simulation each time, Netty's own"
          + " test suite again and again, and fuzzing. bin/test runs the same each time; this is to"
          + " be run before a release, and whenever there is time.",
      ""
    },
    footer = {
      "",
      "A seed that breaks a rule is made smaller and printed, with the command that repeats it."
          + " Each part says what it began with, so that it can be repeated. Exit codes: 0 nothing"
          + " was found, 1 something was, 2 wrong arguments, 130 ended by Ctrl-C, with the sum so"
          + " far.",
    })
final class Soak implements Callable<Integer> {
  /** Default origins of the seed ranges, each in a different order of magnitude. */
  private static final long[] RANGE_ORIGINS = {
    1_000_000, 1_000_000_000, 1_000_000_000_000L, 1_000_000_000_000_000L
  };

  private static final int RANGES = RANGE_ORIGINS.length - 1;
  private static final String ALL = "all";

  /** What can be run. */
  private enum Part {
    SEEDS,
    SUITE,
    PLAIN,
    FOREIGN,
    SHARED,
    KERNEL,
    LIBRARIES,
    FUZZ,
    FRAMES
  }

  private final Path home;

  @Spec private CommandSpec spec;

  @Parameters(
      arity = "0..*",
      paramLabel = "PART",
      description = {
        "seeds (the default): the simulation, a run a seed; suite: Netty's test suite over this"
            + " transport (bin/netty-suite); plain, foreign, shared, kernel: the same on Netty's"
            + " own loops, on NIO's, on the shared stack, and by kernel's sockets in reserve;"
            + " libraries: those that the agent moves (bin/libraries); fuzz: each fuzz target"
            + " (bin/fuzz all); frames: mutated frames into live stacks (bin/fuzz frames); all."
      })
  private List<String> names = List.of();

  @Option(
      names = "--runs",
      paramLabel = "N",
      description = "seeds: how many, in all ranges together (default: ${DEFAULT-VALUE}).")
  private long runs = 500_000;

  @Option(
      names = "--first",
      paramLabel = "S",
      split = ",",
      description = {
        "seeds: the first one of each range, separated by commas; what a former soak printed"
            + " (default: three new ones, far apart)."
      })
  private List<Long> firstSeeds = List.of();

  @Mixin private ScenarioOption scenario;

  @Option(
      names = "--minutes",
      paramLabel = "N",
      description = "seeds: end then, whether or not all have run (default: when all have).")
  private double minutes = Double.POSITIVE_INFINITY;

  @Option(
      names = "--findings",
      paramLabel = "N",
      description = "seeds: end at so many that break a rule (default: ${DEFAULT-VALUE}).")
  private int findings = 1;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "seeds: runs at a time (default: one for each CPU).")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--suite-runs",
      paramLabel = "N",
      description = "suite: how many times, 1 to 99 (default: ${DEFAULT-VALUE}).")
  private int suiteRuns = 20;

  @Option(
      names = "--fuzz-minutes",
      paramLabel = "N",
      description = "fuzz: for each target (default: ${DEFAULT-VALUE}).")
  private int fuzzMinutes = 30;

  @Option(
      names = "--frames",
      paramLabel = "N",
      description = "frames: how many (default: ${DEFAULT-VALUE}).")
  private long frames = 100_000_000;

  @Option(
      names = "--frames-seed",
      paramLabel = "S",
      description = "frames: the first seed (default: a new one).")
  private Long framesSeed;

  private final SplittableRandom random = new SplittableRandom();
  private final List<String> sums = new ArrayList<>();
  private volatile Campaign campaign;
  private Interruptible session;
  private long runBefore;
  private long foundBefore;

  /** Creates a soak test that starts the commands of a checkout. */
  Soak(Path home) {
    this.home = home;
  }

  /** Runs the command and exits the JVM with its exit code. */
  public static void main(String[] args) {
    Soak soak = new Soak(Path.of(System.getProperty("mos.home", ".")));
    System.exit(new CommandLine(soak).execute(args));
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    Set<Part> parts = parts();
    List<Scenario> scenarios = scenario.scenarios();
    check();
    boolean found = false;
    try (Interruptible work = new Interruptible(this::progress)) {
      session = work;
      for (Part part : parts) {
        if (!work.isStopped()) {
          found |= run(part, scenarios);
        }
      }
      sums.forEach(System.out::println);
    }
    return found ? 1 : 0;
  }

  // ---- Arguments ----

  private Set<Part> parts() {
    Set<Part> parts = EnumSet.noneOf(Part.class);
    for (String name : names) {
      if (name.equals(ALL)) {
        parts = EnumSet.allOf(Part.class);
      } else {
        parts.add(part(name));
      }
    }
    return parts.isEmpty() ? EnumSet.of(Part.SEEDS) : parts;
  }

  private Part part(String name) {
    for (Part part : Part.values()) {
      if (id(part).equals(name)) {
        return part;
      }
    }
    String allowed = Stream.of(Part.values()).map(Soak::id).collect(Collectors.joining(", "));
    throw wrong("read \"" + name + "\", allowed: " + allowed + ", " + ALL);
  }

  private static String id(Part part) {
    return part.name().toLowerCase(Locale.ROOT);
  }

  private void check() {
    if (runs < 1 || findings < 1 || threads < 1 || fuzzMinutes < 1 || frames < 1) {
      throw wrong("--runs, --findings, --threads, --fuzz-minutes and --frames want 1 or more");
    }
    if (suiteRuns < 1 || suiteRuns > 99) {
      throw wrong("--suite-runs: read " + suiteRuns + ", allowed: 1 to 99");
    }
    if (!(minutes > 0)) {
      throw wrong("--minutes: read " + minutes + ", allowed: more than 0");
    }
  }

  private ParameterException wrong(String what) {
    return new ParameterException(spec.commandLine(), what);
  }

  // ---- Parts ----

  /** Runs a part; returns whether it found something. */
  private boolean run(Part part, List<Scenario> scenarios)
      throws IOException, InterruptedException {
    return switch (part) {
      case SEEDS -> seeds(scenarios);
      case SUITE -> command(part, "netty-suite", Integer.toString(suiteRuns));
      case PLAIN, FOREIGN, SHARED, KERNEL ->
          command(part, "netty-suite", "--" + id(part), Integer.toString(suiteRuns));
      case LIBRARIES -> command(part, "libraries");
      case FUZZ -> command(part, "fuzz", "all", "--minutes", Integer.toString(fuzzMinutes));
      case FRAMES -> command(part, "fuzz", framesArguments());
    };
  }

  private String[] framesArguments() {
    long seed = framesSeed == null ? random.nextInt(1, Integer.MAX_VALUE) : framesSeed;
    return new String[] {"frames", "--count", Long.toString(frames), "--seed", Long.toString(seed)};
  }

  /** Runs a command of this project. */
  private boolean command(Part part, String name, String... arguments)
      throws IOException, InterruptedException {
    List<String> words = new ArrayList<>(List.of(home.resolve("bin").resolve(name).toString()));
    words.addAll(List.of(arguments));
    String said = id(part) + ": bin/" + name + " " + String.join(" ", arguments);
    System.out.println(said);
    long start = System.nanoTime();
    Process process = new ProcessBuilder(words).inheritIO().start();
    while (!process.waitFor(1, TimeUnit.SECONDS)) {
      if (session.isStopped()) {
        process.destroy(); // if only the parent was sent SIGTERM
      }
    }
    boolean failed = process.exitValue() != 0 && !session.isStopped();
    String verdict = session.isStopped() ? "interrupted" : failed ? "FAILED" : "passed";
    long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start);
    sums.add(said + ": " + verdict + " after " + seconds + " s");
    return failed;
  }

  // ---- Seeds ----

  private boolean seeds(List<Scenario> scenarios) throws InterruptedException {
    List<Long> first = firstSeeds.isEmpty() ? newSeeds() : firstSeeds;
    System.out.println("seeds: " + runs + ", to repeat with --first " + joined(first));
    double left = minutes * 60e9;
    long end = System.nanoTime() + (left > Long.MAX_VALUE / 2 ? Long.MAX_VALUE / 2 : (long) left);
    for (int i = 0; i < first.size() && foundBefore < findings && !isOver(end); i++) {
      long share = runs * (i + 1) / first.size() - runs * i / first.size();
      campaign =
          new Campaign(scenarios, first.get(i), share, (int) (findings - foundBefore), Soak::tell);
      campaign.run(threads, () -> isOver(end));
      System.out.println("seeds from " + first.get(i) + ": " + campaign.summary());
      String failure = campaign.failure();
      if (failure != null) {
        System.out.println("FAILED: " + failure);
      }
      foundBefore += campaign.failures();
      runBefore += campaign.runs();
    }
    campaign = null;
    sums.add("seeds: " + runBefore + " of " + runs + " have run, " + foundBefore + " broke a rule");
    return foundBefore > 0;
  }

  private boolean isOver(long end) {
    return session.isStopped() || System.nanoTime() - end >= 0;
  }

  /** Returns a seed in each of the ranges. */
  private List<Long> newSeeds() {
    List<Long> seeds = new ArrayList<>();
    for (int i = 0; i < RANGES; i++) {
      seeds.add(random.nextLong(RANGE_ORIGINS[i], RANGE_ORIGINS[i + 1]));
    }
    return seeds;
  }

  private static String joined(List<Long> seeds) {
    return String.join(",", seeds.stream().map(String::valueOf).toList());
  }

  /** Reports a finding immediately; shrinking comes later. */
  private static void tell(RunPlan plan, RunResult failed) {
    System.out.println("BROKEN: " + failed.failure() + "; " + plan.command());
  }

  private String progress() {
    Campaign current = campaign;
    return current == null
        ? "at work"
        : "%d of %d runs, %d findings"
            .formatted(runBefore + current.runs(), runs, foundBefore + current.failures());
  }
}
