package org.mosstack.tcp.congestion;

/**
 * What Reno and CUBIC have in common: slow start, one decrease per window, proportional rate
 * reduction during recovery (RFC 9937), congestion window validation (RFC 7661), and undoing a
 * spurious decrease.
 */
public abstract sealed class LossBased implements CongestionControl permits NewReno, Cubic {
  /** As large as the largest receive window (RFC 7323 section 2.3); keeps sums from overflowing. */
  static final int MAX_CWND = 1 << 30;

  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  /** Pacing rate in percent of cwnd / srtt: room to double the window in a round trip. */
  private static final int SLOW_START_PACING_PERCENT = 200;

  /** The same in congestion avoidance: ahead of the ACK clock, so that pacing isn't the limit. */
  private static final int AVOIDANCE_PACING_PERCENT = 120;

  /**
   * Most segments by which one acknowledgment grows the window while data from before a timeout is
   * outstanding to a peer without SACK: it may acknowledge much that had arrived before (RFC 3465
   * section 2.3).
   */
  private static final int L_AFTER_TIMEOUT = 1;

  /** The same in conservative slow start (RFC 9406 section 4.2). */
  private static final int L_CONSERVATIVE = 8;

  int mss;
  int cwnd;
  int ssthresh;
  private long srttNanos;

  /** Whether {@link #hyStart} ends the first slow start before something is lost. */
  private final boolean usesHyStart;

  /** Created when the window first grows: idle and short connections do without. */
  private HyStart hyStart;

  /** Whether {@link #hyStart} is consulted: until something is lost, or it has ended slow start. */
  private boolean firstSlowStart;

  /** Whether data from before a timeout was outstanding up to the acknowledgment at hand. */
  private boolean afterTimeout;

  /** Whether that ends with this acknowledgment. */
  private boolean afterTimeoutEnds;

  // RFC 9937 section 6.
  private boolean reducing;
  private int recoverFlightSize;
  private int prrDelivered;
  private int prrOut;

  /** The window before the last reduction; 0 if there is none to undo. */
  private int undoCwnd;

  private int undoSsthresh;

  LossBased(boolean usesHyStart) {
    this.usesHyStart = usesHyStart;
  }

  /** Adds to {@link #cwnd} in congestion avoidance. */
  abstract void avoid(AckSample ack);

  /**
   * Returns what is left of a window after congestion.
   *
   * @param window the lesser of cwnd and FlightSize
   */
  abstract int reduced(int window, boolean echoed);

  /** Saves what {@link #restore} needs. */
  abstract void save();

  /** Undoes the last {@link #reduced}. */
  abstract void restore();

  /** Makes congestion avoidance, when it comes, start over. */
  abstract void restart();

  /** The same after a timeout. */
  abstract void restartAfterTimeout();

  /** The window wasn't used up from the last call of this or {@link #avoid} until now. */
  abstract void unused(long now);

  /** Forgets the path. */
  abstract void forget();

  @Override
  public final void reset(int mss, long srttNanos) {
    takeOver(mss, srttNanos, InitialWindow.bytes(mss), Integer.MAX_VALUE);
  }

  @Override
  public final void takeOver(int mss, long srttNanos, int cwnd, int ssthresh) {
    this.mss = mss;
    this.srttNanos = srttNanos;
    this.cwnd = Math.clamp(cwnd, mss, MAX_CWND);
    this.ssthresh = ssthresh;
    firstSlowStart = usesHyStart && ssthresh == Integer.MAX_VALUE;
    if (hyStart != null) {
      hyStart.reset();
    }
    reducing = false;
    afterTimeout = false;
    afterTimeoutEnds = false;
    undoCwnd = 0;
    forget();
  }

  @Override
  public final void onHandshakeTimeout() {
    cwnd = mss;
  }

  @Override
  public final void mss(int mss) {
    this.mss = mss;
    cwnd = Math.max(cwnd, mss);
    ssthresh = Math.max(ssthresh, 2 * mss); // RFC 5681 equation (4), also when segments grow
  }

  @Override
  public final void dragMarkers(int sndUna) {
    if (hyStart != null) {
      hyStart.dragMarkers(sndUna);
    }
  }

  @Override
  public final int cwnd() {
    return cwnd;
  }

  @Override
  public final int ssthresh() {
    return ssthresh;
  }

  @Override
  public final long pacingRate() {
    if (srttNanos == 0) {
      return 0;
    }
    int percent = cwnd < ssthresh / 2 ? SLOW_START_PACING_PERCENT : AVOIDANCE_PACING_PERCENT;
    return Math.max(1, (long) ((double) cwnd * percent / 100 * NANOS_PER_SECOND / srttNanos));
  }

  @Override
  public final boolean needsPacing() {
    return false;
  }

  @Override
  public final boolean usesDeliveryRate() {
    return false;
  }

  @Override
  public final boolean holdsBack() {
    return false;
  }

  // ---- Growth ----

