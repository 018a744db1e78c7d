package org.mosstack.tcp.congestion;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** RFC 9406 section 4.2, round by round. */
public class HyStartTest {
  private static final long MILLI = 1_000_000;
  private static final int ROUND = 10;

  private final HyStart hyStart = new HyStart();
  private final AckSample ack = new AckSample();
  private int una;

  /** A round of ten segments, all with the same measured round-trip time. */
  private void round(long rttNanos) {
    acks(ROUND, rttNanos);
  }

  private void acks(int count, long rttNanos) {
    for (int i = 0; i < count; i++) {
      una++;
      ack.begin(0, 0, 0, true);
      ack.sndUna = una;
      ack.sndMax = una + ROUND;
      ack.rttNanos = rttNanos;
      hyStart.onAck(ack);
    }
  }

  /** The first acknowledgment opens the round that it belongs to. */
  private void firstRounds(long rttNanos) {
    acks(1, rttNanos);
    round(rttNanos);
  }

  @Test
  void steadyRoundTripsChangeNothing() {
    firstRounds(40 * MILLI);
    for (int i = 0; i < 20; i++) {
      round(40 * MILLI + i % 4 * MILLI);
    }
    assertFalse(hyStart.isConservative());
    assertFalse(hyStart.isOver());
    assertEquals(1000, hyStart.growth(1000));
  }

  @Test
  void fiveRoundsOfAQueueEndSlowStart() {
    firstRounds(40 * MILLI);
    acks(7, 45 * MILLI);
    assertFalse(hyStart.isConservative(), "seven samples aren't enough");
    acks(1, 45 * MILLI);
    assertTrue(hyStart.isConservative());
    assertEquals(250, hyStart.growth(1000));
    acks(2, 45 * MILLI); // the round in which it began counts
    for (int i = 0; i < 4; i++) {
      assertFalse(hyStart.isOver(), "after " + (i + 1) + " rounds");
      round(46 * MILLI);
    }
    assertTrue(hyStart.isOver());
  }

  @Test
  void resumesWhenTheRoundTripShrinks() {
    firstRounds(40 * MILLI);
    round(45 * MILLI);
    assertTrue(hyStart.isConservative());
    acks(8, 44 * MILLI);
    assertFalse(hyStart.isConservative());
    assertEquals(1000, hyStart.growth(1000));
    acks(2, 44 * MILLI);
    round(50 * MILLI);
    assertTrue(hyStart.isConservative(), "again");
    for (int i = 0; i < 3; i++) {
      round(50 * MILLI);
      assertFalse(hyStart.isOver(), "counts anew");
    }
    round(50 * MILLI);
    assertTrue(hyStart.isOver());
  }

  /** An eighth of the round-trip time, between 4 and 16 ms. */
  @Test
  void threshold() {
    long[][] cases = {{8, 4}, {40, 5}, {80, 10}, {400, 16}};
    for (long[] one : cases) {
      assertThreshold(one[0] * MILLI, one[1] * MILLI);
    }
  }

  private static void assertThreshold(long rtt, long threshold) {
    HyStartTest below = new HyStartTest();
    below.firstRounds(rtt);
    below.round(rtt + threshold - 1);
    assertFalse(below.hyStart.isConservative(), rtt + " ns");
    HyStartTest above = new HyStartTest();
    above.firstRounds(rtt);
    above.round(rtt + threshold);
    assertTrue(above.hyStart.isConservative(), rtt + " ns");
  }

  @Test
  void sequenceNumbersWrap() {
    una = -5;
    fiveRoundsOfAQueueEndSlowStart();
  }
}
