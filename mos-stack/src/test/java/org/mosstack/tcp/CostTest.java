package org.mosstack.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.mosstack.header.TcpHeader;
import org.mosstack.stats.Counter;
import org.mosstack.testkit.QuietHandler;

/**
 * What malicious peers, and honest losses in large windows, make a connection do: counted in steps,
 * by the same rule as in the simulations, with up to 64,000 segments in flight.
 */
class CostTest {
  private static final int SEGMENTS = 64_000;

  /** Bisection takes 16 steps for each block here. */
  private static final int STEPS_PER_SEGMENT = 96;

  /** Small, so that many segments are in flight. */
  private static final int MSS = 100;

  private static final int SHIFT = 10;
  private static final int WINDOW_FIELD = 8192;
  private static final int WRITE_BYTES = 1 << 16;
  private static final int SACK_PERMITTED = 1 << 24 | 1 << 16 | 4 << 8 | 2;
  private static final int WINDOW_SCALE = 1 << 24 | 3 << 16 | 3 << 8 | SHIFT;

  private final List<String> broken = new ArrayList<>();
  private final CostRule rule =
      new CostRule(STEPS_PER_SEGMENT, (name, how) -> broken.add(name + ": " + how));
  private final TcpFixture fixture =
      new TcpFixture(new TcpConfig(0, 100, 4000, 8 << 20, 8 << 20, 0, 0));
  private TcpFixture.Remote peer;
  private Tcb c;

  @BeforeEach
  void establish() {
    fixture.listen((_, _) -> {});
    peer = fixture.remote();
    int[] options = {2 << 24 | 4 << 16 | MSS, SACK_PERMITTED, WINDOW_SCALE};
    fixture.segment(
        peer.port,
        TcpFixture.PORT,
        TcpHeader.SYN,
        TcpFixture.PEER_ISS,
        0,
        WINDOW_FIELD,
        0,
        options);
    fixture.turn();
    peer.iss = peer.next().seq();
    peer.send(TcpHeader.ACK, 1, 1, WINDOW_FIELD, 0);
    c = fixture.listeners.find(TcpFixture.US, TcpFixture.PORT, 0, 0).accept(0);
    c.handler(new QuietHandler());
    c.sendBuffer(8 << 20);
    c.receiveBuffer(8 << 20);
    fixture.turn();
    assertTrue(c.sack && c.sndWndShift == SHIFT);
  }

  @AfterEach
  void nothingIsLeft() {
    assertEquals(List.of(), broken);
    fixture.close();
  }

  /** Opens the congestion window as if the path had proved itself, and fills it. */
  private void fill() {
    c.congestion.takeOver(MSS, 0, SEGMENTS * MSS, SEGMENTS * MSS);
    for (int i = 0; i * WRITE_BYTES < SEGMENTS * MSS; i++) {
      int length = Math.min(WRITE_BYTES, SEGMENTS * MSS - i * WRITE_BYTES);
      assertEquals(length, c.write(fixture.memory.address(), length, this));
    }
    for (int turns = 0; c.scoreboard == null || c.scoreboard.segments() < SEGMENTS; turns++) {
      assertTrue(
          turns < 10_000, "in flight: " + (c.scoreboard == null ? 0 : c.scoreboard.segments()));
      turn();
    }
  }

  private void turn() {
    fixture.turn();
    fixture.sent.clear();
    rule.check(c, CostRule.outstanding(c));
  }

  /** Sends an ACK with blocks of segments, each from one up to but excluding another. */
  private void ack(int segment, int... blocks) {
    int[] options = new int[blocks.length == 0 ? 0 : 1 + blocks.length];
    if (blocks.length > 0) {
      options[0] = 1 << 24 | 1 << 16 | 5 << 8 | 2 + 4 * blocks.length;
    }
    for (int i = 0; i < blocks.length; i++) {
      options[1 + i] = peer.iss + 1 + blocks[i] * MSS;
    }
    int ack = peer.iss + 1 + segment * MSS;
    fixture.segment(
        peer.port,
        TcpFixture.PORT,
        TcpHeader.ACK,
        TcpFixture.PEER_ISS + 1,
        ack,
        WINDOW_FIELD,
        0,
        options);
    rule.check(c, CostRule.outstanding(c));
  }

  /** Total steps: a turn takes few in any case, and saved-up credit must not pay for these. */
  private long steps() {
    return fixture.core.steps.total();
  }

  @Test
  void anHonestLoss() {
    fill();
    long before = steps();
    for (int to = 2; to <= SEGMENTS; to++) {
      ack(0, 1, to);
      if (to % 16 == 0) {
        turn();
      }
    }
    assertEquals(SEGMENTS - 1, c.scoreboard.sackedSegments());
    assertTrue(steps() - before < 32L * SEGMENTS, "steps: " + (steps() - before));
    ack(SEGMENTS);
    turn();
    assertEquals(0, c.queuedBytes());
  }

