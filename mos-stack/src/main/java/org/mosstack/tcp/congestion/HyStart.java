package org.mosstack.tcp.congestion;

import org.mosstack.tcp.segment.Seq;

/**
 * Ends slow start before the queue overflows (HyStart++, RFC 9406): when the round-trip time grows,
 * the window grows a quarter as fast for some rounds, then slow start is over, unless the
 * round-trip time shrank again. Used only in a connection's first slow start (section 4.3).
 */
public final class HyStart {
  // Constants of section 4.3.
  private static final long MIN_RTT_THRESH_NANOS = 4_000_000;
  private static final long MAX_RTT_THRESH_NANOS = 16_000_000;
  private static final int MIN_RTT_DIVISOR = 8;
  private static final int N_RTT_SAMPLE = 8;
  private static final int CSS_GROWTH_DIVISOR = 4;
  private static final int CSS_ROUNDS = 5;

  private static final long NONE = Long.MAX_VALUE;

  private boolean roundOpen;
  private int windowEnd;
  private int samples;
  private long lastRoundMinRtt;
  private long currentRoundMinRtt;

  /** Round-trip time that conservative slow start began with; {@link #NONE} outside of it. */
  private long cssBaselineMinRtt;

  /** Completed rounds of conservative slow start. */
  private int cssRounds;

  HyStart() {
    reset();
  }

  /** A new connection begins. */
  void reset() {
    roundOpen = false;
    samples = 0;
    lastRoundMinRtt = NONE;
    currentRoundMinRtt = NONE;
    cssBaselineMinRtt = NONE;
    cssRounds = 0;
  }

  /** Drags the round's end along; see {@link Seq#drag}. */
  void dragMarkers(int sndUna) {
    windowEnd = Seq.drag(windowEnd, sndUna);
  }

  /** Whether slow start has ended, and congestion avoidance continues from this window. */
  boolean isOver() {
    return cssRounds == CSS_ROUNDS;
  }

  /** Whether the window already grows slowly. */
  boolean isConservative() {
    return cssBaselineMinRtt != NONE;
  }

  /** Returns what remains of the window's growth. */
  int growth(int bytes) {
    return isConservative() ? bytes / CSS_GROWTH_DIVISOR : bytes;
  }

  /** Data was acknowledged in slow start. */
  void onAck(AckSample ack) {
    if (!roundOpen) {
      beginRound(ack.sndMax);
    }
    if (ack.rttNanos != 0) {
      currentRoundMinRtt = Math.min(currentRoundMinRtt, ack.rttNanos);
      samples++;
    }
    if (isConservative()) {
      resumeIfNoQueue();
    } else {
      slowDownIfQueue();
    }
    if (Seq.geq(ack.sndUna, windowEnd)) {
      if (isConservative()) {
        cssRounds++;
      }
      beginRound(ack.sndMax);
    }
  }

  private void beginRound(int sndMax) {
    roundOpen = true;
    windowEnd = sndMax;
    lastRoundMinRtt = currentRoundMinRtt;
    currentRoundMinRtt = NONE;
    samples = 0;
  }

  private void slowDownIfQueue() {
    if (samples < N_RTT_SAMPLE || lastRoundMinRtt == NONE) {
      return;
    }
    long threshold =
        Math.clamp(lastRoundMinRtt / MIN_RTT_DIVISOR, MIN_RTT_THRESH_NANOS, MAX_RTT_THRESH_NANOS);
    if (currentRoundMinRtt >= lastRoundMinRtt + threshold) {
      cssBaselineMinRtt = currentRoundMinRtt;
      cssRounds = 0;
    }
  }

  private void resumeIfNoQueue() {
    if (samples >= N_RTT_SAMPLE && currentRoundMinRtt < cssBaselineMinRtt) {
      cssBaselineMinRtt = NONE;
      cssRounds = 0;
    }
  }
}
