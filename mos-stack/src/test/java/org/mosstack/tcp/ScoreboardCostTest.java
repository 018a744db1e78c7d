package org.mosstack.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.mosstack.tcp.scoreboard.Delivery;
import org.mosstack.tcp.scoreboard.Scoreboard;
import org.mosstack.tcp.scoreboard.StepCount;

/**
 * What acknowledgments cost with 64,000 segments in flight, in steps: a constant for each, and a
 * few for each segment acknowledged for the first time.
 */
class ScoreboardCostTest {
  private static final int SEGMENTS = 64_000;
  private static final int MSS = 100;

  /** Steps for a SACK block: finding its start by bisection. */
  private static final int PER_BLOCK = 24;

  /** Steps for an acknowledged segment, over its life. */
  private static final int PER_SEGMENT = 4;

  private final StepCount steps = new StepCount();
  private final Scoreboard scoreboard = new Scoreboard(steps, _ -> {});
  private final Delivery delivery = new Delivery();
  private long blocks;
  private long before;

  ScoreboardCostTest() {
    scoreboard.begin(0);
    for (int i = 0; i < SEGMENTS; i++) {
      scoreboard.add(i * MSS, (i + 1) * MSS, false, 1000 + i);
    }
  }

  /** A block of segments, from one up to but excluding another. */
  private void sack(int from, int to) {
    delivery.begin(100_000, 0, Integer.MAX_VALUE);
    scoreboard.sack(from * MSS, to * MSS, delivery);
    blocks++;
  }

  private void check() {
    long most = PER_BLOCK * blocks + PER_SEGMENT * scoreboard.sackedSegments();
    assertTrue(steps.total() - before <= most, steps.total() - before + " steps, at most " + most);
    before = steps.total();
    blocks = 0;
  }

  /** As after one honest loss: the block behind it grows with each ACK. */
  @Test
  void aBlockThatGrows() {
    for (int to = 2; to <= SEGMENTS; to++) {
      sack(1, to);
    }
    assertEquals(SEGMENTS - 1, scoreboard.sackedSegments());
    check();
  }

  @Test
  void aBlockThatGrowsAtItsFront() {
    for (int from = SEGMENTS - 1; from > 0; from--) {
      sack(from, SEGMENTS);
    }
    check();
  }

  @Test
  void aBlockThatIsToldAgainAndAgain() {
    sack(1, SEGMENTS);
    check();
    for (int i = 0; i < 10_000; i++) {
      sack(1 + i, SEGMENTS - i);
    }
    blocks -= 5_000; // less than half the cost of a new one
    check();
  }

  @Test
  void blocksThatMoveByASegment() {
    for (int i = 1; i + 1_000 <= SEGMENTS; i++) {
      sack(i, i + 1_000);
    }
    check();
  }

  /** Every other segment in blocks of one; then those in between, and all of it over again. */
  @Test
  void alternatingBlocks() {
    for (int i = 1; i < SEGMENTS; i += 2) {
      sack(i, i + 1);
    }
    check();
    for (int i = 2; i + 2 < SEGMENTS; i += 2) {
      sack(i, i + 1);
      sack(1, SEGMENTS - 3 - i);
      sack(i, i + 1_000);
    }
    check();
  }

  @Test
  void blocksAnywhere() {
    Random random = new Random(1);
    for (int i = 0; i < 200_000; i++) {
      int from = 1 + random.nextInt(SEGMENTS - 1);
      sack(from, Math.min(SEGMENTS, from + random.nextInt(1 + random.nextInt(3_000))));
    }
    check();
  }

  /** A retransmission that is lost again is far ahead of the next loss: nothing walks between. */
  @Test
  void aLossFarBehindAnother() {
    scoreboard.lose(SEGMENTS - 1);
    for (int i = 0; i < 10_000; i++) {
      scoreboard.lose(0);
      assertEquals(0, scoreboard.firstLost());
      scoreboard.resent(0, 200_000 + i);
      assertEquals(SEGMENTS - 1, scoreboard.firstLost());
    }
    assertTrue(steps.total() <= 10_001, "steps: " + steps.total());
  }

  /** Segments sent once alternate with retransmitted ones; all are found, and put in order. */
  @Test
  void whatIsFoundAgainIsSorted() {
    for (int i = 0; i < SEGMENTS; i += 2) {
      scoreboard.resent(i, 200_000 + i);
    }
    scoreboard.loseAll();
    before = steps.total();
    scoreboard.findAll();
    int perSegment = 2 + Integer.SIZE - Integer.numberOfLeadingZeros(SEGMENTS);
    assertTrue(steps.total() - before <= (long) perSegment * SEGMENTS, "steps: " + steps.total());
    int found = 0;
    long last = 0;
    for (int n = scoreboard.earliestUnderWay(); n != Scoreboard.NONE; n = scoreboard.sentAfter(n)) {
      assertTrue(scoreboard.sentNanos(n) >= last);
      last = scoreboard.sentNanos(n);
      found++;
    }
    assertEquals(SEGMENTS, found);
  }

  /** Each segment counts once in its life, however many acknowledgments there are. */
  @Test
  void whatIsAcknowledgedIsCounted() {
    sack(1, SEGMENTS / 2);
    before = steps.total();
    delivery.begin(100_000, 0, Integer.MAX_VALUE);
    for (int i = 1; i <= 1_000; i++) {
      scoreboard.acknowledge(i * MSS, delivery);
    }
    scoreboard.acknowledge(SEGMENTS / 2 * MSS, delivery);
    assertEquals(SEGMENTS / 2, steps.total() - before);
  }

  /** The search runs from the first SACKed segment to the last, and no further. */
  @Test
  void whatIsForgottenIsCounted() {
    sack(1, SEGMENTS / 2);
    before = steps.total();
    scoreboard.forgetSacked();
    assertEquals(SEGMENTS / 2, steps.total() - before);
    scoreboard.forgetSacked();
    assertEquals(SEGMENTS / 2, steps.total() - before, "nothing is left to forget");
  }
}
