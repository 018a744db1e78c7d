package org.mosstack.tcp.congestion;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** The windows of RFC 5681, 6582, 6928 and 3465. */
public class NewRenoTest {
  private static final int MSS = Acks.MSS;
  private static final long RTO_NANOS = 200 * Acks.MILLI;

  private final NewReno reno = new NewReno();
  private final Acks acks = new Acks(reno);

  private static int initialWindow(int mss) {
    NewReno reno = new NewReno();
    reno.reset(mss, 0);
    return reno.cwnd();
  }

  /** RFC 6928: min(10 * MSS, max(2 * MSS, 14600)). */
  @Test
  void initialWindow() {
    assertEquals(14_600, initialWindow(1460));
    assertEquals(5360, initialWindow(536));
    assertEquals(14_480, initialWindow(1448));
    assertEquals(17_920, initialWindow(8960));
    assertEquals(14_600, initialWindow(4000));
    assertEquals(Integer.MAX_VALUE, reno.ssthresh());
  }

  /** RFC 5681 section 3.1: a handshake that needed a retransmission. */
  @Test
  void oneSegmentAfterALostSyn() {
    reno.onHandshakeTimeout();
    assertEquals(MSS, reno.cwnd());
    acks.ack(MSS);
    assertEquals(2 * MSS, reno.cwnd());
  }

  /** RFC 5681 section 3.1, counted in bytes (RFC 3465), without a limit. */
  @Test
  void slowStartGrowsByWhatWasAcknowledged() {
    acks.ack(MSS);
    assertEquals(11 * MSS, reno.cwnd());
    acks.ack(10);
    assertEquals(11 * MSS + 10, reno.cwnd());
    acks.ack(5 * MSS);
    assertEquals(16 * MSS + 10, reno.cwnd());
  }

  /** A receiver that acknowledges 45 segments at a time doesn't slow down slow start. */
  @Test
  void slowStartDoublesWithFewAcks() {
    for (int window = 10; window <= 1280; window *= 2) {
      assertEquals(window * MSS, reno.cwnd());
      acks.round(45);
    }
  }

  /** RFC 3465 section 2.3: what arrived before the timeout doesn't count. */
  @Test
  void slowStartAfterATimeoutCountsWhatIsNew() {
    reno.takeOver(MSS, 0, 100 * MSS, Integer.MAX_VALUE);
    reno.onTimeout(100 * MSS, acks.now);
    assertEquals(MSS, reno.cwnd());
    acks.ack(20 * MSS, 3 * MSS);
    assertEquals(4 * MSS, reno.cwnd());
    acks.sackPermitted = false;
    acks.ack(20 * MSS);
    assertEquals(5 * MSS, reno.cwnd());
  }

  @Test
  void anUnusedWindowDoesNotGrow() {
    acks.windowLimited = false;
    acks.ack(2 * MSS);
    assertEquals(10 * MSS, reno.cwnd());
    reno.takeOver(MSS, 0, 10 * MSS, 5 * MSS);
    acks.ack(10 * MSS);
    assertEquals(10 * MSS, reno.cwnd(), "congestion avoidance");
  }

  /** RFC 5681 section 3.1: one segment for each acknowledged window. */
  @Test
  void congestionAvoidanceGrowsByASegmentARoundTrip() {
    reno.takeOver(MSS, 0, 10 * MSS, 10 * MSS);
    for (int window = 10; window < 30; window++) {
      for (int i = 0; i < window; i++) {
        assertEquals(window * MSS, reno.cwnd());
        acks.ack(MSS);
      }
    }
    assertEquals(30 * MSS, reno.cwnd());
  }

  /** RFC 5681 equation (4): never below two segments of the current size. */
  @Test
  void theThresholdGrowsWithTheSegments() {
    reno.mss(500);
    reno.onTimeout(1000, acks.now);
    assertEquals(1000, reno.ssthresh());
    reno.mss(MSS);
    assertEquals(2 * MSS, reno.ssthresh());
    assertEquals(MSS, reno.cwnd());
    reno.mss(500);
    assertEquals(2 * MSS, reno.ssthresh());
  }

  /** RFC 9937: one segment of 100 is lost; the window ends at half, and sending never stops. */
  @Test
  void recoverySendsHalfOfWhatIsDelivered() {
    reno.takeOver(MSS, 0, 100 * MSS, Integer.MAX_VALUE);
    acks.underWay = 100 * MSS;
    acks.underWay -= MSS;
    reno.onSegmentLost(MSS, 100 * MSS, MSS, false);
    reno.onCongestion(100 * MSS, 100 * MSS, false, acks.now);
    assertEquals(50 * MSS, reno.ssthresh());
    acks.inRecovery(3 * MSS, 0, MSS);
    int sent = acks.send();
    assertTrue(sent == 1 || sent == 2, "first " + sent);
    for (int i = 0; i < 96; i++) {
      acks.inRecovery(MSS, 0, 0);
      int now = acks.send();
      assertTrue(now <= 1, "burst of " + now);
      sent += now;
      assertTrue(Math.abs(sent - (i + 4) / 2.0) <= 1, "ACK " + i + ": " + sent);
    }
    assertEquals(50 * MSS, acks.underWay, MSS);
    reno.onRecovered(acks.underWay);
    assertEquals(50 * MSS, reno.cwnd());
  }