  @Override
  public final void onAck(AckSample ack) {
    if (ack.srttNanos != 0) {
      srttNanos = ack.srttNanos;
    }
    if (reducing) {
      reduceProportionally(ack);
    } else if (ack.acked > 0 && !ack.endsRecovery) {
      if (cwnd < ssthresh) {
        slowStart(ack);
      } else if (ack.windowLimited) {
        avoid(ack);
        cwnd = Math.min(cwnd, MAX_CWND);
      } else {
        unused(ack.now);
      }
    }
    if (afterTimeoutEnds) {
      afterTimeout = false;
      afterTimeoutEnds = false;
    }
  }

  /** RFC 5681 section 3.1, counted in bytes; RFC 9406 in a connection's first slow start. */
  private void slowStart(AckSample ack) {
    // Up to twice what was used, a window needn't be used up to grow.
    if (!ack.windowLimited && ack.underWayWhenSent <= cwnd / 2) {
      return;
    }
    if (firstSlowStart) {
      if (hyStart == null) {
        hyStart = new HyStart();
      }
      hyStart.onAck(ack);
    }
    cwnd = Math.min(cwnd + Math.min(slowStartGrowth(ack), MAX_CWND - cwnd), ssthresh);
    if (firstSlowStart && hyStart.isOver()) {
      ssthresh = cwnd;
      firstSlowStart = false;
    }
  }

  /**
   * All that was acknowledged, as on Linux: a receiver that coalesces segments (GRO) acknowledges
   * dozens at a time, and a bound per ACK would slow slow start down by as much.
   */
  private int slowStartGrowth(AckSample ack) {
    if (firstSlowStart && hyStart.isConservative()) {
      return hyStart.growth(Math.min(ack.acked, L_CONSERVATIVE * mss));
    }
    if (!afterTimeout) {
      return ack.acked;
    }
    return Math.min(ack.acked, ack.sackPermitted ? ack.delivered : L_AFTER_TIMEOUT * mss);
  }

  // ---- Reduction ----

  /** RFC 9937 section 6.2. */
  private void reduceProportionally(AckSample ack) {
    prrDelivered += ack.delivered;
    int send;
    if (ack.underWay > ssthresh) {
      long share = (long) prrDelivered * ssthresh + recoverFlightSize - 1;
      send = (int) (share / recoverFlightSize) - prrOut;
    } else {
      // As much as was delivered (PRR-CRB), plus a segment while that goes well (PRR-SSRB).
      send = Math.max(prrDelivered - prrOut, ack.delivered);
      if (ack.acked > 0 && ack.lost == 0) {
        send += mss;
      }
      send = Math.min(ssthresh - ack.underWay, send);
    }
    // The segment whose loss began the recovery is retransmitted at once.
    int least = prrOut == 0 ? mss : 0;
    cwnd = Math.max(ack.underWay + Math.max(send, least), mss);
  }

  @Override
  public final void onSentInRecovery(int bytes) {
    prrOut += bytes;
  }

  @Override
  public final void onSegmentLost(
      int bytes, int underWayWhenSent, int lostSince, boolean appLimited) {
    // one loss says as much as many; see onCongestion
  }

  @Override
  public final void onCongestion(int flightSize, int underWay, boolean echoed, long now) {
    keepForUndo();
    ssthresh = Math.max(reduced(Math.min(cwnd, flightSize), echoed), 2 * mss);
    firstSlowStart = false;
    reducing = true;
    recoverFlightSize = Math.max(underWay, mss);
    prrDelivered = 0;
    prrOut = 0;
  }

  /**
   * The window is now the threshold. After heavy loss, what isn't used of it comes back by slow
   * start, as there are no ACKs to clock out a burst (RFC 6582 section 3.2, step 3).
   */
  @Override
  public final void onRecovered(int underWay) {
    if (reducing) {
      reducing = false;
      cwnd = Math.min(ssthresh, underWay + InitialWindow.bytes(mss));
      restart();
    }
    afterTimeoutEnds = afterTimeout;
  }

  @Override
  public final void onTimeout(int flightSize, long now) {
    if (reducing) {
      // This window was already reduced; RFC 5681 equation (4) only sets an upper bound.
      reducing = false;
    } else {
      keepForUndo();
      ssthresh = Math.max(reduced(Math.min(cwnd, flightSize), false), 2 * mss);
    }
    firstSlowStart = false;
    afterTimeout = true;
    afterTimeoutEnds = false;
    cwnd = mss;
    restartAfterTimeout();
  }

  private void keepForUndo() {
    undoCwnd = cwnd;
    undoSsthresh = ssthresh;
    save();
  }

  @Override
  public final void onSpurious() {
    reducing = false;
    afterTimeout = false;
    if (undoCwnd != 0) {
      cwnd = Math.max(cwnd, undoCwnd);
      ssthresh = Math.max(ssthresh, undoSsthresh);
      undoCwnd = 0;
      restore();
    }
  }

  /** RFC 5681 section 4.1; the threshold remembers the way back (RFC 7661 section 4.4.3). */
  @Override
  public final void onRestart(long idleNanos, long rtoNanos, long now) {
    int restartWindow = InitialWindow.bytes(mss);
    if (idleNanos > rtoNanos && cwnd > restartWindow) {
      if (ssthresh != Integer.MAX_VALUE) {
        ssthresh = Math.max(ssthresh, cwnd - cwnd / 4);
      }
      cwnd = restartWindow;
      restart();
    }
    unused(now);
  }
}
