package org.mosstack.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Duplicate ACKs, recovery and timeouts of RFC 5681 section 3.2 and RFC 6582, across the wrap. */
class LossRecoveryTest {
  private static final int MSS = 1000;
  private static final int ISS = -5000; // data wraps from 2^32 to 0
  private static final int FIRST = ISS + 1;

  private final LossRecovery recovery = new LossRecovery();
  private final NewReno reno = new NewReno();

  @BeforeEach
  void reset() {
    recovery.reset(ISS);
    reno.reset(MSS);
  }

  private LossRecovery.Action dup(int una, int max) {
    return recovery.onDuplicateAck(una, max, max - una, reno);
  }

  private LossRecovery.Action ack(int from, int to, int max) {
    return recovery.onNewAck(to, to - from, max - to, true, reno);
  }

  @Test
  void theThirdDuplicateStartsRecovery() {
    int max = FIRST + 10 * MSS;
    assertEquals(LossRecovery.Action.NONE, dup(FIRST, max));
    assertEquals(LossRecovery.Action.NONE, dup(FIRST, max));
    assertFalse(recovery.recovering());
    assertEquals(LossRecovery.Action.RETRANSMIT, dup(FIRST, max));
    assertTrue(recovery.recovering());
    assertEquals(5 * MSS, reno.ssthresh());
    assertEquals(8 * MSS, reno.cwnd());
    assertEquals(LossRecovery.Action.NONE, dup(FIRST, max), "once only");
    assertEquals(9 * MSS, reno.cwnd());
  }

  @Test
  void newDataStartsTheCountAnew() {
    int max = FIRST + 10 * MSS;
    dup(FIRST, max);
    dup(FIRST, max);
    ack(FIRST, FIRST + MSS, max);
    assertEquals(LossRecovery.Action.NONE, dup(FIRST + MSS, max));
    assertEquals(LossRecovery.Action.NONE, dup(FIRST + MSS, max));
    assertEquals(LossRecovery.Action.RETRANSMIT, dup(FIRST + MSS, max));
  }

  /** Two segments of a window lost: the partial ACK has the second one sent. */
  @Test
  void partialAndFullAck() {
    int max = FIRST + 10 * MSS;
    for (int i = 0; i < 3; i++) {
      dup(FIRST, max);
    }
    assertEquals(LossRecovery.Action.RETRANSMIT, ack(FIRST, FIRST + 4 * MSS, max + MSS));
    assertTrue(recovery.recovering());
    assertTrue(recovery.restartsTimer(), "the first partial ACK");
    assertEquals(LossRecovery.Action.RETRANSMIT, ack(FIRST + 4 * MSS, FIRST + 6 * MSS, max + MSS));
    assertFalse(recovery.restartsTimer(), "a later one");
    assertEquals(LossRecovery.Action.NONE, ack(FIRST + 6 * MSS, max, max + MSS));
    assertFalse(recovery.recovering());
    assertTrue(recovery.restartsTimer());
    assertEquals(2 * MSS, reno.cwnd(), "one segment in flight and one more");
  }

  /** RFC 6582 section 3.2 step 2: duplicates that our own retransmissions made. */
  @Test
  void duplicatesOfTheLastRecoveryStartNoOther() {
    int max = FIRST + 10 * MSS;
    for (int i = 0; i < 3; i++) {
      dup(FIRST, max);
    }
    ack(FIRST, max, max + 5 * MSS);
    assertFalse(recovery.recovering());
    for (int i = 0; i < 5; i++) {
      assertEquals(LossRecovery.Action.NONE, dup(max, max + 5 * MSS));
    }
    ack(max, max + MSS, max + 5 * MSS);
    for (int i = 0; i < 2; i++) {
      assertEquals(LossRecovery.Action.NONE, dup(max + MSS, max + 5 * MSS));
    }
    assertEquals(LossRecovery.Action.RETRANSMIT, dup(max + MSS, max + 5 * MSS));
  }

  /** RFC 6582 section 3.2 step 4; RFC 5681 section 3.1 for the second timeout. */
  @Test
  void timeout() {
    int max = FIRST + 10 * MSS;
    for (int i = 0; i < 3; i++) {
      dup(FIRST, max);
    }
    recovery.onTimeout(max, 10 * MSS, true, reno);
    assertFalse(recovery.recovering());
    assertEquals(MSS, reno.cwnd());
    assertEquals(5 * MSS, reno.ssthresh());
    recovery.onTimeout(max, MSS, false, reno);
    assertEquals(5 * MSS, reno.ssthresh(), "not lowered again for the same segment");
    for (int i = 0; i < 4; i++) {
      assertEquals(LossRecovery.Action.NONE, dup(FIRST + MSS, max), "sent before the timeout");
    }
    assertEquals(LossRecovery.Action.NONE, ack(FIRST, FIRST + MSS, max));
    assertEquals(2 * MSS, reno.cwnd(), "slow start");
  }

  @Test
  void outsideRecoveryTheWindowGrows() {
    assertEquals(LossRecovery.Action.NONE, ack(FIRST, FIRST + MSS, FIRST + 10 * MSS));
    assertEquals(11 * MSS, reno.cwnd());
    assertTrue(recovery.restartsTimer());
    assertTrue(recovery.restartsTimer());
  }
}
