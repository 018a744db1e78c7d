package org.mosstack.tcp.congestion;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** BBR on a path of known bandwidth, round trip and queue. */
public class BbrTest {
  private static final long MILLI = PathModel.MILLI;
  private static final long SECOND = PathModel.SECOND;
  private static final int MSS = PathModel.MSS;

  private final Bbr bbr = new Bbr();
  private final PathModel path = new PathModel(bbr, 7);

  /** Runs for a time; returns the share of the path's rate delivered in it. */
  private double use(long nanos) {
    long before = path.delivered;
    path.run(nanos);
    return (double) (path.delivered - before) * SECOND / nanos / path.rate;
  }

  private EnumSet<BbrState> statesOf(long nanos) {
    EnumSet<BbrState> seen = EnumSet.noneOf(BbrState.class);
    for (long end = path.now + nanos; path.now < end; path.run(MILLI)) {
      seen.add(bbr.state());
    }
    return seen;
  }

  private void assertBandwidth(double tolerance) {
    assertEquals(path.rate, bbr.maxBw(), path.rate * tolerance, "bandwidth");
  }

  @ParameterizedTest
  @CsvSource({"10000000, 40", "100000, 100", "1000000, 5", "100000000, 10", "12500000, 200"})
  void findsBandwidthAndRoundTrip(long rate, int rttMillis) {
    path.rate = rate;
    path.rttNanos = rttMillis * MILLI;
    path.queueLimit = Math.max(4 * path.bdp(), 100 * MSS);
    path.run(4 * SECOND);
    assertBandwidth(0.05);
    assertEquals(path.rttNanos, bbr.minRttNanos, path.rttNanos * 0.1 + MSS * SECOND / rate);
    assertTrue(bbr.state().isProbeBw(), bbr.state().toString());
    assertEquals(0, path.lostBytes);
    double used = use(4 * SECOND);
    assertTrue(used > 0.9, "utilisation " + used);
  }

  @Test
  void startupDoublesAndTheQueueIsDrained() {
    path.queueLimit = 4 * path.bdp();
    assertEquals(BbrState.STARTUP, bbr.state());
    while (bbr.state() == BbrState.STARTUP) {
      path.run(MILLI);
    }
    assertTrue(path.now - SECOND < 15 * path.rttNanos, "Startup took " + (path.now - SECOND));
    assertEquals(BbrState.DRAIN, bbr.state());
    assertTrue(bbr.pacingRate() < path.rate / 2, "pacing rate " + bbr.pacingRate());
    assertTrue(path.queue() > path.bdp() / 4, "queue " + path.queue());
    while (bbr.state() == BbrState.DRAIN) {
      path.run(MILLI);
    }
    assertTrue(bbr.state().isProbeBw(), bbr.state().toString());
    path.run(2 * path.rttNanos);
    assertTrue(path.queue() < path.bdp() / 10, "queue " + path.queue());
  }

  @Test
  void probesForBandwidthEveryFewSeconds() {
    path.queueLimit = 4 * path.bdp();
    path.run(3 * SECOND);
    EnumSet<BbrState> seen = statesOf(4 * SECOND);
    assertTrue(
        seen.containsAll(
            EnumSet.of(
                BbrState.PROBE_BW_DOWN,
                BbrState.PROBE_BW_CRUISE,
                BbrState.PROBE_BW_REFILL,
                BbrState.PROBE_BW_UP)),
        seen.toString());
    assertFalse(seen.contains(BbrState.STARTUP), seen.toString());
  }

  @Test
  void moreBandwidthIsFound() {
    path.run(3 * SECOND);
    path.rate *= 3;
    path.run(15 * SECOND);
    assertBandwidth(0.05);
    double used = use(5 * SECOND);
    assertTrue(used > 0.9, "utilisation " + used);
  }

  @Test
  void lessBandwidthIsNoticed() {
    path.run(3 * SECOND);
    path.rate /= 3;
    path.run(12 * SECOND);
    assertBandwidth(0.1);
    path.forgetExtremes();
    path.run(5 * SECOND);
    assertTrue(path.longestQueue < 2 * path.bdp(), "queue " + path.longestQueue);
  }

  /** For 200 ms every five seconds, half of what fits into the path is in flight. */
  @Test
  void probesForAShorterRoundTrip() {
    path.run(3 * SECOND);
    path.forgetExtremes();
    boolean heldBack = false;
    int rounds = 0;
    for (long end = path.now + 8 * SECOND; path.now < end; path.run(MILLI)) {
      assertEquals(bbr.state() == BbrState.PROBE_RTT, bbr.holdsBack());
      heldBack |= bbr.holdsBack();
      rounds += bbr.holdsBack() ? 1 : 0;
    }
    assertTrue(heldBack, "no ProbeRTT");
    assertTrue(rounds >= 200 && rounds < 1000, "in ProbeRTT for " + rounds + " ms");
    assertTrue(path.leastUnderWay <= path.bdp() * 6 / 10, "under way " + path.leastUnderWay);
    assertBandwidth(0.05);
  }

  @Test
  void aLongerRoundTripIsBelievedInTime() {
    path.run(3 * SECOND);
    path.rttNanos *= 2;
    path.run(5 * SECOND);
    path.run(20 * SECOND);
    assertEquals(path.rttNanos, bbr.minRttNanos, path.rttNanos * 0.15);
    double used = use(10 * SECOND);
    assertTrue(used > 0.85, "utilisation " + used);
  }

