package org.mosstack.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.mosstack.sim.ConnectionPlan.Manner;
import org.mosstack.socket.SocketOptions;
import org.mosstack.testkit.Pattern;

/**
 * Many whole connections over bad links, one seed per run; {@code bin/simulate} continues from
 * here. A failure prints the smallest run that still fails, and the command that repeats it.
 */
class SimulationTest {
  private static final int RUNS = 2_025;
  private static final int MIN_CONNECTIONS = 20_000;
  private static final int THREADS = 2;

  private final Pattern pattern = new Pattern();

  @AfterEach
  void free() {
    pattern.close();
  }

  private RunResult run(RunPlan plan) {
    return SimRun.run(plan, Set.of(), pattern, null);
  }

  @Test
  void noRuleIsBroken() throws InterruptedException {
    Campaign campaign = new Campaign(List.of(Scenario.values()), 1, RUNS);
    campaign.run(THREADS, () -> false);
    String failure = campaign.failure();
    if (failure != null) {
      fail(failure);
    }
    System.out.println(campaign.summary());
    assertEquals(RUNS, campaign.runs());
    assertTrue(campaign.connections() >= MIN_CONNECTIONS, campaign.summary());
    // Otherwise the rules for what arrives would hold because nothing does.
    assertTrue(campaign.complete() > campaign.connections() * 0.95, campaign.summary());
    // Only ECN-capable packets are marked: a stack with ECN off, the default, sends none.
    Set<FaultKind> never = EnumSet.complementOf(EnumSet.of(FaultKind.MARK));
    never.removeAll(campaign.faults().keySet());
    assertEquals(Set.of(), never, "what never happened");
  }

  /** Runs in which a rule was once broken, or was itself wrong. */
  @ParameterizedTest
  @CsvSource({
    "forgeries, 11744",
    "forgeries, 37251",
    "forgeries, 5000295",
    "blackout, 506198",
    "anything, 9000161",
    "anything, 909438916",
    "burst-loss, 909444211",
    "anything, 653262065",
    "anything, 653285258",
    "anything, 653299811",
    "anything, 653325245",
    "anything, 653364071",
    "anything, 397764348504",
    "every-nth, 771725618",
  })
  void whatWasFoundStaysMended(String scenario, long seed) {
    RunResult result = run(Scenario.of(scenario).plan(seed));
    assertFalse(result.failed(), result.failure());
  }

  /**
   * The handshake's last ACK is lost until the server has given up, and the client, which waits for
   * the server's data, has nothing to send: it finds out as soon as it probes.
   */
  @Test
  void aClientWithoutAPeerFindsOutWhenItAsks() {
    RunPlan plan = new RunPlan("half-open", 1);
    plan.mos = "tcp_timeout = -1";
    plan.toServer.delay(20_000_000, 0);
    plan.toClient.delay(20_000_000, 0);
    // The SYN is answered at 40 ms, as ARP is done at 20 ms, and given up after 63 s.
    plan.outages.add(new Outage(50_000_000, 70_000_000_000L, false));
    Manner waits = new Manner(0, true, -1);
    Manner speaks = new Manner(0, false, -1);
    plan.connections =
        List.of(new ConnectionPlan(0, 1, true, 0, 0, 100, waits, speaks, SocketOptions.DEFAULT));
    Trace trace = new Trace(1000);
    RunResult result = SimRun.run(plan, Set.of(), pattern, trace);
    assertFalse(result.failed(), result.failure());
    assertEquals(0, result.complete());
    assertTrue(trace.toString().contains("#0 opener turns keep-alive on"), trace.toString());
    assertTrue(trace.toString().contains("#0 opener closed: RESET"), trace.toString());
  }

  @ParameterizedTest
  @EnumSource
  void aSeedIsARun(Scenario scenario) {
    RunResult first = run(scenario.plan(7));
    RunResult again = run(scenario.plan(7));
    assertEquals(first, again, scenario + " seed 7");
    assertFalse(first.failed(), first.failure());
    assertNotEquals(first.digest(), run(scenario.plan(8)).digest(), scenario + " seeds 7 and 8");
  }

  /** Tracing shows a run without changing it. */
  @Test
  void aTraceIsOfTheSameRun() {
    RunPlan plan = Scenario.RANDOM_LOSS.plan(3);
    Trace trace = new Trace(100_000);
    RunResult traced = SimRun.run(plan, Set.of(), pattern, trace);
    assertEquals(run(plan), traced);
    List<String> lines = trace.lines();
    long segments = lines.stream().filter(line -> line.contains(" seq ")).count();
    assertEquals(traced.segments(), segments);
    long lost = lines.stream().filter(line -> line.contains("[lost: LOSS]")).count();
    assertEquals(traced.faults().get(FaultKind.LOSS), lost);
  }

  /** Any single fault can be left out of a run. */
  @Test
  void faultsCanBeLeftOut() {
    RunPlan plan = Scenario.EVERY_NTH.plan(5);
    RunResult all = run(plan);
    assertTrue(all.struck().size() > 10, "faults: " + all.struck().size());
    Set<Long> first = Set.of(all.struck().getFirst());
    RunResult one = SimRun.run(plan, first, pattern, null);
    assertFalse(one.struck().containsAll(first));
    assertNotEquals(all.digest(), one.digest());
  }

  /** Too little time is too little even for one connection without data. */
  @Test
  void aFailureGetsSmall() {
    RunPlan plan = Scenario.BLACKOUT.plan(11);
    plan.limitNanos = 1_000_000; // nothing finishes by then
    RunResult failed = run(plan);
    assertEquals("stalled", failed.rule());
    Shrinker.Shrunk shrunk = new Shrinker(pattern, 200).shrink(plan, failed);
    assertEquals(1, shrunk.plan().connections.size(), shrunk.trace());
    ConnectionPlan left = shrunk.plan().connections.getFirst();
    assertEquals(0, left.up() + left.down(), shrunk.trace());
    assertTrue(shrunk.result().struck().isEmpty(), shrunk.trace());
    assertTrue(shrunk.trace().contains("stalled"), shrunk.trace());
    String described = Campaign.describe(plan, failed, shrunk);
    assertTrue(described.contains("bin/simulate --scenario blackout --seed 11"), described);
  }
}
