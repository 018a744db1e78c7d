package org.mosstack.tcp.congestion;

/** What {@link Cubic} remembers of congestion avoidance, from the first time that it needs it. */
final class CubicGrowth {
  /** W_max: where the plateau is, in segments; 0 before the first congestion. */
  float wMax;

  /** cwnd_prior: the window before its last reduction, in segments. */
  float prior;

  /** K: seconds from the epoch's start to the plateau. */
  float k;

  /** Growth of less than a byte that the window doesn't show yet. */
  float fraction;

  /** W_est: the window Reno would have, in segments. */
  double wEst;

  /** When congestion avoidance began, plus the time for which the function's time stood still. */
  long epochNanos;

  /** Until when time was counted or stood still. Like the former, valid if {@link #inEpoch}. */
  long clockNanos;

  boolean inEpoch;

  /** Makes congestion avoidance start over. */
  void restart() {
    inEpoch = false;
    fraction = 0;
  }

  /** Becomes what another one is, but for what has grown since. */
  void copy(CubicGrowth other) {
    inEpoch = other.inEpoch;
    wMax = other.wMax;
    prior = other.prior;
    k = other.k;
    wEst = other.wEst;
    epochNanos = other.epochNanos;
    fraction = 0;
  }
}
