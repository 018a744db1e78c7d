package org.mosstack.sim;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.mosstack.testkit.Pattern;

/**
 * Shrinks a failing run: fewer connections, fewer bytes, fewer faults, as long as the same rule is
 * still broken. The remainder is short enough to read.
 */
final class Shrinker {
  private final Pattern pattern;
  private final int maxRuns;
  private RunPlan plan;
  private Set<Long> leftOut = new HashSet<>();
  private RunResult result;
  private int runs;

  /**
   * A smaller run that fails in the same way.
   *
   * @param plan its plan
   * @param result its result
   * @param leftOut faults that don't strike in it
   * @param trace its trace
   * @param runs number of runs tried
   */
  record Shrunk(RunPlan plan, RunResult result, Set<Long> leftOut, String trace, int runs) {}

  /** Creates a shrinker that tries at most this many runs. */
  Shrinker(Pattern pattern, int maxRuns) {
    this.pattern = pattern;
    this.maxRuns = maxRuns;
  }

  /** Shrinks a run that failed. */
  Shrunk shrink(RunPlan failing, RunResult failed) {
    plan = failing;
    result = failed;
    leftOut = new HashSet<>();
    runs = 0;
    boolean smaller = true;
    while (smaller && runs < maxRuns) {
      smaller = fewerConnections();
      smaller |= fewerBytes();
      smaller |= fewerFaults();
    }
    Trace trace = new Trace(1000);
    SimRun.run(plan, leftOut, pattern, trace);
    return new Shrunk(plan, result, leftOut, trace.toString(), runs);
  }

  /** Adopts a smaller run if it fails in the same way. */
  private boolean fails(RunPlan smaller, Set<Long> without) {
    if (runs >= maxRuns) {
      return false;
    }
    runs++;
    RunResult r = SimRun.run(smaller, without, pattern, null);
    if (!result.rule().equals(r.rule())) {
      return false;
    }
    plan = smaller;
    leftOut = without;
    result = r;
    return true;
  }

  /** Leaves out half of them, then a quarter, down to single ones. */
  private boolean fewerConnections() {
    boolean smaller = false;
    for (int part = plan.connections.size() / 2; part >= 1; part /= 2) {
      for (int at = 0; at < plan.connections.size() && plan.connections.size() > 1; ) {
        List<ConnectionPlan> fewer = without(plan.connections, at, part);
        if (!fewer.isEmpty() && fails(plan.with(fewer), leftOut)) {
          smaller = true;
        } else {
          at += part;
        }
      }
    }
    return smaller;
  }

  private static <T> List<T> without(List<T> all, int from, int count) {
    List<T> rest = new ArrayList<>(all.subList(0, from));
    rest.addAll(all.subList(Math.min(all.size(), from + count), all.size()));
    return rest;
  }

  private boolean fewerBytes() {
    boolean smaller = false;
    for (int i = 0; i < plan.connections.size(); i++) {
      ConnectionPlan c = plan.connections.get(i);
      while (c.up() > 0 && fails(replaced(i, c.withBytes(c.up() / 2, c.down())), leftOut)) {
        smaller = true;
        c = plan.connections.get(i);
      }
      while (c.down() > 0 && fails(replaced(i, c.withBytes(c.up(), c.down() / 2)), leftOut)) {
        smaller = true;
        c = plan.connections.get(i);
      }
    }
    return smaller;
  }

  private RunPlan replaced(int index, ConnectionPlan c) {
    List<ConnectionPlan> connections = new ArrayList<>(plan.connections);
    connections.set(index, c);
    return plan.with(connections);
  }

  private boolean fewerFaults() {
    boolean smaller = false;
    for (int part = result.struck().size(); part >= 1; part /= 2) {
      for (int at = 0; at < result.struck().size(); ) {
        List<Long> struck = result.struck();
        Set<Long> more = new HashSet<>(leftOut);
        more.addAll(struck.subList(at, Math.min(struck.size(), at + part)));
        if (fails(plan, more)) {
          smaller = true; // from here on, other faults may strike instead
        } else {
          at += part;
        }
      }
    }
    return smaller;
  }
}
