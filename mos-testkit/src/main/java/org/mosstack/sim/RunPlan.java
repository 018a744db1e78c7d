package org.mosstack.sim;

import java.util.ArrayList;
import java.util.List;

/**
 * Everything that determines a run. Created by a {@link Scenario} from a seed; shrunk by a
 * shrinker.
 */
final class RunPlan {
  final String scenario;
  final long seed;

  /** Lines of the stacks' {@code mos} block. */
  String mos = "";

  LinkPlan toServer = new LinkPlan();
  LinkPlan toClient = new LinkPlan();
  final List<Outage> outages = new ArrayList<>();
  List<ConnectionPlan> connections = new ArrayList<>();
  int mtu = 1500;

  /** Mean time between forged segments; 0 if there are none. */
  long forgeryNanos;

  /**
   * Whether connections may break without the applications' doing, as long as they are notified.
   */
  boolean mayBreak;

  /** Virtual time within which everything must be over, unless data still arrives. */
  long limitNanos = 7200_000_000_000L;

  RunPlan(String scenario, long seed) {
    this.scenario = scenario;
    this.seed = seed;
  }

  /** Returns the same run with other connections. */
  RunPlan with(List<ConnectionPlan> others) {
    RunPlan copy = new RunPlan(scenario, seed);
    copy.mos = mos;
    copy.toServer = toServer;
    copy.toClient = toClient;
    copy.outages.addAll(outages);
    copy.connections = List.copyOf(others);
    copy.mtu = mtu;
    copy.forgeryNanos = forgeryNanos;
    copy.mayBreak = mayBreak;
    copy.limitNanos = limitNanos;
    return copy;
  }

  boolean isLossy() {
    return toServer.isLossy() || toClient.isLossy() || !outages.isEmpty();
  }

  /** Returns the command that repeats it. */
  String command() {
    return "bin/simulate --scenario " + scenario + " --seed " + seed + " --runs 1 --trace";
  }

  /** Describes it on several lines. */
  String describe() {
    StringBuilder s = new StringBuilder();
    s.append("scenario ").append(scenario).append(", seed ").append(seed).append(", MTU ");
    s.append(mtu).append('\n');
    s.append("to server: ").append(toServer).append('\n');
    s.append("to client: ").append(toClient).append('\n');
    outages.forEach(o -> s.append(o).append('\n'));
    mos.lines().forEach(line -> s.append(line).append('\n'));
    connections.forEach(c -> s.append(c).append('\n'));
    return s.toString();
  }
}
