package org.mosstack.sim;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.mosstack.socket.SocketOptions;
import org.mosstack.testkit.Pattern;

/**
 * Many small segments in flight over a lossy link: the cost of an acknowledgment must not grow with
 * their number. The scenarios' windows hold too few to show it.
 */
class CostSimulationTest {
  private static final int CONNECTIONS = 4;
  private static final int BYTES = Pattern.MAX_BYTES;
  private static final int WINDOW = Pattern.MAX_BYTES;

  private final Pattern pattern = new Pattern();

  @AfterEach
  void free() {
    pattern.close();
  }

  private static RunPlan plan(long seed, double loss, double reorder) {
    RunPlan plan = Scenario.CLEAN.plan(seed);
    plan.mos = plan.mos.replaceAll("(rmem|wmem)_size = \\d+", "$1_size = " + WINDOW);
    plan.mtu = 128;
    plan.toServer.delay(20_000_000, 0).loss(loss).reorder(reorder, 3_000_000);
    plan.toClient.delay(20_000_000, 0).loss(loss / 4);
    SocketOptions large = SocketOptions.builder().receiveBuffer(WINDOW).sendBuffer(WINDOW).build();
    while (plan.connections.size() > CONNECTIONS) {
      plan.connections.removeLast();
    }
    plan.connections.replaceAll(
        c ->
            new ConnectionPlan(
                c.id(), c.seed(), true, 0, BYTES, 0, c.opener(), c.accepter(), large));
    return plan;
  }

  private void run(RunPlan plan) {
    RunResult result = SimRun.run(plan, Set.of(), pattern, null);
    assertFalse(result.failed(), result.failure());
    assertTrue(result.segments() > CONNECTIONS * BYTES / 128, "segments: " + result.segments());
  }

  @Test
  void honestLosses() {
    run(plan(1, 0.002, 0));
    run(plan(2, 0.02, 0));
  }

  @Test
  void reorderedSegments() {
    run(plan(3, 0, 0.3));
  }
}
