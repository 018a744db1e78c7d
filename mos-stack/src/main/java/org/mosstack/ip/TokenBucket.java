package org.mosstack.ip;

/** Limits how often something is done: a burst at once, a rate in the long run. */
final class TokenBucket {
  private final long intervalNanos;
  private final long burstNanos;
  private long fullAgainNanos; // when the bucket would be full again

  /**
   * Makes a full bucket.
   *
   * @param perSecond tokens that flow in each second, 1 to 1,000,000,000
   * @param burst tokens that it holds, at least 1
   * @param nowNanos the time
   */
  TokenBucket(int perSecond, int burst, long nowNanos) {
    intervalNanos = 1_000_000_000L / perSecond;
    burstNanos = intervalNanos * burst;
    fullAgainNanos = nowNanos;
  }

  /** Takes several tokens, the burst at most; none and false when there aren't as many. */
  boolean take(int tokens, long nowNanos) {
    long debt = Math.max(0, fullAgainNanos - nowNanos) + intervalNanos * tokens;
    if (debt > burstNanos) {
      return false;
    }
    fullAgainNanos = nowNanos + debt;
    return true;
  }
}
