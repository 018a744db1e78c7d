package org.mosstack.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The windows of RFC 5681, 6582, 6928 and 3465. */
class NewRenoTest {
  private static final int MSS = 1000;

  private final NewReno reno = new NewReno();

  @BeforeEach
  void reset() {
    reno.reset(MSS);
  }

  private static int initialWindow(int mss) {
    NewReno reno = new NewReno();
    reno.reset(mss);
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

  /** RFC 5681 section 3.1, counted in bytes with L = 2 (RFC 3465). */
  @Test
  void slowStartGrowsByWhatWasAcknowledged() {
    reno.onAck(MSS, true);
    assertEquals(11 * MSS, reno.cwnd());
    reno.onAck(10, true);
    assertEquals(11 * MSS + 10, reno.cwnd());
    reno.onAck(5 * MSS, true);
    assertEquals(13 * MSS + 10, reno.cwnd());
  }

  @Test
  void anUnusedWindowDoesNotGrow() {
    reno.onAck(2 * MSS, false);
    assertEquals(10 * MSS, reno.cwnd());
  }

  /** RFC 5681 section 3.1: one segment for each window that was acknowledged. */
  @Test
  void congestionAvoidanceGrowsByASegmentARoundTrip() {
    reno.onEnterRecovery(20 * MSS);
    reno.onExitRecovery(20 * MSS);
    assertEquals(10 * MSS, reno.cwnd());
    for (int window = 10; window < 30; window++) {
      for (int i = 0; i < window; i++) {
        assertEquals(window * MSS, reno.cwnd());
        reno.onAck(MSS, true);
      }
    }
    assertEquals(30 * MSS, reno.cwnd());
  }

  /** RFC 5681 section 3.2, steps 2 to 4; RFC 6582 section 3.2, step 3 for the full ACK. */
  @Test
  void fastRecovery() {
    reno.onEnterRecovery(8 * MSS);
    assertEquals(4 * MSS, reno.ssthresh());
    assertEquals(7 * MSS, reno.cwnd());
    reno.onDuplicateAck();
    reno.onDuplicateAck();
    assertEquals(9 * MSS, reno.cwnd());
    reno.onExitRecovery(6 * MSS);
    assertEquals(4 * MSS, reno.cwnd());
  }

  /** RFC 6582 section 3.2 step 3, the first of its two ways: no burst after recovery. */
  @Test
  void littleInFlightAtTheEndGivesLittleWindow() {
    reno.onEnterRecovery(20 * MSS);
    reno.onExitRecovery(2 * MSS);
    assertEquals(3 * MSS, reno.cwnd());
    reno.onEnterRecovery(20 * MSS);
    reno.onExitRecovery(0);
    assertEquals(2 * MSS, reno.cwnd());
  }

  /** RFC 6582 section 3.2 step 3: deflate, and one segment back if a full one was acknowledged. */
  @Test
  void partialAck() {
    reno.onEnterRecovery(10 * MSS);
    assertEquals(8 * MSS, reno.cwnd());
    reno.onPartialAck(3 * MSS);
    assertEquals(6 * MSS, reno.cwnd());
    reno.onPartialAck(400);
    assertEquals(6 * MSS - 400, reno.cwnd());
    reno.onPartialAck(50 * MSS);
    assertEquals(2 * MSS, reno.cwnd());
  }

  /** RFC 5681 section 3.1, equation 4. */
  @Test
  void timeout() {
    reno.onTimeout(12 * MSS);
    assertEquals(MSS, reno.cwnd());
    assertEquals(6 * MSS, reno.ssthresh());
    for (int i = 0; i < 5; i++) {
      reno.onAck(MSS, true);
    }
    assertEquals(6 * MSS, reno.cwnd());
    reno.onAck(MSS, true);
    assertEquals(6 * MSS, reno.cwnd(), "congestion avoidance from ssthresh on");
  }

  @Test
  void thresholdIsTwoSegmentsAtLeast() {
    reno.onTimeout(MSS);
    assertEquals(2 * MSS, reno.ssthresh());
    reno.onEnterRecovery(0);
    assertEquals(2 * MSS, reno.ssthresh());
  }

  /** RFC 5681 section 4.1. */
  @Test
  void idleRestartsWithTheInitialWindowAtMost() {
    for (int i = 0; i < 50; i++) {
      reno.onAck(2 * MSS, true);
    }
    reno.onIdle();
    assertEquals(10 * MSS, reno.cwnd());
    reno.onTimeout(4 * MSS);
    reno.onIdle();
    assertEquals(MSS, reno.cwnd());
  }

  @Test
  void neverOverflows() {
    for (int i = 0; i < 2_000_000; i++) {
      reno.onAck(2 * MSS, true);
      reno.onDuplicateAck();
    }
    assertEquals(1 << 30, reno.cwnd());
  }

  @Test
  void takesOverFromAnotherControl() {
    NewReno reno = new NewReno();
    reno.takeOver(1000, 30_000, 20_000);
    assertEquals(30_000, reno.cwnd());
    assertEquals(20_000, reno.ssthresh());
    reno.onAck(30_000, true); // above the threshold: a segment per window
    assertEquals(31_000, reno.cwnd());
  }
}
