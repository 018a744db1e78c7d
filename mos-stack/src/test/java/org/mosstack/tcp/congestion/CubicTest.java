package org.mosstack.tcp.congestion;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** The curve of RFC 9438, computed here from its formulas, and what interrupts it. */
public class CubicTest {
  private static final int MSS = Acks.MSS;
  private static final double C = 0.4;
  private static final int ROUNDS_A_SECOND = 10;

  private final Cubic cubic = new Cubic();
  private final Acks acks = new Acks(cubic);

  /** W_cubic in segments (section 4.2). */
  private static double curve(double t, double max, double epoch) {
    double k = Math.cbrt((max - epoch) / C);
    return C * Math.pow(t - k, 3) + max;
  }

  private double window() {
    return (double) cubic.cwnd() / MSS;
  }

  private void assertWindow(double segments, String what) {
    assertEquals(segments, window(), segments * 0.01, what);
  }

  /** A loss at a window of 1000 segments: 700 are left. */
  private void reduceFrom1000() {
    cubic.takeOver(MSS, acks.rttNanos, 1000 * MSS, 500 * MSS);
    acks.lossAndRecovery();
    assertEquals(700 * MSS, cubic.ssthresh());
    cubic.onRecovered(700 * MSS);
    assertEquals(700 * MSS, cubic.cwnd());
  }

  @Test
  void followsTheCurve() {
    reduceFrom1000();
    for (int second = 1; second <= 14; second++) {
      acks.rounds(ROUNDS_A_SECOND);
      assertWindow(curve(second, 1000, 700), "after " + second + " s");
    }
    assertTrue(window() > 1040, "beyond the plateau: " + window());
  }

  /** Section 4.2: where the curve would jump, the window grows by half a window a round at most. */
  @Test
  void growsByHalfARoundTripAtMost() {
    acks.rttNanos = 5_000 * Acks.MILLI;
    reduceFrom1000();
    acks.rounds(2);
    double before = window();
    assertTrue(before < 1010, "plateau: " + before);
    for (int i = 0; i < 4; i++) {
      before = window();
      acks.round();
      // within the round, growth compounds segment by segment: e^0.5
      assertTrue(window() <= before * 1.65, before + " to " + window());
    }
    assertTrue(window() > before * 1.2, "it does grow: " + before + " to " + window());
  }

  /** Section 4.3: 0.53 segments per round trip up to the former window, one from there on. */
  @Test
  void isAsFastAsRenoWhereThatIsFaster() {
    acks.rttNanos = 10 * Acks.MILLI;
    cubic.takeOver(MSS, acks.rttNanos, 20 * MSS, 10 * MSS);
    acks.lossAndRecovery();
    assertEquals(14 * MSS, cubic.cwnd());
    double alpha = 3 * 0.3 / 1.7;
    acks.rounds(8);
    assertEquals(14 + 8 * alpha, window(), 0.5);
    acks.rounds(92);
    assertEquals(20 + 100 - 6 / alpha, window(), 2.5);
  }

  /** Section 4.7. */
  @Test
  void fastConvergence() {
    reduceFrom1000();
    acks.lossAndRecovery();
    assertEquals(490 * MSS, cubic.ssthresh(), 1);
    cubic.onRecovered(490 * MSS);
    double max = 700 * 1.7 / 2;
    for (int second = 1; second <= 8; second++) {
      acks.rounds(ROUNDS_A_SECOND);
      assertWindow(curve(second, max, 490), "after " + second + " s");
    }
  }

  /** Section 4.2: time in which the window isn't full doesn't count. */
  @Test
  void timeStandsStillWhileTheWindowIsNotUsed() {
    reduceFrom1000();
    acks.rounds(3 * ROUNDS_A_SECOND);
    int before = cubic.cwnd();
    acks.windowLimited = false;
    for (int i = 0; i < 100; i++) {
      acks.now += acks.rttNanos;
      acks.ack(MSS);
    }
    assertEquals(before, cubic.cwnd());
    acks.windowLimited = true;
    acks.rounds(2 * ROUNDS_A_SECOND);
    assertWindow(curve(5, 1000, 700), "5 s of use");
    acks.now += 50 * Acks.MILLI;
    cubic.onRestart(50 * Acks.MILLI, 200 * Acks.MILLI, acks.now);
    acks.rounds(ROUNDS_A_SECOND);
    assertWindow(curve(6, 1000, 700), "6 s of use");
  }

  /** After idling: slow start up to the threshold, and a curve that begins there. */
  @Test
  void idleRestart() {
    reduceFrom1000();
    acks.now += 1_000 * Acks.MILLI;
    cubic.onRestart(1_000 * Acks.MILLI, 200 * Acks.MILLI, acks.now);
    assertEquals(10 * MSS, cubic.cwnd());
    acks.rounds(5);
    assertEquals(320 * MSS, cubic.cwnd());
    acks.rounds(1);
    assertEquals(640 * MSS, cubic.cwnd());
    for (int i = 0; i < 60; i++) {
      acks.ack(MSS);
    }
    assertEquals(700 * MSS, cubic.cwnd(), "the threshold of the loss");
    acks.rounds(3 * ROUNDS_A_SECOND);
    assertWindow(curve(3, 1000, 700), "a new epoch");
  }

