package org.mosstack.sim;

import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.mosstack.testkit.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
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

  @Mixin private ScenarioOption scenario;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Runs at a time (default: one for each CPU).")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--trace",
      description = "Prints the run of --seed, segment by segment, whether or not it fails.")
  private boolean trace;

  /** Runs the command and exits the JVM with its exit code. */
  public static void main(String[] args) {
    System.exit(new CommandLine(new Simulate()).execute(args));
  }

  @Override
  public Integer call() {
    List<Scenario> scenarios = scenario.scenarios();
    if (threads < 1 || minutes <= 0 || runs < 0) {
      throw new ParameterException(
          spec.commandLine(), "--threads, --minutes and --runs want more than 0");
    }
    return trace ? trace(scenarios) : campaign(scenarios);
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

  private int campaign(List<Scenario> scenarios) {
    Campaign campaign = new Campaign(scenarios, seed, runs > 0 ? runs : Long.MAX_VALUE);
    long end = System.nanoTime() + (long) (minutes * 60e9);
    try (Interruptible session = new Interruptible(campaign::progress)) {
      return verdict(
          campaign,
          () ->
              campaign.run(
                  threads, () -> session.isStopped() || runs == 0 && System.nanoTime() - end >= 0));
    }
  }

  /** Interruptible runs. */
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
}
