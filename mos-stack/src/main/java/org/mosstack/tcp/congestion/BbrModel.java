package org.mosstack.tcp.congestion;

/**
 * BBR's model of the path (draft-ietf-ccwg-bbr section 5.5): its rounds, bandwidth, round-trip
 * time, ACK aggregation, and the bounds that losses have shown. A superclass of {@link Bbr} rather
 * than an object of its own, because every connection has one. Rates are in bytes per second.
 */
public abstract sealed class BbrModel permits BbrParameters {
  /** A rate that bounds nothing. */
  static final long NO_RATE_BOUND = Long.MAX_VALUE;

  /** A volume that bounds nothing. */
  static final int NO_BOUND = Integer.MAX_VALUE;

  static final double NANOS_PER_SECOND = 1e9;

  /** LossThresh: losses that are tolerated, in percent of the bytes under way. */
  static final int LOSS_THRESH_PERCENT = 2;

  /** Beta: the least that remains of a bound after a round with losses. */
  static final double BETA = 0.7;

  /** MinRTTFilterLen. */
  private static final long MIN_RTT_FILTER_NANOS = 10_000_000_000L;

  /** ProbeRTTInterval. */
  private static final long PROBE_RTT_INTERVAL_NANOS = 5_000_000_000L;

  /** Rounds in each half of the extra_acked filter: BBRExtraAckedFilterLen is 10. */
  private static final int EXTRA_ACKED_ROUNDS = 5;

  /** Rounds without growth after which the pipe is full. */
  private static final int FULL_BW_ROUNDS = 3;

  private static final double FULL_BW_GROWTH = 1.25;

  // Rounds (section 5.5.1).
  private long nextRoundDelivered;
  boolean roundStart;

  /** Bytes delivered over the connection's lifetime. */
  long delivered;

  // Bandwidth: the maxima of this ProbeBW cycle and the previous one (section 5.5.2).
  private long maxBwThisCycle;
  private long maxBwLastCycle;

  /** The bandwidth in use: the lesser of the maximum and the short-term bound. */
  long bw;

  // Round-trip time (sections 5.3.4.3 and 5.5.7); 0 while unknown.
  long minRttNanos;
  private long minRttStamp;
  private long probeRttMinDelay;
  long probeRttMinStamp;
  boolean probeRttExpired;

  // The pipe is full when the rate stops growing (section 5.3.1.2).
  long fullBw;
  private int fullBwCount;
  boolean fullBwNow;
  boolean fullBwReached;

  // What the latest round delivered, and whether anything was lost (section 5.5.10.2).
  private long bwLatest;
  int inflightLatest;
  private long lossRoundDelivered;
  boolean lossRoundStart;
  boolean lossInRound;

  /** Whether the round's first loss came with the acknowledgment being processed. */
  private boolean lossRoundOpens;

  // Bounds.
  long bwShortTerm;
  int inflightShortTerm;
  int inflightLongTerm;

  // ACK aggregation (section 5.5.9): the maxima over the two halves of the filter's rounds.
  private long extraAckedStart;
  private long extraAckedDelivered;
  private int extraAckedNow;
  private int extraAckedBefore;
  private int extraAckedRounds;

  /** Forgets all but the handshake's round-trip time; 0 for none. */
  final void forget(long srttNanos) {
    nextRoundDelivered = 0;
    roundStart = false;
    delivered = 0;
    maxBwThisCycle = 0;
    maxBwLastCycle = 0;
    bw = 0;
    minRttNanos = srttNanos;
    minRttStamp = 0;
    probeRttMinDelay = srttNanos;
    probeRttMinStamp = 0;
    probeRttExpired = false;
    resetFullBw();
    fullBwReached = false;
    lossRoundDelivered = 0;
    lossRoundStart = false;
    lossRoundOpens = false;
    resetCongestionSignals();
    resetShortTerm();
    inflightLongTerm = NO_BOUND;
    extraAckedStart = 0;
    extraAckedDelivered = 0;
    extraAckedNow = 0;
    extraAckedBefore = 0;
    extraAckedRounds = 0;
  }

  /** Starts the clocks at the first acknowledgment. */
  final void startClocks(long now) {
    minRttStamp = now;
    probeRttMinStamp = now;
    extraAckedStart = now;
  }

  // ---- Rounds and bandwidth ----

  /** Starts a round, which ends when something sent from now on is acknowledged. */
  final void startRound() {
    nextRoundDelivered = delivered;
  }

  /** Whether this acknowledgment ends a round. */
  final boolean updateRound(AckSample ack) {
    roundStart = ack.priorDelivered >= nextRoundDelivered;
    if (roundStart) {
      startRound();
    }
    return roundStart;
  }

  final long maxBw() {
    return Math.max(maxBwThisCycle, maxBwLastCycle);
  }

  final void updateMaxBw(AckSample ack) {
    if (ack.deliveryRate >= maxBw() || !ack.rateAppLimited) {
      maxBwThisCycle = Math.max(maxBwThisCycle, ack.deliveryRate);
    }
  }

  /** Ends a ProbeBW cycle if it has a maximum, and forgets those of older cycles. */
  final void advanceMaxBwFilter() {
    if (maxBwThisCycle != 0) {
      maxBwLastCycle = maxBwThisCycle;
      maxBwThisCycle = 0;
    }
  }

