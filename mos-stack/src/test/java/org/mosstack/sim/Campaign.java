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

/** Many runs, one seed after the other, on several threads; and their sum. */
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

  /** Runs of these scenarios in turn, from a seed on, until one fails. */
  Campaign(List<Scenario> scenarios, long firstSeed, long maxRuns) {
    this(scenarios, firstSeed, maxRuns, 1, (_, _) -> {});
  }

  /**
   * Runs of these scenarios in turn, from a seed on.
   *
   * @param maxFailures how many runs that fail are enough
   * @param onFailure told of each, by the thread that ran it
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

  /** Runs until all is done, somebody says that it is enough, or enough runs have failed. */
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

  /** Runs that broke a rule. */
  synchronized int failures() {
    return failures.size();
  }

  synchronized long runs() {
    return runs;
  }

  synchronized long connections() {
    return connections;
  }

  /** Connections whose every byte arrived, and which closed in order. */
  synchronized long complete() {
    return complete;
  }

  synchronized Map<FaultKind, Long> faults() {
    return new EnumMap<>(faults);
  }

  /** How far it is, for people who wait. */
  synchronized String progress() {
    return runs + " runs, " + connections + " connections";
  }

  /** The sum, on one line. */
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

  /** The first failure, made smaller, with the command that repeats it; null without one. */
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

  /** A failure for people: what happened, how to repeat it, and the least that still fails. */
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
