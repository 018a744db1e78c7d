package org.mosstack.bench.scenario;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** All scenarios, by their names on the command line, in the order in which they are measured. */
public enum ScenarioName {
  /** Small requests over connections that are kept alive. */
  REQUESTS(JmhScenario.REQUESTS),
  /** Connections of one request. */
  CONNECTIONS(JmhScenario.CONNECTIONS),
  /** Bodies of 64 KB. */
  BULK(JmhScenario.BULK),
  /** Bodies of 1 MB. */
  LARGE(JmhScenario.LARGE),
  /** Bodies of sizes as the web has them. */
  MIXED(JmhScenario.MIXED),
  /** Many open connections. */
  OPEN(new OpenScenario()),
  /** Without Netty, beside dpdk-testpmd's generator. */
  RAW(new RawScenario()),
  /** The example programs, beside nginx and wrk. */
  MACRO(new MacroScenario()),
  /** Numbers of connections and of cores. */
  SCALE(new ScaleScenario()),
  /** A SYN flood. */
  FLOOD(new FloodScenario()),
  /** Transfers from and to the kernel. */
  LINUX(new LinuxScenario()),
  /** CPU time by layer. */
  PROFILE(new ProfileScenario()),
  /** Packets sent back, beside dpdk-testpmd. */
  FORWARD(new ForwardScenario()),
  /** Idle loops. */
  IDLE(new IdleScenario());

  private static final List<ScenarioName> WITHOUT_NAMES =
      List.of(REQUESTS, CONNECTIONS, BULK, LARGE, MIXED, OPEN, RAW, MACRO, SCALE);

  private final Scenario scenario;

  ScenarioName(Scenario scenario) {
    this.scenario = scenario;
  }

  /**
   * Returns the scenario of a name.
   *
   * @throws IllegalArgumentException if there is none; the message says what there is
   */
  public static ScenarioName of(String id) {
    return Arrays.stream(values())
        .filter(name -> name.id().equals(id))
        .findAny()
        .orElseThrow(() -> new IllegalArgumentException("read \"" + id + "\", allowed: " + ids()));
  }

  private static String ids() {
    return Arrays.stream(values()).map(ScenarioName::id).collect(Collectors.joining(", "));
  }

  /** Returns the scenarios that are measured if none is named. */
  public static List<ScenarioName> usual(boolean quick) {
    List<ScenarioName> names = new ArrayList<>(WITHOUT_NAMES);
    if (quick) {
      names.remove(LARGE);
    }
    return names;
  }

  /** Returns its name on the command line and in the names of files. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Returns the programs that it starts and that may be missing. */
  public List<Need> needs() {
    return scenario.needs();
  }

  Scenario scenario() {
    return scenario;
  }
}
