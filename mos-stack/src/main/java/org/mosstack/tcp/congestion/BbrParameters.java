package org.mosstack.tcp.congestion;

/**
 * What BBR derives from its model: pacing rate and congestion window (section 5.6). A superclass of
 * {@link Bbr} for the same reason as {@link BbrModel}.
 */
public abstract sealed class BbrParameters extends BbrModel implements CongestionControl
    permits Bbr {
  /** MinPipeCwnd: keeps ACKs flowing even if only every second segment is acknowledged. */
  private static final int MIN_PIPE_SEGMENTS = 4;

  /** PacingMarginPercent: paces a little slower than the path, so that queues drain. */
  private static final int PACING_MARGIN_PERCENT = 1;

  /** Headroom left to other flows, in percent of the long-term bound. */
  private static final int HEADROOM_PERCENT = 15;

  /** Round-trip time assumed for the first pacing rate if none was measured. */
  private static final long DEFAULT_RTT_NANOS = 1_000_000;

  static final int MAX_CWND = LossBased.MAX_CWND;

  int mss;
  int cwnd;
  long pacingRate;
  BbrState state = BbrState.STARTUP;
  boolean rttSeen;

  final void initPacingRate(long srttNanos) {
    rttSeen = srttNanos != 0;
    double seconds = (rttSeen ? srttNanos : DEFAULT_RTT_NANOS) / NANOS_PER_SECOND;
    pacingRate = (long) (cwnd / seconds * BbrState.STARTUP.pacingGain / 100);
  }

  final void setPacingRate(int gain) {
    long rate = (long) (bw * (gain / 100.0) * (100 - PACING_MARGIN_PERCENT) / 100);
    if (rate > 0 && (fullBwReached || rate > pacingRate)) {
      pacingRate = rate;
    }
  }

  final void setCwnd(int acked) {
    long max = atLeastQuanta((long) bdp(bw, state.cwndGain) + extraAcked());
    long window = cwnd;
    if (fullBwReached) {
      window = Math.min(window + acked, max);
    } else if (window < max || delivered < InitialWindow.bytes(mss)) {
      window += acked;
    }
    window = Math.max(window, minPipe());
    if (state == BbrState.PROBE_RTT) {
      window = Math.min(window, probeRttCwnd());
    }
    cwnd = (int) Math.min(Math.min(window, boundOfModel()), MAX_CWND);
  }

  final int boundOfModel() {
    int bound =
        switch (state) {
          case STARTUP, DRAIN -> NO_BOUND;
          case PROBE_BW_DOWN, PROBE_BW_REFILL, PROBE_BW_UP -> inflightLongTerm;
          case PROBE_BW_CRUISE, PROBE_RTT -> inflightWithHeadroom();
        };
    return Math.max(Math.min(bound, inflightShortTerm), minPipe());
  }

  final int minPipe() {
    return MIN_PIPE_SEGMENTS * mss;
  }

  final int probeRttCwnd() {
    return Math.max(bdp(bw, BbrState.PROBE_RTT.cwndGain), minPipe());
  }

  final int targetInflight() {
    return Math.min(bdp(bw, 100), cwnd);
  }

  final int inflightWithHeadroom() {
    if (inflightLongTerm == NO_BOUND) {
      return NO_BOUND;
    }
    int headroom = Math.max(mss, (int) ((long) inflightLongTerm * HEADROOM_PERCENT / 100));
    return Math.max(inflightLongTerm - headroom, minPipe());
  }

  final long inflight(long rate, int gain) {
    return atLeastQuanta(bdp(rate, gain));
  }

  /** Bandwidth-delay product in bytes, times a gain. */
  final int bdp(long rate, int gain) {
    if (minRttNanos == 0) {
      return InitialWindow.bytes(mss);
    }
    return (int) Math.min(rate * (minRttNanos / NANOS_PER_SECOND) * gain / 100, MAX_CWND);
  }

  /** Leaves room for three paced bursts, and for what keeps ACKs coming. */
  final long atLeastQuanta(long bytes) {
    long most = Math.max(Math.max(bytes, 3L * pacingQuantum(mss)), minPipe());
    return state == BbrState.PROBE_BW_UP ? most + 2L * mss : most;
  }
}
