package org.mosstack.ip;

import java.util.random.RandomGenerator;
import org.mosstack.random.SipHash;

/**
 * A {@link TokenBucket} for each group of peers: a busy peer doesn't use up other groups' tokens,
 * and can't tell from its own how many others took (CVE-2020-25705). A secret key assigns peers to
 * groups, so that none can choose its own; the number of groups bounds the total.
 */
final class PeerLimit {
  /** Groups: a power of two. */
  static final int GROUPS = 64;

  private final SipHash hash;
  private final TokenBucket[] buckets = new TokenBucket[GROUPS];

  /**
   * Creates full buckets.
   *
   * @param perSecond tokens added to each bucket per second
   * @param burst capacity of each bucket
   * @param random for the key
   * @param nowNanos the time
   */
  PeerLimit(int perSecond, int burst, RandomGenerator random, long nowNanos) {
    hash = new SipHash(random.nextLong(), random.nextLong());
    for (int i = 0; i < GROUPS; i++) {
      buckets[i] = new TokenBucket(perSecond, burst, nowNanos);
    }
  }

  /** Takes a token for a peer; false if there is none. */
  boolean take(int peer, long nowNanos) {
    return take(peer, 1, nowNanos);
  }

  /** Takes several tokens for a peer; takes none and returns false if there are too few. */
  boolean take(int peer, int tokens, long nowNanos) {
    return buckets[(int) hash.hash(peer, 0) & GROUPS - 1].take(tokens, nowNanos);
  }
}
