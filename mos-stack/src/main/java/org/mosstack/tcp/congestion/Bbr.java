package org.mosstack.tcp.congestion;

/**
 * BBR version 3 (draft-ietf-ccwg-bbr): sends at the rate at which the path delivers, with about
 * twice the bandwidth-delay product in flight, and probes from time to time for more bandwidth and
 * a shorter round-trip time. Needs pacing. Gains are in percent.
 */
public final class Bbr extends BbrParameters {
  /** What acknowledgments report on, one round trip behind the states. */
  private enum AckPhase {
    OTHER,
    REFILLING,
    PROBE_STARTING,
    PROBE_FEEDBACK,
    PROBE_STOPPING
  }

  private static final long PROBE_RTT_DURATION_NANOS = 200_000_000;
  private static final long PROBE_WAIT_BASE_NANOS = 2_000_000_000;
  private static final long PROBE_WAIT_RANDOM_NANOS = 1_000_000_000;

  /** Most rounds between probes: as often as a Reno flow with that window would see a loss. */
  private static final int RENO_ROUNDS = 63;

  /** BBRStartupFullLossCnt. */
  private static final int STARTUP_FULL_LOSSES = 6;

  private static final int MAX_UP_ROUNDS = 30;

  private int priorCwnd;
  private AckPhase ackPhase = AckPhase.OTHER;
  private boolean started;

  /** Whether recovery is in progress, after a loss or a timeout. */
  private boolean recovering;

  private boolean idleRestart;

  // ProbeBW.
  private long cycleStamp;
  private long probeWaitNanos;
  private int roundsSinceProbe;
  private int upRounds;
  private int upAcked;

  /** Bytes to be acknowledged per byte by which the long-term bound rises. */
  private int upCount;

  /** Whether losses of a bandwidth probe are still to be reacted to. */
  private boolean probeSamples;

  /** Whether such losses failed the probe, which the next acknowledgment then ends. */
  private boolean probeFailed;

  /** Acknowledgments that showed losses in this round of Startup. */
  private int lossEvents;

  // ProbeRTT.
  private long probeRttDoneStamp;
  private boolean probeRttRoundDone;

  // What to restore after a spurious recovery.
  private BbrState undoState = BbrState.STARTUP;
  private long undoBwShortTerm;
  private int undoInflightShortTerm;
  private int undoInflightLongTerm;

  @Override
  public void reset(int mss, long srttNanos) {
    takeOver(mss, srttNanos, InitialWindow.bytes(mss), NO_BOUND);
  }

  /** The other control's window doesn't reveal the model: starts up from that window. */
  @Override
  public void takeOver(int mss, long srttNanos, int cwnd, int ssthresh) {
    this.mss = mss;
    this.cwnd = Math.clamp(cwnd, mss, MAX_CWND);
    priorCwnd = 0;
    state = BbrState.STARTUP;
    ackPhase = AckPhase.OTHER;
    started = false;
    recovering = false;
    idleRestart = false;
    probeSamples = false;
    probeFailed = false;
    lossEvents = 0;
    probeRttDoneStamp = 0;
    forget(srttNanos);
    initPacingRate(srttNanos);
    saveForUndo();
  }

  @Override
  public void onHandshakeTimeout() {
    cwnd = mss;
  }

  @Override
  public void mss(int mss) {
    this.mss = mss;
    cwnd = Math.max(cwnd, mss);
  }

  @Override
  public void dragMarkers(int sndUna) {
    // rounds are counted by bytes delivered, in 64 bits
  }

  @Override
  public int cwnd() {
    return cwnd;
  }

  /** BBR has none; once the pipe is full, the window is what another control can continue with. */
  @Override
  public int ssthresh() {
    return fullBwReached ? Math.max(cwnd, priorCwnd) : NO_BOUND;
  }

  @Override
  public long pacingRate() {
    return pacingRate;
  }

  @Override
  public boolean needsPacing() {
    return true;
  }

  @Override
  public boolean usesDeliveryRate() {
    return true;
  }

  @Override
  public boolean holdsBack() {
    return state == BbrState.PROBE_RTT;
  }

