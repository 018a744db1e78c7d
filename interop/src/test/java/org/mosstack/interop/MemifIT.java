package org.mosstack.interop;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.mosstack.testkit.program.Await;
import org.mosstack.testkit.program.Program;

/**
 * Two processes and shared memory between them, and what becomes of one when the other is killed.
 */
@Needs(Need.DPDK)
final class MemifIT extends ProgramChecks {
  private static final Duration TIME_TO_FETCH = Duration.ofMinutes(3);
  private static final int SECONDS_TO_NOTICE = 10;

  /** The client's core in conf/memif. */
  private static final int CLIENT_CORE = 1;

  private static final int KILLS = 3;
  private static final int LINES_WITHOUT_CLIENT = 3;
  private static final String UP = "dpdk0: link up";
  private static final String DOWN = "dpdk0: link down";
  private static final Pattern FAILED =
      Pattern.compile("(connect-timeout|response-timeout|reset|unreachable): [1-9]");
  private static final Pattern NOTHING_MOVED = Pattern.compile("RX: +0\\(pps\\).*TX: +0\\(pps\\)");

  @Test
  @Order(1)
  @DisplayName("100000 flows over memif")
  void oneCore() throws Exception {
    assertServes("memif");
  }

  @Test
  @Order(2)
  @DisplayName("100000 flows over memif, two cores and queues")
  void twoCores() throws Exception {
    assertServes("memif2");
  }

  private void assertServes(String name) throws Exception {
    MemifPair pair = new MemifPair(work, name);
    try (Epserver server = pair.serve()) {
      Outcome.of(pair.fetch(), TIME_TO_FETCH).assertCompleted(100_000);
      server.endWithAllBuffers();
    }
    pair.logs("client").assertNoLeak();
  }

  /** The client goes without a word: the server lives, notices, and serves the next. */
  @Test
  @Order(3)
  @DisplayName("memif's client killed in mid-transfer")
  void clientKilled() throws Exception {
    MemifPair pair = new MemifPair(work, "memif");
    try (Epserver server = pair.serve()) {
      for (int i = 0; i < KILLS; i++) {
        try (Program client = pair.fetchEndlessly()) {
          client.kill();
        }
        server.assertRunning();
      }
      Stream<String> changes =
          Stream.generate(() -> List.of(UP, DOWN)).limit(KILLS).flatMap(List::stream);
      pair.logs("server").awaitInOrder(0, changes.toList());
      awaitTold(server.program(), DOWN);
      TimeUnit.SECONDS.sleep(LINES_WITHOUT_CLIENT); // one a second would be printed
      Outcome.of(pair.fetchImpatiently(5000), TIME_TO_FETCH).assertCompleted(5000);
      server.endWithAllBuffers();
      assertZerosToldOnce(server.program());
    }
  }

  /** The client's connections fail as they should, and all goes on when the link is back. */
  @Test
  @Order(4)
  @DisplayName("memif's server killed in mid-transfer, and back")
  void serverKilled() throws Exception {
    MemifPair pair = new MemifPair(work, "memif");
    try (Epserver killed = pair.serve();
        Program client = pair.fetchEndlessly()) {
      killed.program().kill();
      Logs log = pair.logs("client");
      log.awaitInOrder(CLIENT_CORE, List.of(DOWN));
      awaitTold(client, DOWN);
      try (Epserver server = pair.serve()) {
        log.awaitInOrder(CLIENT_CORE, List.of(DOWN, UP));
        awaitTold(client, UP);
        server.awaitLine("responses|dpdk0 flows: *[1-9]");
        client.end();
        server.endWithAllBuffers();
      }
      assertTrue(
          client.lines().stream().anyMatch(FAILED.asPredicate()),
          () -> client.describe("no connection has failed"));
      assertZerosToldOnce(client);
    }
  }

  /** Waits until this is the last that the console, too, says of the link. */
  private static void awaitTold(Program program, String change) throws Exception {
    Await.until(
        "told last: " + change,
        SECONDS_TO_NOTICE,
        () -> linesThatStart(program, "dpdk0: link").reduce("", (a, b) -> b).equals(change));
  }

  /** Asserts that while nobody is there, zeros are told once. */
  private static void assertZerosToldOnce(Program program) {
    boolean before = false;
    for (String line : linesThatStart(program, "[ ALL ] dpdk0,").toList()) {
      boolean zeros = NOTHING_MOVED.matcher(line).find();
      assertFalse(zeros && before, () -> program.describe("repeats zeros"));
      before = zeros;
    }
  }

  private static Stream<String> linesThatStart(Program program, String start) {
    return program.lines().stream().filter(line -> line.startsWith(start));
  }
}
