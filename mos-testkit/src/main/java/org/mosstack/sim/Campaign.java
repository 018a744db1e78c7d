package org.mosstack.sim;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import org.mosstack.testkit.Pattern;

/** Many runs with successive seeds on several threads, and their totals. */
final class Campaign {
  private static final int SHRINK_RUNS = 400;

  private final List<Scenario> scenarios;
  private final long firstSeed;
  private final long maxRuns;
  private final int maxFailures;
  private final BiConsumer<RunPlan, RunResult> onFailure;
  private final AtomicLong next = new AtomicLong();
  private final Map<Long, RunResult> failures = new TreeMap<>();
  private final Map<FaultKind, Long> faults = new EnumMap<>(FaultKind.class);
  private long runs;
  private long connections;
  private long complete;
  private long segments;
  private double virtualSeconds;

  /**
   * Creates a campaign that runs these scenarios in turn, starting with this seed, until one fails.
   */
  Campaign(List<Scenario> scenarios, long firstSeed, long maxRuns) {
    this(scenarios, firstSeed, maxRuns, 1, (_, _) -> {});
  }

  /**
   * Creates a campaign that runs these scenarios in turn, starting with this seed.
   *
   * @param maxFailures number of failures after which to stop
   * @param onFailure called for each failure, on the thread that ran it
   */
  Campaign(
      List<Scenario> scenarios,
      long firstSeed,
      long maxRuns,
      int maxFailures,
      BiConsumer<RunPlan, RunResult> onFailure) {
    this.scenarios = scenarios;
    this.firstSeed = firstSeed;
    this.maxRuns = maxRuns;
    this.maxFailures = maxFailures;
    this.onFailure = onFailure;
  }

  /** Runs until all runs are done, {@code enough} says so, or enough runs have failed. */
  void run(int threads, BooleanSupplier enough) throws InterruptedException {
    List<Thread> all = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      all.add(Thread.ofPlatform().name("simulation-" + i).start(() -> work(enough)));
    }
    for (Thread thread : all) {
      thread.join();
    }
  }

  private void work(BooleanSupplier enough) {
    try (Pattern pattern = new Pattern()) {
      while (!enough.getAsBoolean() && failures() < maxFailures) {
        long index = next.getAndIncrement();
        if (index >= maxRuns) {
          return;
        }
        RunPlan plan = Scenario.plan(scenarios, firstSeed, index);
        RunResult result = SimRun.run(plan, Set.of(), pattern, null);
        add(index, result);
        if (result.failed()) {
          onFailure.accept(plan, result);
        }
      }
    }
  }

  private synchronized void add(long index, RunResult result) {
    runs++;
    connections += result.connections();
    complete += result.complete();
    segments += result.segments();
    virtualSeconds += result.virtualNanos() / 1e9;
    result.faults().forEach((kind, count) -> faults.merge(kind, count, Long::sum));
    if (result.failed()) {
      failures.put(index, result);
    }
  }

  /** Returns the number of runs that broke a rule. */
  synchronized int failures() {
    return failures.size();
  }

  synchronized long runs() {
    return runs;
  }

  synchronized long connections() {
    return connections;
  }

  /**
   * Returns the number of connections whose every byte arrived and which closed in an orderly way.
   */
  synchronized long complete() {
    return complete;
  }

  synchronized Map<FaultKind, Long> faults() {
    return new EnumMap<>(faults);
  }

  /** Returns the progress, for humans. */
  synchronized String progress() {
    return runs + " runs, " + connections + " connections";
  }

  /** Returns the totals on one line. */
  synchronized String summary() {
    return String.format(
        Locale.ROOT,
        "%d runs, %d connections (%d complete), %d segments, %.0f virtual hours, faults %s",
        runs,
        connections,
        complete,
        segments,
        virtualSeconds / 3600,
        faults);
  }

  /**
   * Returns the first failure, shrunk, with the command that reproduces it; null if there is none.
   */
  synchronized String failure() {
    if (failures.isEmpty()) {
      return null;
    }
    long index = failures.keySet().iterator().next();
    RunResult failed = failures.get(index);
    RunPlan plan = Scenario.plan(scenarios, firstSeed, index);
    try (Pattern pattern = new Pattern()) {
      Shrinker.Shrunk shrunk = new Shrinker(pattern, SHRINK_RUNS).shrink(plan, failed);
      return describe(plan, failed, shrunk);
    }
  }

  /**
   * Describes a failure for humans: what happened, how to reproduce it, and the smallest run that
   * still fails.
   */
  static String describe(RunPlan plan, RunResult failed, Shrinker.Shrunk shrunk) {
    return failed.failure()
        + "\nrepeat it with: "
        + plan.command()
        + "\nmade smaller in "
        + shrunk.runs()
        + " runs:\n"
        + shrunk.plan().describe()
        + "faults: "
        + shrunk.result().faults()
        + "\n"
        + shrunk.trace();
  }
}