  BbrState state() {
    return state;
  }

  // ---- Acknowledgments (section 5.2.3) ----

  @Override
  public void onAck(AckSample ack) {
    if (ack.delivered == 0) {
      return;
    }
    if (!started) {
      started = true;
      startClocks(ack.now);
    }
    if (!rttSeen && ack.srttNanos != 0) {
      initPacingRate(ack.srttNanos);
    }
    delivered = ack.totalDelivered;
    updateModel(ack);
    setPacingRate(state.pacingGain);
    setCwnd(ack.delivered);
  }

  private void updateModel(AckSample ack) {
    updateLatest(ack);
    if (updateRound(ack)) {
      roundsSinceProbe++;
    }
    updateMaxBw(ack);
    adaptShortTerm();
    updateExtraAcked(ack, cwnd);
    checkFullBw(ack);
    checkStartupLosses(ack);
    if (state == BbrState.STARTUP && fullBwReached) {
      state = BbrState.DRAIN;
    }
    if (state == BbrState.DRAIN && ack.underWay <= inflight(maxBw(), 100)) {
      startDown(ack);
    }
    if (fullBwReached) {
      updateProbeBw(ack);
    }
    updateMinRtt(ack);
    checkProbeRtt(ack);
    advanceLatest(ack);
    boundBw();
  }

  private void adaptShortTerm() {
    if (lossRoundStart) {
      if (lossInRound && !state.isProbing()) {
        reduceShortTerm(Math.max(cwnd, recovering ? priorCwnd : 0));
      }
      lossInRound = false;
    }
  }

  /** Section 5.3.1.3. */
  private void checkStartupLosses(AckSample ack) {
    if (fullBwReached) {
      return;
    }
    if (ack.lost > 0) {
      lossEvents++;
    }
    boolean many = lossRoundStart && lossEvents >= STARTUP_FULL_LOSSES;
    boolean any = !ack.sackPermitted && ack.lost > 0;
    if (recovering
        && (many || any)
        && isTooHigh(ack.lostSinceSent, ack.underWayWhenSent, ack.sackPermitted)) {
      fullBwReached = true;
      inflightLongTerm = Math.max(bdp(maxBw(), 100), inflightLatest);
    }
    if (lossRoundStart) {
      lossEvents = 0;
    }
  }

  // ---- ProbeBW (section 5.3.3) ----

  private void updateProbeBw(AckSample ack) {
    if (probeFailed) {
      probeFailed = false;
      if (state == BbrState.PROBE_BW_UP) {
        startDown(ack);
      }
    }
    adaptLongTerm(ack);
    switch (state) {
      case PROBE_BW_DOWN -> {
        if (isTimeToProbe(ack.now)) {
          startRefill();
        } else if (isTimeToCruise(ack)) {
          state = BbrState.PROBE_BW_CRUISE;
        }
      }
      case PROBE_BW_CRUISE -> {
        if (isTimeToProbe(ack.now)) {
          startRefill();
        }
      }
      case PROBE_BW_REFILL -> {
        if (roundStart) {
          startUp(ack.deliveryRate);
        }
      }
      case PROBE_BW_UP -> {
        if (isTimeToGoDown(ack)) {
          startDown(ack);
        }
      }
      case STARTUP, DRAIN, PROBE_RTT -> {
        // they end elsewhere
      }
    }
  }

  private void adaptLongTerm(AckSample ack) {
    if (roundStart && ackPhase == AckPhase.PROBE_STARTING) {
      ackPhase = AckPhase.PROBE_FEEDBACK;
    } else if (roundStart && ackPhase == AckPhase.PROBE_STOPPING) {
      // The last acknowledgments of the probe have arrived.
      probeSamples = false;
      ackPhase = AckPhase.OTHER;
      if (state.isProbeBw() && !ack.rateAppLimited) {
        advanceMaxBwFilter();
      }
    }
    if (inflightLongTerm == NO_BOUND
        || isTooHigh(ack.lostSinceSent, ack.underWayWhenSent, ack.sackPermitted)) {
      return;
    }
    inflightLongTerm = Math.max(inflightLongTerm, ack.underWayWhenSent);
    if (state == BbrState.PROBE_BW_UP) {
      raiseLongTerm(ack);
    }
  }