  /** RFC 9937 section 6.2: the first retransmission isn't held back, whatever PRR's share is. */
  @Test
  void firstRetransmissionGoesAtOnce() {
    reno.takeOver(MSS, 0, 100 * MSS, Integer.MAX_VALUE);
    acks.underWay = 99 * MSS;
    reno.onCongestion(100 * MSS, 100 * MSS, false, acks.now);
    acks.inRecovery(0, 0, MSS); // a timer found the loss
    assertEquals(1, acks.send());
    acks.inRecovery(MSS / 2, 0, 0);
    assertEquals(0, acks.send());
  }

  /** RFC 9937 section 6.2: below the threshold after heavy loss, at most two per one delivered. */
  @Test
  void heavyLossIsMadeGoodWithoutABurst() {
    reno.takeOver(MSS, 0, 100 * MSS, Integer.MAX_VALUE);
    acks.underWay = 20 * MSS;
    reno.onCongestion(100 * MSS, 100 * MSS, false, acks.now);
    acks.inRecovery(MSS, 0, 80 * MSS);
    assertEquals(1, acks.send());
    acks.inRecovery(MSS, 0, 0);
    assertEquals(1, acks.send(), "no progress: as much as was delivered");
    int sent = 0;
    for (int i = 0; i < 10; i++) {
      acks.inRecovery(MSS, MSS, 0);
      int now = acks.send();
      assertTrue(now <= 2, "burst of " + now);
      sent += now;
    }
    assertEquals(20, sent);
    for (int i = 0; i < 100; i++) {
      acks.inRecovery(MSS, MSS, 0);
      acks.send();
      assertTrue(acks.underWay <= 50 * MSS, "over the threshold: " + acks.underWay);
    }
    assertEquals(50 * MSS, acks.underWay);
  }

  /** RFC 6582 section 3.2 step 3: no burst after recovery. */
  @Test
  void littleUnderWayAtTheEndGivesLittleWindow() {
    reno.takeOver(MSS, 0, 100 * MSS, Integer.MAX_VALUE);
    reno.onCongestion(100 * MSS, 100 * MSS, false, acks.now);
    reno.onRecovered(2 * MSS);
    assertEquals(12 * MSS, reno.cwnd());
    assertEquals(50 * MSS, reno.ssthresh());
  }

  /** RFC 5681 section 3.1, equation 4. */
  @Test
  void timeout() {
    acks.sackPermitted = false;
    reno.onTimeout(8 * MSS, acks.now);
    assertEquals(MSS, reno.cwnd());
    assertEquals(4 * MSS, reno.ssthresh());
    acks.ack(3 * MSS);
    assertEquals(2 * MSS, reno.cwnd(), "L = 1 while the retransmissions are under way");
    reno.onRecovered(2 * MSS);
    acks.ack(2 * MSS);
    assertEquals(3 * MSS, reno.cwnd(), "and for the ACK that ends that");
    acks.ack(2 * MSS);
    assertEquals(4 * MSS, reno.cwnd());
    acks.ack(2 * MSS);
    assertEquals(4 * MSS, reno.cwnd(), "congestion avoidance from ssthresh on");
  }

  /** A timeout during a recovery doesn't reduce a second time. */
  @Test
  void timeoutInRecoveryKeepsTheThreshold() {
    reno.takeOver(MSS, 0, 100 * MSS, Integer.MAX_VALUE);
    reno.onCongestion(100 * MSS, 100 * MSS, false, acks.now);
    reno.onTimeout(100 * MSS, acks.now);
    assertEquals(MSS, reno.cwnd());
    assertEquals(50 * MSS, reno.ssthresh());
    reno.onSpurious();
    assertEquals(100 * MSS, reno.cwnd());
  }

  @Test
  void thresholdIsTwoSegmentsAtLeast() {
    reno.onTimeout(MSS, acks.now);
    assertEquals(2 * MSS, reno.ssthresh());
    reno.onRecovered(0);
    reno.onCongestion(0, 0, false, acks.now);
    assertEquals(2 * MSS, reno.ssthresh());
    acks.inRecovery(0, 0, 0); // nothing was in flight: no division by zero
    assertEquals(MSS, reno.cwnd());
  }

  /** RFC 8511 section 3.1. */
  @Test
  void anEchoOfCongestionCostsLess() {
    reno.takeOver(MSS, 0, 100 * MSS, Integer.MAX_VALUE);
    reno.onCongestion(100 * MSS, 100 * MSS, true, acks.now);
    assertEquals(80 * MSS, reno.ssthresh());
  }

