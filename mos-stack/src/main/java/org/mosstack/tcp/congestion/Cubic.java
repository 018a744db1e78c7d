package org.mosstack.tcp.congestion;

/**
 * CUBIC (RFC 9438): the window grows with the time since the last congestion, by a cubic function
 * whose plateau is where that happened, and at least as fast as Reno's. Windows are in bytes, as
 * everywhere; those of the function are in segments, as in the RFC.
 */
public final class Cubic extends LossBased {
  /** C of section 5: how fast the window leaves the plateau, in segments/s^3. */
  private static final double C = 0.4;

  /** beta_cubic of section 4.6: what is left of the window after a loss. */
  private static final double BETA = 0.7;

  /** The same after an echo of congestion (RFC 8511 section 3.1). */
  private static final double ECHOED_BETA = 0.85;

  /** alpha_cubic of section 4.3: with this and beta, the Reno-friendly window averages Reno's. */
  private static final double ALPHA = 3 * (1 - BETA) / (1 + BETA);

  /** Most that the window is multiplied by in a round trip (section 4.2). */
  private static final double MAX_GROWTH = 1.5;

  private static final double NANOS_PER_SECOND = 1e9;

  /** W_max: where the plateau is, in segments; 0 before the first congestion. */
  private float wMax;

  /** cwnd_prior: the window before its last reduction, in segments. */
  private float prior;

  /** K: seconds from the epoch's start to the plateau. */
  private float k;

  /** Growth of less than a byte that {@link #cwnd} doesn't show yet. */
  private float fraction;

  /** W_est: the window Reno would have, in segments. */
  private double wEst;

  /** When congestion avoidance began, plus the time for which the function's time stood still. */
  private long epochNanos;

  /** Until when time was counted or stood still. Like the former, valid if {@link #inEpoch}. */
  private long clockNanos;

  private boolean inEpoch;

  private boolean undoInEpoch;
  private float undoWMax;
  private float undoPrior;
  private float undoK;
  private double undoWEst;
  private long undoEpochNanos;

  Cubic() {
    super(true);
  }

  @Override
  void forget() {
    wMax = 0;
    prior = 0;
    restart();
  }

  @Override
  void restart() {
    inEpoch = false;
    fraction = 0;
  }

  /** Section 4.8: the plateau is the window with which congestion avoidance begins. */
  @Override
  void restartAfterTimeout() {
    wMax = 0;
    restart();
  }

  @Override
  void avoid(AckSample ack) {
    if (!inEpoch) {
      beginEpoch(ack.now);
    }
    clockNanos = ack.now;
    double window = ((double) cwnd + fraction) / mss;
    double acked = (double) ack.acked / mss;
    double t = (ack.now - epochNanos) / NANOS_PER_SECOND;
    wEst += (wEst >= prior ? 1 : ALPHA) * acked / window;
    double grown;
    if (cubic(t) < wEst) {
      grown = Math.max(window, wEst); // section 4.3, the Reno-friendly region
    } else {
      double target = cubic(t + ack.srttNanos / NANOS_PER_SECOND);
      grown = window + (Math.clamp(target, window, MAX_GROWTH * window) - window) / window * acked;
    }
    double bytes = Math.min(grown * mss, MAX_CWND);
    cwnd = (int) bytes;
    fraction = (float) (bytes - cwnd);
  }

  private void beginEpoch(long now) {
    inEpoch = true;
    epochNanos = now;
    double window = (double) cwnd / mss;
    wEst = window;
    if (window < wMax) {
      k = (float) Math.cbrt((wMax - window) / C);
    } else {
      wMax = (float) window;
      k = 0;
    }
  }

  private double cubic(double t) {
    double fromPlateau = t - k;
    return C * fromPlateau * fromPlateau * fromPlateau + wMax;
  }

  @Override
  int reduced(int window, boolean echoed) {
    double beta = echoed ? ECHOED_BETA : BETA;
    prior = (float) cwnd / mss;
    // Fast convergence (section 4.7): a flow that loses ground makes room for new ones.
    wMax = prior < wMax ? (float) (prior * (1 + beta) / 2) : prior;
    restart();
    return (int) (beta * window);
  }

  @Override
  void save() {
    undoInEpoch = inEpoch;
    undoWMax = wMax;
    undoPrior = prior;
    undoK = k;
    undoWEst = wEst;
    undoEpochNanos = epochNanos;
  }

  /** Section 4.9: everything is as if nothing had happened. */
  @Override
  void restore() {
    inEpoch = undoInEpoch;
    wMax = undoWMax;
    prior = undoPrior;
    k = undoK;
    wEst = undoWEst;
    epochNanos = undoEpochNanos;
    fraction = 0;
  }

  /** The function's time stands still while the window isn't used up (sections 4.2 and 5.8). */
  @Override
  void unused(long now) {
    epochNanos += now - clockNanos;
    clockNanos = now;
  }
}