  private void raiseLongTerm(AckSample ack) {
    if (!ack.windowLimited || cwnd < inflightLongTerm) {
      return;
    }
    upAcked += ack.delivered;
    if (upAcked >= upCount) {
      int growth = upAcked / upCount;
      upAcked -= growth * upCount;
      inflightLongTerm = (int) Math.min((long) inflightLongTerm + growth, MAX_CWND);
    }
    if (roundStart) {
      raiseSlope();
    }
  }

  /** By one segment in the first round, two in the next, then four, and so on. */
  private void raiseSlope() {
    long growth = (long) mss << upRounds;
    upRounds = Math.min(upRounds + 1, MAX_UP_ROUNDS);
    upCount = (int) Math.max(cwnd / growth, 1);
  }

  private boolean isTimeToProbe(long now) {
    int renoRounds = Math.min(targetInflight() / mss, RENO_ROUNDS);
    return now - cycleStamp > probeWaitNanos || roundsSinceProbe >= renoRounds;
  }

  private boolean isTimeToCruise(AckSample ack) {
    return ack.underWay <= inflightWithHeadroom() && ack.underWay <= inflight(maxBw(), 100);
  }

  private boolean isTimeToGoDown(AckSample ack) {
    if (ack.windowLimited && cwnd >= inflightLongTerm) {
      resetFullBw(); // the bound hides what the path could do
      fullBw = ack.deliveryRate;
      return false;
    }
    return fullBwNow;
  }

  private void startDown(AckSample ack) {
    startDown(ack.now, ack.sndUna);
  }

  private void startDown(long now, int salt) {
    resetCongestionSignals();
    upCount = NO_BOUND;
    pickProbeWait(now, salt);
    cycleStamp = now;
    ackPhase = AckPhase.PROBE_STOPPING;
    startRound();
    state = BbrState.PROBE_BW_DOWN;
  }

  /**
   * Makes flows that share a path probe at different times. Their initial sequence numbers come
   * from the stack's random numbers: nothing else is needed to tell them apart.
   */
  private void pickProbeWait(long now, int salt) {
    long random = (now ^ (long) salt << Integer.SIZE ^ delivered) * 0x9E3779B97F4A7C15L;
    random ^= random >>> 32;
    random *= 0xD6E8FEB86659FD93L;
    random ^= random >>> 32;
    roundsSinceProbe = (int) (random & 1);
    probeWaitNanos = PROBE_WAIT_BASE_NANOS + Math.floorMod(random >>> 1, PROBE_WAIT_RANDOM_NANOS);
  }

  private void startRefill() {
    resetShortTerm();
    upRounds = 0;
    upAcked = 0;
    ackPhase = AckPhase.REFILLING;
    startRound();
    state = BbrState.PROBE_BW_REFILL;
  }

  private void startUp(long rate) {
    probeSamples = true;
    ackPhase = AckPhase.PROBE_STARTING;
    startRound();
    resetFullBw();
    fullBw = rate;
    state = BbrState.PROBE_BW_UP;
    raiseSlope();
  }

  // ---- ProbeRTT (section 5.3.4) ----

  private void checkProbeRtt(AckSample ack) {
    if (state != BbrState.PROBE_RTT && probeRttExpired && !idleRestart) {
      saveCwnd();
      state = BbrState.PROBE_RTT;
      probeRttDoneStamp = 0;
      ackPhase = AckPhase.PROBE_STOPPING;
      startRound();
    }
    if (state == BbrState.PROBE_RTT) {
      handleProbeRtt(ack);
    }
    idleRestart = false;
  }

  private void handleProbeRtt(AckSample ack) {
    if (probeRttDoneStamp == 0) {
      if (ack.underWay <= probeRttCwnd()) {
        probeRttDoneStamp = ack.now + PROBE_RTT_DURATION_NANOS;
        probeRttRoundDone = false;
        startRound();
      }
      return;
    }
    probeRttRoundDone |= roundStart;
    if (probeRttRoundDone) {
      endProbeRttIfDue(ack.now, ack.sndUna);
    }
  }

