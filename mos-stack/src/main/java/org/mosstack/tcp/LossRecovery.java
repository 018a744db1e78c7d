package org.mosstack.tcp;

/**
 * Loss detection by duplicate ACKs and the NewReno recovery that follows (RFC 5681 section 3.2, RFC
 * 6582): counts, and says when a segment is to be sent again. State of one connection.
 */
final class LossRecovery {
  /** Duplicate ACKs that stand for a loss (RFC 5681 section 3.2). */
  static final int DUP_ACK_THRESHOLD = 3;

  /** What an acknowledgment asks for. */
  enum Action {
    NONE,
    /** Send the first unacknowledged segment again. */
    RETRANSMIT
  }

  private int dupAcks;
  private boolean recovering;
  private boolean firstPartialAckSeen;

  /** SND.MAX when the last recovery or timeout began; at first the ISS. */
  private int recover;

  void reset(int iss) {
    dupAcks = 0;
    recovering = false;
    firstPartialAckSeen = false;
    recover = iss;
  }

  boolean recovering() {
    return recovering;
  }

  /** Duplicate ACKs since the last new one. */
  int duplicateAcks() {
    return dupAcks;
  }

  /** A duplicate ACK for {@code sndUna} came. */
  Action onDuplicateAck(int sndUna, int sndMax, int flight, CongestionControl congestion) {
    dupAcks++;
    if (recovering) {
      congestion.onDuplicateAck();
      return Action.NONE;
    }
    // RFC 6582 section 3.2 step 2: duplicate ACKs for what was sent before the last recovery or
    // timeout ended may come from our own retransmissions.
    if (dupAcks != DUP_ACK_THRESHOLD || Seq.leq(sndUna, recover)) {
      return Action.NONE;
    }
    recovering = true;
    firstPartialAckSeen = false;
    recover = sndMax;
    congestion.onEnterRecovery(flight);
    return Action.RETRANSMIT;
  }

  /**
   * {@code acked} new bytes up to {@code ack} were acknowledged.
   *
   * @param flight bytes outstanding after it
   * @return whether the next hole is to be sent again
   */
  Action onNewAck(
      int ack, int acked, int flight, boolean windowLimited, CongestionControl congestion) {
    dupAcks = 0;
    if (!recovering) {
      congestion.onAck(acked, windowLimited);
      return Action.NONE;
    }
    if (Seq.geq(ack, recover)) {
      recovering = false;
      congestion.onExitRecovery(flight);
      return Action.NONE;
    }
    congestion.onPartialAck(acked);
    return Action.RETRANSMIT;
  }

  /** Whether a partial ACK restarts the timer: only the first of a recovery (RFC 6582, step 3). */
  boolean restartsTimer() {
    if (!recovering) {
      return true;
    }
    boolean first = !firstPartialAckSeen;
    firstPartialAckSeen = true;
    return first;
  }

  /** The retransmission timer expired (RFC 6582 section 3.2 step 4). */
  void onTimeout(int sndMax, int flight, boolean first, CongestionControl congestion) {
    if (first) {
      congestion.onTimeout(flight); // RFC 5681 equation 4: not again for the same segment
    }
    recovering = false;
    dupAcks = 0;
    recover = sndMax;
  }
}
