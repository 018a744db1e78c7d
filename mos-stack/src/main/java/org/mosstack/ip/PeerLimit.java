package org.mosstack.ip;

import java.util.random.RandomGenerator;
import org.mosstack.random.SipHash;

/**
 * A {@link TokenBucket} for each group of peers: who asks much uses up nobody else's tokens and
 * can't count by its own how many others took (CVE-2020-25705). Which peers are in a group hangs on
 * a key, so that nobody can choose one to be in; the groups' number bounds what all take together.
 */
final class PeerLimit {
  /** Groups: a power of two. */
  static final int GROUPS = 64;

  private final SipHash hash;
  private final TokenBucket[] buckets = new TokenBucket[GROUPS];

  /**
   * Makes full buckets.
   *
   * @param perSecond tokens that flow into each of them in a second
   * @param burst tokens that each holds
   * @param random for the key
   * @param nowNanos the time
   */
  PeerLimit(int perSecond, int burst, RandomGenerator random, long nowNanos) {
    hash = new SipHash(random.nextLong(), random.nextLong());
    for (int i = 0; i < GROUPS; i++) {
      buckets[i] = new TokenBucket(perSecond, burst, nowNanos);
    }
  }

  /** Takes a token for what goes to a peer; false when there is none. */
  boolean take(int peer, long nowNanos) {
    return take(peer, 1, nowNanos);
  }

  /** Takes several tokens for what goes to a peer; none and false when there aren't as many. */
  boolean take(int peer, int tokens, long nowNanos) {
    return buckets[(int) hash.hash(peer, 0) & GROUPS - 1].take(tokens, nowNanos);
  }
}