  @Test
  void aNeedlessReductionLeavesNoTrace() {
    reduceFrom1000();
    acks.rounds(5 * ROUNDS_A_SECOND);
    int cwnd = cubic.cwnd();
    acks.underWay = cwnd;
    cubic.onCongestion(cwnd, cwnd, false, acks.now);
    for (int i = 0; i < 100; i++) {
      acks.inRecovery(MSS, 0, 0);
      acks.send();
    }
    assertTrue(cubic.cwnd() < cwnd, "reduced");
    cubic.onSpurious();
    assertEquals(cwnd, cubic.cwnd());
    assertEquals(700 * MSS, cubic.ssthresh());
    acks.rounds(3 * ROUNDS_A_SECOND);
    assertWindow(curve(8, 1000, 700), "as if nothing had happened");
  }

  /** Section 4.8. */
  @Test
  void afterATimeoutTheCurveBeginsAtItsPlateau() {
    cubic.takeOver(MSS, acks.rttNanos, 1000 * MSS, 500 * MSS);
    cubic.onTimeout(1000 * MSS, acks.now);
    assertEquals(MSS, cubic.cwnd());
    assertEquals(700 * MSS, cubic.ssthresh());
    cubic.onRecovered(MSS);
    acks.rounds(9);
    assertEquals(512 * MSS, cubic.cwnd());
    for (int i = 0; i < 188; i++) {
      acks.ack(MSS);
    }
    assertEquals(700 * MSS, cubic.cwnd());
    for (int second = 1; second <= 12; second++) {
      acks.rounds(ROUNDS_A_SECOND);
      double reno = 700 + second * ROUNDS_A_SECOND * 3 * 0.3 / 1.7;
      assertWindow(Math.max(reno, C * Math.pow(second, 3) + 700), "after " + second + " s");
    }
  }

  /** RFC 8511 section 3.1. */
  @Test
  void anEchoOfCongestionCostsLess() {
    cubic.takeOver(MSS, acks.rttNanos, 1000 * MSS, 500 * MSS);
    cubic.onCongestion(1000 * MSS, 1000 * MSS, true, acks.now);
    assertEquals(850 * MSS, cubic.ssthresh());
  }

  @Test
  void neverOverflows() {
    acks.rttNanos = 200 * Acks.MILLI;
    cubic.takeOver(MSS, acks.rttNanos, 1 << 29, MSS);
    for (int i = 0; i < 2000; i++) {
      acks.now += acks.rttNanos;
      acks.ack(1 << 29);
    }
    assertEquals(1 << 30, cubic.cwnd());
    acks.lossAndRecovery();
    assertEquals(1 << 30, (int) (cubic.ssthresh() / 0.7), 10 * MSS);
  }

  /** Unlike Reno, which fills the queue and loses the excess of the last doubling. */
  @Test
  void slowStartEndsBeforeALoss() {
    PathModel path = new PathModel(cubic, 1);
    path.queueLimit = 12 * path.bdp();
    path.run(6 * PathModel.SECOND);
    assertEquals(0, path.lostBytes);
    assertTrue(cubic.ssthresh() < Integer.MAX_VALUE, "still in slow start");
    assertTrue(cubic.ssthresh() > path.bdp(), "too early: " + cubic.ssthresh());
    PathModel reno = new PathModel(new NewReno(), 1);
    reno.queueLimit = 12 * reno.bdp();
    reno.run(6 * PathModel.SECOND);
    assertTrue(reno.lostBytes > 3L * reno.bdp(), "without it, lost: " + reno.lostBytes);
  }

  /** In a queue too short for that, it loses less: the last step is a quarter, not a doubling. */
  @Test
  void slowStartLosesLessInAShorterQueue() {
    PathModel path = new PathModel(cubic, 1);
    path.queueLimit = 3 * path.bdp();
    path.run(3 * PathModel.SECOND);
    PathModel reno = new PathModel(new NewReno(), 1);
    reno.queueLimit = path.queueLimit;
    reno.run(3 * PathModel.SECOND);
    assertTrue(
        path.lostBytes < reno.lostBytes / 2,
        "lost " + path.lostBytes + " instead of " + reno.lostBytes);
  }

  @Test
  void fillsALongPath() {
    PathModel path = new PathModel(cubic, 1);
    path.rttNanos = 100 * PathModel.MILLI;
    path.queueLimit = path.bdp() / 2;
    path.run(20 * PathModel.SECOND);
    long delivered = path.delivered;
    int congestions = path.congestions;
    path.run(60 * PathModel.SECOND);
    double used = (double) (path.delivered - delivered) / (60 * path.rate);
    assertTrue(used > 0.95, "utilisation " + used);
    // K = cbrt(1500 * 0.3 / 0.4) s, plus a second or two
    int teeth = path.congestions - congestions;
    assertTrue(teeth >= 3 && teeth <= 7, "teeth: " + teeth);
    assertEquals(0, path.timeouts);
  }
}