  @Test
  void aNeedlessReductionIsTakenBackOnce() {
    reno.takeOver(MSS, 0, 100 * MSS, 90 * MSS);
    reno.onCongestion(100 * MSS, 100 * MSS, false, acks.now);
    acks.underWay = 99 * MSS;
    acks.inRecovery(MSS, 0, 0);
    reno.onSpurious();
    assertEquals(100 * MSS, reno.cwnd());
    assertEquals(90 * MSS, reno.ssthresh());
    reno.onTimeout(100 * MSS, acks.now);
    reno.onSpurious();
    assertEquals(100 * MSS, reno.cwnd());
    reno.takeOver(MSS, 0, 20 * MSS, 10 * MSS);
    reno.onSpurious();
    assertEquals(20 * MSS, reno.cwnd(), "nothing to take back");
  }

  /** RFC 5681 section 4.1. */
  @Test
  void idleRestartsWithTheInitialWindowAtMost() {
    reno.takeOver(MSS, 0, 100 * MSS, 40 * MSS);
    reno.onRestart(RTO_NANOS, RTO_NANOS, acks.now);
    assertEquals(100 * MSS, reno.cwnd(), "not longer than the RTO");
    reno.onRestart(RTO_NANOS + 1, RTO_NANOS, acks.now);
    assertEquals(10 * MSS, reno.cwnd());
    assertEquals(75 * MSS, reno.ssthresh(), "slow start up to here");
    reno.onTimeout(4 * MSS, acks.now);
    reno.onRestart(RTO_NANOS + 1, RTO_NANOS, acks.now);
    assertEquals(MSS, reno.cwnd());
  }

  @Test
  void neverOverflows() {
    for (int i = 0; i < 600_000; i++) {
      acks.ack(2 * MSS);
    }
    assertEquals(1 << 30, reno.cwnd());
    reno.takeOver(MSS, 0, 1 << 30, 2 * MSS);
    acks.ack(1 << 30);
    acks.ack(1 << 30);
    assertEquals(1 << 30, reno.cwnd());
    assertTrue(reno.pacingRate() > 0);
    acks.underWay = 1 << 30;
    reno.onCongestion(1 << 30, 1 << 30, false, acks.now);
    acks.inRecovery(1 << 29, 0, 0);
    assertTrue(reno.cwnd() >= 1 << 29 && reno.cwnd() <= 1 << 30, "cwnd " + reno.cwnd());
  }

  @Test
  void takesOverFromAnotherControl() {
    reno.takeOver(1000, 0, 30_000, 20_000);
    assertEquals(30_000, reno.cwnd());
    assertEquals(20_000, reno.ssthresh());
    acks.ack(30_000); // above the threshold: a segment per window
    assertEquals(31_000, reno.cwnd());
  }

  @Test
  void pacesAheadOfTheAckClock() {
    NewReno fresh = new NewReno();
    fresh.reset(MSS, 0);
    assertEquals(0, fresh.pacingRate(), "no round trip is known");
    assertFalse(fresh.needsPacing());
    assertFalse(fresh.holdsBack());
    fresh.takeOver(MSS, 100 * Acks.MILLI, 50 * MSS, Integer.MAX_VALUE);
    assertEquals(1_000_000, fresh.pacingRate());
    fresh.takeOver(MSS, 100 * Acks.MILLI, 50 * MSS, 50 * MSS);
    assertEquals(600_000, fresh.pacingRate());
    assertEquals(2 * MSS, fresh.pacingQuantum(MSS));
    fresh.takeOver(MSS, Acks.MILLI, 50 * MSS, 50 * MSS);
    assertEquals(60 * MSS, fresh.pacingQuantum(MSS));
  }

  /** From half of path and queue to all of it, a segment per round trip. */
  @Test
  void sawtooth() {
    PathModel path = new PathModel(reno, 1);
    path.rate = 2_500_000;
    path.queueLimit = path.bdp();
    path.run(20 * PathModel.SECOND);
    long delivered = path.delivered;
    int congestions = path.congestions;
    path.run(60 * PathModel.SECOND);
    int teeth = path.congestions - congestions;
    // 100 segments of growth at 60 ms each
    assertTrue(teeth >= 8 && teeth <= 12, "teeth: " + teeth);
    assertEquals(0, path.timeouts);
    double used = (double) (path.delivered - delivered) / (60 * path.rate);
    assertTrue(used > 0.97, "utilisation " + used);
  }

  /** Paced sending fills a queue less than bursts do, and delivers as much. */
  @Test
  void pacedSawtooth() {
    PathModel path = new PathModel(reno, 1);
    path.rate = 2_500_000;
    path.paced = true;
    path.queueLimit = path.bdp();
    path.run(20 * PathModel.SECOND);
    long delivered = path.delivered;
    path.run(60 * PathModel.SECOND);
    double used = (double) (path.delivered - delivered) / (60 * path.rate);
    assertTrue(used > 0.97, "utilisation " + used);
  }
}