  /** Every other segment is lost, reported in three blocks per ACK. */
  @Test
  void alternatingLosses() {
    fill();
    for (int i = 1; i + 6 < SEGMENTS; i += 6) {
      ack(0, i, i + 1, i + 2, i + 3, i + 4, i + 5);
      turn();
    }
    ack(SEGMENTS);
    turn();
    assertEquals(0, c.queuedBytes());
  }

  @Test
  void blocksOfAllThatMoveByASegment() {
    fill();
    ack(0, 2, SEGMENTS);
    turn();
    long before = steps();
    for (int i = 0; i < 5_000; i++) {
      ack(0, 2 + i, SEGMENTS - i, 3 + i, SEGMENTS - 2 * i, 1 + 7 * i, SEGMENTS);
    }
    assertTrue(steps() - before < 96L * 5_000, "steps: " + (steps() - before));
    turn();
  }

  /** D-SACKs from a peer that provokes retransmissions and calls all losses spurious. */
  @Test
  void duplicatesThatTakeAllLossesBack() {
    fill();
    fixture.run(20);
    ack(0, SEGMENTS - 1, SEGMENTS);
    fixture.run(1);
    fixture.sent.clear();
    rule.check(c, CostRule.outstanding(c));
    long before = steps();
    for (int i = 0; i < 2_000; i++) {
      ack(0, 0, 1, SEGMENTS - 1, SEGMENTS); // not a D-SACK; the next one is (RFC 2883)
      ack(0, SEGMENTS - 1, SEGMENTS, SEGMENTS - 1, SEGMENTS);
      turn();
    }
    assertTrue(fixture.counters.get(Counter.TCP_SPURIOUS_RETRANSMITS) <= 1);
    assertTrue(steps() - before < 200L * 2_000 + 40L * SEGMENTS, "steps: " + (steps() - before));
  }

  @Test
  void acknowledgmentsOfSingleBytes() {
    fill();
    for (int i = 1; i <= 20_000; i++) {
      int ack = peer.iss + 1 + i;
      fixture.segment(
          peer.port,
          TcpFixture.PORT,
          TcpHeader.ACK,
          TcpFixture.PEER_ISS + 1,
          ack,
          WINDOW_FIELD,
          0,
          new int[0]);
      rule.check(c, CostRule.outstanding(c));
      if (i % 16 == 0) {
        turn();
      }
    }
    assertTrue(steps() < 20_000, "steps: " + steps());
  }

  /** The oldest data is sent again between new data, from a megabyte of small writes. */
  @Test
  void retransmissionsBetweenSmallWrites() {
    c.congestion.takeOver(MSS, 0, 1 << 23, 1 << 23);
    for (int i = 0; i < 1 << 16; i++) {
      assertEquals(16, c.write(fixture.memory.address() + 16 * i, 16, this));
    }
    turn();
    int inFlight = c.scoreboard.segments();
    assertTrue(inFlight > 1_000, "in flight: " + inFlight);
    long before = steps();
    for (int i = 0; i < 1_000; i++) {
      c.sendQueue.copy(0, MSS, fixture.memory.address());
      c.sendQueue.copy((1 << 20) - MSS, MSS, fixture.memory.address());
      c.sendQueue.copy(1 << 19, MSS, fixture.memory.address());
    }
    assertTrue(steps() - before <= 3_000 * 18, "steps: " + (steps() - before));
  }

  /** Single bytes ahead of gaps, in any order; then the gaps are filled. */
  @Test
  void manySmallSegmentsOutOfOrder() {
    for (int i = 0; i < 4_000; i++) {
      peer.data(2 + 2 * (i * 1_499 % 4_000), 1, 1);
      turn();
    }
    assertEquals(Reassembly.MAX_BLOCKS, c.reassembly.blocks());
    assertTrue(c.reassembly.buffers() <= 64, "buffers: " + c.reassembly.buffers());
    for (int i = 0; i < 4_000; i++) {
      peer.data(1 + 2 * i, 1, 1);
      turn();
    }
    for (int at = c.rcvNxt - TcpFixture.PEER_ISS; at < 8_001; at = c.rcvNxt - TcpFixture.PEER_ISS) {
      peer.data(at, 1, 1);
      turn();
    }
    assertEquals(8_000, c.available());
    assertEquals(null, c.reassembly);
  }

  /** Each segment covers all that came before, and one byte more. */
  @Test
  void segmentsThatCoverOneAnother() {
    for (int i = 1; i < 1_000; i++) {
      peer.data(3_000 - i, 1, i);
      turn();
      peer.data(3_000, 1, 10 + i);
      turn();
    }
    for (int i = 0; i < 1_000; i++) { // a block each, then one segment across all of them
      peer.data(10_002 + 2 * i, 1, 1);
      turn();
    }
    for (int i = 0; i < 100; i++) {
      peer.data(10_001, 1, 1_000);
      turn();
    }
    peer.data(1, 1, 1_400);
    peer.data(1_401, 1, 1_400);
    turn();
  }
}