  /** A path that loses 1 % whatever is sent: controls that take each loss for congestion starve. */
  @Test
  void littleLossIsNoReason() {
    path.lossPerMille = 10;
    path.run(10 * SECOND);
    double used = use(20 * SECOND);
    assertTrue(used > 0.7, "utilisation " + used);
    PathModel reno = new PathModel(new NewReno(), 7);
    reno.lossPerMille = 10;
    reno.run(30 * SECOND);
    assertTrue(reno.delivered < path.delivered / 4, "Reno delivers " + reno.delivered);
  }

  /** A queue that holds a tenth of the BDP: probes overrun it, and the volume is bounded. */
  @Test
  void muchLossBoundsWhatIsInFlight() {
    path.queueLimit = path.bdp() / 10;
    path.run(10 * SECOND);
    assertNotEquals(BbrModel.NO_BOUND, bbr.inflightLongTerm);
    assertTrue(
        bbr.inflightLongTerm < 2 * path.bdp() && bbr.inflightLongTerm > path.bdp() / 2,
        "bound " + bbr.inflightLongTerm);
    long lost = path.lostBytes;
    long delivered = path.delivered;
    double used = use(30 * SECOND);
    double lostPart = (double) (path.lostBytes - lost) / (path.delivered - delivered);
    assertTrue(lostPart < 0.02, "lost " + lostPart);
    assertTrue(used > 0.8, "utilisation " + used);
  }

  /** Losses outside of probes: the rate follows the delivery rate, down to 0.7 per round. */
  @Test
  void lossesInCruiseLowerTheRateUntilTheNextProbe() {
    path.run(3 * SECOND);
    while (bbr.state() != BbrState.PROBE_BW_CRUISE) {
      path.run(MILLI);
    }
    assertEquals(BbrModel.NO_RATE_BOUND, bbr.bwShortTerm);
    path.lossPerMille = 300;
    path.run(4 * path.rttNanos);
    assertTrue(bbr.bwShortTerm < path.rate * 0.9, "bound " + bbr.bwShortTerm);
    assertTrue(bbr.pacingRate() < path.rate * 0.9, "pacing " + bbr.pacingRate());
    path.lossPerMille = 0;
    path.run(12 * SECOND);
    double used = use(5 * SECOND);
    assertTrue(used > 0.9, "utilisation " + used);
  }

  @Test
  void anApplicationThatSendsLittleIsNotThePath() {
    path.run(3 * SECOND);
    path.appRate = path.rate / 10;
    path.run(20 * SECOND);
    assertBandwidth(0.05);
    path.appRate = 0;
    double used = use(SECOND);
    assertTrue(used > 0.9, "utilisation " + used);
  }

  /** After idling it uses the path's rate from the first round trip on, but no more at first. */
  @Test
  void restartsAtThePathsRate() {
    path.run(3 * SECOND);
    while (bbr.state() != BbrState.PROBE_BW_CRUISE) {
      path.run(MILLI);
    }
    path.appRate = 1;
    path.run(3 * SECOND);
    path.forgetExtremes();
    path.appRate = 0;
    path.run(path.rttNanos);
    double used = use(path.rttNanos);
    assertTrue(used > 0.9, "utilisation " + used);
    assertTrue(path.longestQueue < path.bdp() / 10, "queue " + path.longestQueue);
    used = use(5 * path.rttNanos);
    assertTrue(used > 0.9, "utilisation " + used);
  }

  @Test
  void aTimeoutDoesNotForgetThePath() {
    path.run(3 * SECOND);
    path.lossPerMille = 1000;
    path.run(3 * SECOND);
    assertTrue(path.timeouts > 0, "no timeout");
    path.lossPerMille = 0;
    path.run(4 * SECOND);
    assertBandwidth(0.1);
    double used = use(4 * SECOND);
    assertTrue(used > 0.85, "utilisation " + used);
  }

  /** Bounds set by losses are restored if none of these was real. */
  @Test
  void aNeedlessRecoveryIsTakenBack() {
    path.queueLimit = 4 * path.bdp();
    path.run(3 * SECOND);
    while (bbr.state() != BbrState.PROBE_BW_UP) {
      path.run(MILLI);
    }
    path.run(path.rttNanos);
    int cwnd = bbr.cwnd();
    int bound = bbr.inflightLongTerm;
    bbr.onSegmentLost(MSS, cwnd, cwnd / 10, false);
    bbr.onCongestion(cwnd, cwnd, false, path.now);
    assertTrue(bbr.inflightLongTerm < BbrModel.NO_BOUND, "bounded");
    bbr.onSpurious();
    assertEquals(bound, bbr.inflightLongTerm);
    assertEquals(cwnd, bbr.cwnd());
    assertEquals(BbrState.PROBE_BW_UP, bbr.state());
  }

  @Test
  void takesAWindowOver() {
    bbr.takeOver(MSS, 40 * MILLI, 500 * MSS, 300 * MSS);
    assertEquals(500 * MSS, bbr.cwnd());
    assertEquals(Integer.MAX_VALUE, bbr.ssthresh());
    assertTrue(bbr.needsPacing());
    // 277 % of the window per round trip
    assertEquals(500.0 * MSS * 25 * 2.77, bbr.pacingRate(), 1_000_000);
    path.run(4 * SECOND);
    assertBandwidth(0.05);
    NewReno reno = new NewReno();
    reno.takeOver(MSS, 40 * MILLI, bbr.cwnd(), bbr.ssthresh());
    assertTrue(reno.ssthresh() < 4 * path.bdp(), "slow start is over");
  }
}
