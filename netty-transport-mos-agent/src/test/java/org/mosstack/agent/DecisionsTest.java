package org.mosstack.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.mosstack.MosStack;
import org.mosstack.config.MosConfig;

/** What is counted and logged of decisions. */
class DecisionsTest {
  private final AgentLines lines = new AgentLines();
  private final AgentCounts counts = new AgentCounts();
  private MosStack stack;

  @BeforeEach
  void start() {
    stack = MosStack.start(MosConfig.builder().build());
  }

  @AfterEach
  void end() {
    lines.close();
    stack.close();
  }

  private Decisions decisions(String rules) {
    return new Decisions(Rules.parse(rules), () -> stack, counts, AgentLines.log());
  }

  private static InetSocketAddress address(String literal, int port) {
    return new InetSocketAddress(InetAddress.ofLiteral(literal), port);
  }

  @Test
  void theFirstOneThatMovesIsNamed() {
    Predicate<InetSocketAddress> connects = decisions("10.0.0.0/8").connects("Socket", stack);
    assertFalse(connects.test(address("192.0.2.1", 80)));
    assertTrue(connects.test(address("10.0.0.1", 6379)));
    assertTrue(connects.test(address("10.0.0.2", 6379)));
    assertEquals(2, counts.getConnectionsMoved());
    assertEquals(1, counts.getConnectionsLeft());
    assertEquals(
        List.of("moved: Socket to 10.0.0.1:6379, rule 10.0.0.0/8; further ones are only counted"),
        lines.said());
  }

  @Test
  void listenersAreCountedByThemselves() {
    Predicate<InetSocketAddress> binds = decisions(":80").binds("ServerSocket", stack);
    assertTrue(binds.test(address("0.0.0.0", 80)));
    assertTrue(binds.test(address("127.0.0.1", 80)));
    assertFalse(binds.test(address("192.0.2.1", 80)));
    assertEquals(2, counts.getListenersMoved());
    assertEquals(1, counts.getListenersLeft());
    assertEquals(0, counts.getConnectionsMoved());
    assertEquals(
        List.of("moved: ServerSocket on 0.0.0.0:80, rule :80; further ones are only counted"),
        lines.said());
  }

  @Test
  void aDryRunNamesEachAddressOnceAndAHundredAtMost() {
    Predicate<InetSocketAddress> connects = decisions("10.0.0.1,dryrun").connects("Socket", stack);
    connects.test(address("10.0.0.1", 80));
    connects.test(address("10.0.0.1", 80));
    connects.test(address("10.0.0.2", 80));
    assertEquals(
        List.of(
            "dryrun: Socket to 10.0.0.1:80 would move, rule 10.0.0.1",
            "dryrun: Socket to 10.0.0.2:80 would stay, no rule"),
        lines.said());
    for (int port = 1; port < 1_000; port++) {
      connects.test(address("192.0.2.1", port));
    }
    assertEquals(100, lines.said().size());
    assertEquals(2, counts.getConnectionsMoved());
    assertEquals(1_000, counts.getConnectionsLeft());
  }

  @Test
  void whatIsLeftIsNamedOnce() {
    Decisions decisions = decisions("");
    decisions.leave("Datagram", "a kind of channel that doesn't move");
    decisions.leave("Datagram", "a kind of channel that doesn't move");
    assertEquals(
        List.of("left to the kernel: Datagram, a kind of channel that doesn't move"), lines.said());
  }

  /** Where the process would listen, its own connections would move, too. */
  @Test
  void aDryRunKnowsWhoWouldListen() {
    Decisions decisions = decisions("127.0.0.0/8,dryrun");
    Predicate<InetSocketAddress> connects = decisions.connects("Socket", stack);
    assertFalse(connects.test(address("127.0.0.1", 80)));
    decisions.wouldListen(80);
    assertTrue(connects.test(address("127.0.0.1", 80)));
    assertFalse(connects.test(address("127.0.0.1", 81)));
  }
}
