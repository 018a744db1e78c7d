package org.mosstack.tcp;

import java.util.random.RandomGenerator;

/**
 * Limits how many challenge ACKs one core sends per second (RFC 5961 section 7). The limit is drawn
 * anew each second: counting how many are left reveals nothing about what others made the stack
 * challenge (CVE-2016-5696).
 */
final class ChallengeLimit {
  /** The lowest limit per second, and how many consecutive values the limit is drawn from. */
  static final int MIN_PER_SECOND = 500;

  static final int SPREAD = 1000;

  private static final long SECOND_NANOS = 1_000_000_000;

  private final RandomGenerator random;
  private long secondBegan;
  private int left;

  ChallengeLimit(RandomGenerator random, long nowNanos) {
    this.random = random;
    secondBegan = nowNanos;
    left = draw();
  }

  /** Takes one of this second's ACKs; returns false if none is left. */
  boolean take(long nowNanos) {
    if (nowNanos - secondBegan >= SECOND_NANOS) {
      secondBegan = nowNanos;
      left = draw();
    }
    if (left == 0) {
      return false;
    }
    left--;
    return true;
  }

  private int draw() {
    return MIN_PER_SECOND + random.nextInt(SPREAD);
  }
}
