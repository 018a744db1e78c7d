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

  /** Null until the window has first been reduced, or slow start has ended. */
  private CubicGrowth growth;

  /** As it was before the last reduction; null until there has been one. */
  private CubicGrowth undo;

  Cubic() {
    super(true);
  }

  @Override
  void forget() {
    if (growth != null) {
      growth.wMax = 0;
      growth.prior = 0;
      growth.restart();
    }
  }

  @Override
  void restart() {
    if (growth != null) {
      growth.restart();
    }
  }

  /** Section 4.8: the plateau is the window with which congestion avoidance begins. */
  @Override
  void restartAfterTimeout() {
    if (growth != null) {
      growth.wMax = 0;
      growth.restart();
    }
  }

  private CubicGrowth growth() {
    if (growth == null) {
      growth = new CubicGrowth();
    }
    return growth;
  }

  @Override
  void avoid(AckSample ack) {
    CubicGrowth g = growth();
    if (!g.inEpoch) {
      beginEpoch(g, ack.now);
    }
    g.clockNanos = ack.now;
    double window = ((double) cwnd + g.fraction) / mss;
    double acked = (double) ack.acked / mss;
    double t = (ack.now - g.epochNanos) / NANOS_PER_SECOND;
    g.wEst += (g.wEst >= g.prior ? 1 : ALPHA) * acked / window;
    double grown;
    if (cubic(g, t) < g.wEst) {
      grown = Math.max(window, g.wEst); // section 4.3, the Reno-friendly region
    } else {
      double target = cubic(g, t + ack.srttNanos / NANOS_PER_SECOND);
      grown = window + (Math.clamp(target, window, MAX_GROWTH * window) - window) / window * acked;
    }
    double bytes = Math.min(grown * mss, MAX_CWND);
    cwnd = (int) bytes;
    g.fraction = (float) (bytes - cwnd);
  }

  private void beginEpoch(CubicGrowth g, long now) {
    g.inEpoch = true;
    g.epochNanos = now;
    double window = (double) cwnd / mss;
    g.wEst = window;
    if (window < g.wMax) {
      g.k = (float) Math.cbrt((g.wMax - window) / C);
    } else {
      g.wMax = (float) window;
      g.k = 0;
    }
  }

  private static double cubic(CubicGrowth g, double t) {
    double fromPlateau = t - g.k;
    return C * fromPlateau * fromPlateau * fromPlateau + g.wMax;
  }

  @Override
  int reduced(int window, boolean echoed) {
    CubicGrowth g = growth();
    double beta = echoed ? ECHOED_BETA : BETA;
    g.prior = (float) cwnd / mss;
    // Fast convergence (section 4.7): a flow that loses ground makes room for new ones.
    g.wMax = g.prior < g.wMax ? (float) (g.prior * (1 + beta) / 2) : g.prior;
    g.restart();
    return (int) (beta * window);
  }

  @Override
  void save() {
    if (undo == null) {
      undo = new CubicGrowth();
    }
    undo.copy(growth());
  }

  /** Section 4.9: everything is as if nothing had happened. */
  @Override
  void restore() {
    growth().copy(undo);
  }

  /** The function's time stands still while the window isn't used up (sections 4.2 and 5.8). */
  @Override
  void unused(long now) {
    if (growth != null) {
      growth.epochNanos += now - growth.clockNanos;
      growth.clockNanos = now;
    }
  }
}