  private void endProbeRttIfDue(long now, int salt) {
    if (probeRttDoneStamp == 0 || now - probeRttDoneStamp <= 0) {
      return;
    }
    probeRttMinStamp = now;
    restoreCwnd();
    resetShortTerm();
    if (fullBwReached) {
      startDown(now, salt);
      state = BbrState.PROBE_BW_CRUISE; // nothing is left to drain
    } else {
      state = BbrState.STARTUP;
    }
  }

  // ---- Losses (sections 5.5.10 and 5.5.11) ----

  @Override
  public void onSegmentLost(int bytes, int underWayWhenSent, int lostSince, boolean appLimited) {
    if (noteLoss()) {
      saveForUndo();
    }
    if (probeSamples && isTooHigh(lostSince, underWayWhenSent, true)) {
      onTooMuchInFlight(inflightAtLoss(bytes, underWayWhenSent, lostSince), appLimited);
    }
  }

  /** Bytes under way at the point within this segment where losses crossed the threshold. */
  private static int inflightAtLoss(int bytes, int underWayWhenSent, int lostSince) {
    int inflightBefore = underWayWhenSent - bytes;
    int lostBefore = lostSince - bytes;
    double lostPart =
        (inflightBefore * (LOSS_THRESH_PERCENT / 100.0) - lostBefore)
            / (1 - LOSS_THRESH_PERCENT / 100.0);
    return (int) (inflightBefore + lostPart);
  }

  private void onTooMuchInFlight(int inflight, boolean appLimited) {
    probeSamples = false; // once per probe
    if (!appLimited) {
      inflightLongTerm = Math.max(inflight, (int) (targetInflight() * BETA));
    }
    probeFailed = true;
  }

  /** Treats an echo of congestion like a loss; the draft leaves this open. */
  @Override
  public void onCongestion(int flightSize, int underWay, boolean echoed, long now) {
    saveCwnd();
    recovering = true;
    if (echoed) {
      if (noteLoss()) {
        saveForUndo();
      }
      if (probeSamples) {
        onTooMuchInFlight(underWay, false);
      }
    }
  }

  @Override
  public void onSentInRecovery(int bytes) {
    // the model bounds what is sent
  }

  @Override
  public void onRecovered(int underWay) {
    recovering = false;
    restoreCwnd();
  }

  @Override
  public void onTimeout(int flightSize, long now) {
    saveCwnd();
    recovering = true;
    cwnd = mss;
  }

  @Override
  public void onSpurious() {
    recovering = false;
    restoreCwnd();
    lossInRound = false;
    probeFailed = false;
    resetFullBw();
    bwShortTerm = Math.max(bwShortTerm, undoBwShortTerm);
    inflightShortTerm = Math.max(inflightShortTerm, undoInflightShortTerm);
    inflightLongTerm = Math.max(inflightLongTerm, undoInflightLongTerm);
    if (state != BbrState.PROBE_RTT && state != undoState) {
      if (undoState == BbrState.STARTUP) {
        state = BbrState.STARTUP;
      } else if (undoState == BbrState.PROBE_BW_UP) {
        startUp(0);
      }
    }
  }

  private void saveForUndo() {
    undoState = state;
    undoBwShortTerm = bwShortTerm;
    undoInflightShortTerm = inflightShortTerm;
    undoInflightLongTerm = inflightLongTerm;
  }

  private void saveCwnd() {
    boolean good = !recovering && state != BbrState.PROBE_RTT;
    priorCwnd = good ? cwnd : Math.max(priorCwnd, cwnd);
  }

  private void restoreCwnd() {
    cwnd = Math.max(cwnd, priorCwnd);
  }

  // ---- Restart from idle (section 5.4) ----

  @Override
  public void onRestart(long idleNanos, long rtoNanos, long now) {
    idleRestart = true;
    restartExtraAcked(now);
    if (state.isProbeBw()) {
      setPacingRate(100);
    } else if (state == BbrState.PROBE_RTT) {
      endProbeRttIfDue(now, 0);
    }
  }
}
