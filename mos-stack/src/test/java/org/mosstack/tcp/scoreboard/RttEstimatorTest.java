package org.mosstack.tcp.scoreboard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The numbers of RFC 6298. */
public class RttEstimatorTest {
  private static final long MILLI = 1_000_000;
  private static final long SECOND = 1000 * MILLI;

  private final RttEstimator rtt = new RttEstimator();

  @BeforeEach
  void reset() {
    rtt.reset();
  }

  /** Section 2.1. */
  @Test
  void oneSecondBeforeTheFirstMeasurement() {
    assertEquals(SECOND, rtt.rtoNanos());
    assertEquals(0, rtt.srttNanos());
  }

  /** Section 2.2: SRTT = R, RTTVAR = R/2, RTO = SRTT + max(200 ms, 4 * RTTVAR). */
  @Test
  void firstMeasurement() {
    rtt.sample(500 * MILLI);
    assertEquals(500 * MILLI, rtt.srttNanos());
    assertEquals(250 * MILLI, rtt.rttvarNanos());
    assertEquals(1500 * MILLI, rtt.rtoNanos());
  }

  /** Section 2.3: RTTVAR with beta 1/4 from the old SRTT, then SRTT with alpha 1/8. */
  @Test
  void secondMeasurement() {
    rtt.sample(800 * MILLI);
    rtt.sample(400 * MILLI);
    assertEquals(400 * MILLI, rtt.rttvarNanos()); // 3/4 * 400 + 1/4 * |800 - 400|
    assertEquals(750 * MILLI, rtt.srttNanos()); // 7/8 * 800 + 1/8 * 400
    assertEquals(2350 * MILLI, rtt.rtoNanos());
  }

  @Test
  void followsTheFormulas() {
    for (int seed = 0; seed < 500; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      rtt.reset();
      double srtt = 0;
      double rttvar = 0;
      long base = random.nextLong(10_000, SECOND);
      for (int i = 0; i < 200; i++) {
        long r = base + random.nextLong(base);
        rtt.sample(r);
        rttvar = i == 0 ? r / 2.0 : 0.75 * rttvar + 0.25 * Math.abs(srtt - r);
        srtt = i == 0 ? r : 0.875 * srtt + 0.125 * r;
        double rto = Math.min(srtt + Math.max(200.0 * MILLI, 4 * rttvar), 60.0 * SECOND);
        String what = "seed " + seed + " sample " + i;
        assertEquals(srtt, rtt.srttNanos(), 20, what);
        assertEquals(rttvar, rtt.rttvarNanos(), 20, what);
        assertEquals(rto, rtt.rtoNanos(), 100, what);
      }
    }
  }

  @Test
  void steadyPathHasTheLeastTimeout() {
    for (int i = 0; i < 100; i++) {
      rtt.sample(50_000);
    }
    assertEquals(200 * MILLI + 50_000, rtt.rtoNanos());
    assertEquals(50_000, rtt.srttNanos());
  }

  /** There is time for a delayed ACK, however steady and however long the path. */
  @Test
  void longSteadyPathLeavesTimeForADelayedAck() {
    for (int i = 0; i < 300; i++) {
      rtt.sample(SECOND);
    }
    assertEquals(SECOND + 200 * MILLI, rtt.rtoNanos(), 10);
  }

  /** Sections 5.5 and 2.5. */
  @Test
  void backsOffByTwoUpToAMinute() {
    rtt.sample(500 * MILLI);
    long expected = 1500 * MILLI;
    for (int i = 0; i < 100; i++) {
      assertEquals(Math.min(expected, 60 * SECOND), rtt.rtoNanos(), "after " + i);
      rtt.backOff();
      expected = Math.min(expected * 2, 60 * SECOND);
    }
    rtt.sample(500 * MILLI);
    assertTrue(rtt.rtoNanos() <= 1500 * MILLI, "a measurement ends the back-off");
  }

  @Test
  void progressEndsTheBackOff() {
    rtt.backOff();
    rtt.backOff();
    assertEquals(4 * SECOND, rtt.rtoNanos());
    rtt.endBackOff();
    assertEquals(SECOND, rtt.rtoNanos());
  }

  /** Section 5.7. */
  @Test
  void threeSecondsAfterALostSyn() {
    rtt.backOff();
    rtt.synWasRetransmitted();
    assertEquals(3 * SECOND, rtt.rtoNanos());
  }

  @Test
  void anAbsurdMeasurementIsBounded() {
    rtt.sample(Long.MAX_VALUE / 16);
    assertEquals(60 * SECOND, rtt.rtoNanos());
    rtt.reset();
    rtt.sample(0);
    assertEquals(200 * MILLI + 1, rtt.rtoNanos());
    rtt.sample(-5);
    assertEquals(200 * MILLI + 1, rtt.rtoNanos());
  }
}
