package org.mosstack.ip;

/** Limits how often something is done: to a burst at once, to a rate in the long run. */
final class TokenBucket {
  private final long intervalNanos;
  private final long burstNanos;
  private long fullAgainNanos; // when the bucket would be full again

  /**
   * Creates a full bucket.
   *
   * @param perSecond tokens added per second, 1 to 1,000,000,000
   * @param burst capacity, at least 1
   * @param nowNanos the time
   */
  TokenBucket(int perSecond, int burst, long nowNanos) {
    intervalNanos = 1_000_000_000L / perSecond;
    burstNanos = intervalNanos * burst;
    fullAgainNanos = nowNanos;
  }

  /** Takes tokens, at most the burst; takes none and returns false if there are too few. */
  boolean take(int tokens, long nowNanos) {
    long debt = Math.max(0, fullAgainNanos - nowNanos) + intervalNanos * tokens;
    if (debt > burstNanos) {
      return false;
    }
    fullAgainNanos = nowNanos + debt;
    return true;
  }
}