  final void boundBw() {
    bw = Math.min(maxBw(), bwShortTerm);
  }

  // ---- Full pipe ----

  final void resetFullBw() {
    fullBw = 0;
    fullBwCount = 0;
    fullBwNow = false;
  }

  final void checkFullBw(AckSample ack) {
    if (fullBwNow || ack.rateAppLimited || ack.deliveryRate == 0) {
      return;
    }
    if (ack.deliveryRate >= fullBw * FULL_BW_GROWTH) {
      resetFullBw();
      fullBw = ack.deliveryRate;
    } else if (roundStart) {
      fullBwNow = ++fullBwCount >= FULL_BW_ROUNDS;
      fullBwReached |= fullBwNow;
    }
  }

  // ---- Round trip ----

  final void updateMinRtt(AckSample ack) {
    probeRttExpired = ack.now - probeRttMinStamp > PROBE_RTT_INTERVAL_NANOS;
    if (ack.rttNanos != 0
        && (probeRttMinDelay == 0 || ack.rttNanos < probeRttMinDelay || probeRttExpired)) {
      probeRttMinDelay = ack.rttNanos;
      probeRttMinStamp = ack.now;
    }
    boolean expired = ack.now - minRttStamp > MIN_RTT_FILTER_NANOS;
    if (probeRttMinDelay != 0 && (minRttNanos == 0 || probeRttMinDelay < minRttNanos || expired)) {
      minRttNanos = probeRttMinDelay;
      minRttStamp = probeRttMinStamp;
    }
  }

  // ---- Losses ----

  final void resetCongestionSignals() {
    lossInRound = false;
    bwLatest = 0;
    inflightLatest = 0;
  }

  final void resetShortTerm() {
    bwShortTerm = NO_RATE_BOUND;
    inflightShortTerm = NO_BOUND;
  }

  /**
   * Notes that something was lost, or met congestion.
   *
   * @return whether it is the first in this round
   */
  final boolean noteLoss() {
    boolean first = !lossInRound;
    if (first) {
      lossInRound = true;
      lossRoundDelivered = delivered;
      lossRoundOpens = true;
    }
    return first;
  }

  /** The first step of processing an acknowledgment. */
  final void updateLatest(AckSample ack) {
    if (lossRoundOpens) {
      lossRoundOpens = false;
      lossRoundDelivered = delivered;
    }
    lossRoundStart = false;
    bwLatest = Math.max(bwLatest, ack.deliveryRate);
    inflightLatest = Math.max(inflightLatest, deliveredSinceSent(ack));
    if (ack.priorDelivered >= lossRoundDelivered) {
      lossRoundDelivered = delivered;
      lossRoundStart = true;
    }
  }

  /** The last step of processing an acknowledgment. */
  final void advanceLatest(AckSample ack) {
    if (lossRoundStart) {
      bwLatest = ack.deliveryRate;
      inflightLatest = deliveredSinceSent(ack);
    }
  }

  private static int deliveredSinceSent(AckSample ack) {
    return Math.clamp(ack.totalDelivered - ack.priorDelivered, 0, NO_BOUND - 1);
  }

  /** A round with losses has ended: what it delivered is what the path can take now. */
  final void reduceShortTerm(int cwnd) {
    if (bwShortTerm == NO_RATE_BOUND) {
      bwShortTerm = maxBw();
    }
    if (inflightShortTerm == NO_BOUND) {
      inflightShortTerm = cwnd;
    }
    bwShortTerm = Math.max(bwLatest, (long) (BETA * bwShortTerm));
    inflightShortTerm = Math.max(inflightLatest, (int) (BETA * inflightShortTerm));
  }

  /** Whether more was lost since a segment was sent than the bytes then under way allow. */
  static boolean isTooHigh(int lost, int underWayWhenSent, boolean sackPermitted) {
    return lost > (long) underWayWhenSent * LOSS_THRESH_PERCENT / 100 || lost > 0 && !sackPermitted;
  }

  // ---- ACK aggregation ----

  final int extraAcked() {
    return Math.max(extraAckedNow, extraAckedBefore);
  }

  final void restartExtraAcked(long now) {
    extraAckedStart = now;
    extraAckedDelivered = 0;
  }

  final void updateExtraAcked(AckSample ack, int cwnd) {
    double expected = bw * ((ack.now - extraAckedStart) / NANOS_PER_SECOND);
    if (extraAckedDelivered <= expected) {
      restartExtraAcked(ack.now);
      expected = 0;
    }
    extraAckedDelivered += ack.delivered;
    int extra = (int) Math.min(extraAckedDelivered - expected, cwnd);
    // In Startup, one round is remembered, as the path's rate isn't known yet.
    if (roundStart && ++extraAckedRounds >= (fullBwReached ? EXTRA_ACKED_ROUNDS : 1)) {
      extraAckedRounds = 0;
      extraAckedBefore = fullBwReached ? extraAckedNow : 0;
      extraAckedNow = 0;
    }
    extraAckedNow = Math.max(extraAckedNow, extra);
  }
}
