package org.mosstack.sim;

import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The command behind {@code bin/simulate}. */
@Command(
    name = "bin/simulate",
    mixinStandardHelpOptions = true,
    version = "netty-transport-mos",
    sortOptions = false,
    subcommands = Throughput.class,
    description = {
      "Runs pairs of stacks in virtual time, joined by a link that loses, delays, repeats, changes"
          + " and invents packets, with applications at both ends, and looks after every turn"
          + " whether all rules of TCP are kept. A seed is a run: the same each time.",
      ""
    },
    footer = {
      "",
      "A run that breaks a rule is made smaller and printed, segment by segment, with the command"
          + " that repeats it. Exit codes: 0 no rule was broken, 1 one was, 2 wrong arguments, 130"
          + " ended by Ctrl-C, with the sum so far.",
    })
final class Simulate implements Callable<Integer> {
  private static final int TRACE_LINES = 2000;
  private static final long PROGRESS_SECONDS = 5;

  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  @Option(
      names = "--minutes",
      paramLabel = "N",
      description = "How long to go on, a fraction too (default: ${DEFAULT-VALUE}).")
  private double minutes = 1;

  @Option(
      names = "--runs",
      paramLabel = "N",
      description = "How many runs; then --minutes has no effect.")
  private long runs;

  @Option(
      names = "--seed",
      paramLabel = "S",
      description = "The first run's seed; each run has the next one (default: ${DEFAULT-VALUE}).")
  private long seed = 1;

  @Option(
      names = "--scenario",
      paramLabel = "NAME",
      description = {
        "What happens to the connections; more than once for several, which take turns (default:"
            + " all): ${COMPLETION-CANDIDATES}."
      },
      completionCandidates = ScenarioNames.class)
  private List<String> names = List.of();

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Runs at a time (default: one for each CPU).")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--trace",
      description = "Prints the run of --seed, segment by segment, whether or not it fails.")
  private boolean trace;

  /** What --scenario can be. */
  private static final class ScenarioNames implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Arrays.stream(Scenario.values()).map(Scenario::id).iterator();
    }
  }

  /** Runs the command and ends the JVM with its exit code. */
  public static void main(String[] args) {
    System.exit(new CommandLine(new Simulate()).execute(args));
  }

  @Override
  public Integer call() throws InterruptedException {
    List<Scenario> scenarios = names.stream().map(this::scenario).toList();
    if (scenarios.isEmpty()) {
      scenarios = List.of(Scenario.values());
    }
    if (threads < 1 || minutes <= 0 || runs < 0) {
      throw new ParameterException(
          spec.commandLine(), "--threads, --minutes and --runs want more than 0");
    }
    return trace ? trace(scenarios) : campaign(scenarios);
  }

  private Scenario scenario(String name) {
    Scenario found = Scenario.of(name);
    if (found == null) {
      throw new ParameterException(
          spec.commandLine(), "--scenario: read \"" + name + "\", allowed: " + Scenario.ids());
    }
    return found;
  }

  private int trace(List<Scenario> scenarios) {
    RunPlan plan = Scenario.plan(scenarios, seed, 0);
    try (Pattern pattern = new Pattern()) {
      Trace lines = new Trace(TRACE_LINES);
      RunResult result = SimRun.run(plan, Set.of(), pattern, lines);
      System.out.print(plan.describe());
      System.out.println(lines);
      System.out.println("faults: " + result.faults());
      System.out.println(result.complete() + " of " + result.connections() + " complete");
    }
    Campaign campaign = new Campaign(scenarios, seed, 1);
    return verdict(campaign, () -> campaign.run(1, () -> false));
  }

  private int campaign(List<Scenario> scenarios) throws InterruptedException {
    Campaign campaign = new Campaign(scenarios, seed, runs > 0 ? runs : Long.MAX_VALUE);
    CountDownLatch stop = new CountDownLatch(1);
    CountDownLatch printed = new CountDownLatch(1);
    Thread interrupted =
        new Thread(
            () -> {
              stop.countDown();
              awaitQuietly(printed);
            });
    Runtime.getRuntime().addShutdownHook(interrupted);
    long end = System.nanoTime() + (long) (minutes * 60e9);
    Thread progress = Thread.ofPlatform().daemon().start(() -> progress(campaign, stop));
    int code =
        verdict(
            campaign,
            () ->
                campaign.run(
                    threads,
                    () -> stop.getCount() == 0 || runs == 0 && System.nanoTime() - end >= 0));
    boolean endedByUser = stop.getCount() == 0;
    printed.countDown();
    progress.interrupt();
    if (!endedByUser) {
      Runtime.getRuntime().removeShutdownHook(interrupted);
    }
    return code;
  }

  /** Runs that can be interrupted. */
  private interface Work {
    void run() throws InterruptedException;
  }

  private static int verdict(Campaign campaign, Work work) {
    try {
      work.run();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    System.out.println(campaign.summary());
    String failure = campaign.failure();
    if (failure != null) {
      System.out.println("FAILED: " + failure);
      return 1;
    }
    return 0;
  }

  private static void progress(Campaign campaign, CountDownLatch stop) {
    try {
      while (!stop.await(PROGRESS_SECONDS, TimeUnit.SECONDS)) {
        System.err.println(campaign.runs() + " runs, " + campaign.connections() + " connections");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // all is done
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await(1, TimeUnit.MINUTES);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
