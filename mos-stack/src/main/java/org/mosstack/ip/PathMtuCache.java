package org.mosstack.ip;

import java.util.random.RandomGenerator;
import org.mosstack.random.SipHash;

/**
 * Path MTUs that were found to be smaller than the link's (RFC 1191 section 6.3), by destination,
 * each for a time. Bounded: where a place is wanted, the one goes that would be forgotten first of
 * a few that a keyed hash chooses, so that nobody can aim at another's. Belongs to one core's
 * thread; nothing is allocated.
 */
public final class PathMtuCache {
  /** The most destinations. */
  static final int ENTRIES = 1024;

  private static final int WAYS = 4;

  private final SipHash hash;
  private final int[] destinations = new int[ENTRIES];
  private final int[] mtus = new int[ENTRIES]; // 0: no entry
  private final long[] expiries = new long[ENTRIES];

  PathMtuCache(RandomGenerator random) {
    hash = new SipHash(random.nextLong(), random.nextLong());
  }

  private int set(int destination) {
    return (int) hash.hash(destination, 0) & ENTRIES - WAYS;
  }

  private int find(int destination, long nowNanos) {
    int set = set(destination);
    for (int i = set; i < set + WAYS; i++) {
      if (mtus[i] != 0 && destinations[i] == destination && expiries[i] - nowNanos > 0) {
        return i;
      }
    }
    return -1;
  }

  /**
   * The largest packet that gets through to a destination, in bytes.
   *
   * @return 0 when nothing is known
   */
  public int mtu(int destination, long nowNanos) {
    int entry = find(destination, nowNanos);
    return entry < 0 ? 0 : mtus[entry];
  }

  /** When what is known of a destination will be forgotten; valid where {@link #mtu} isn't 0. */
  public long expiryNanos(int destination, long nowNanos) {
    int entry = find(destination, nowNanos);
    return entry < 0 ? nowNanos : expiries[entry];
  }

  /**
   * Remembers a destination's MTU, in place of what was known.
   *
   * @param mtu bytes, at least 1
   * @param lifeNanos for how long
   */
  public void put(int destination, int mtu, long lifeNanos, long nowNanos) {
    int entry = find(destination, nowNanos);
    if (entry < 0) {
      entry = leastMissed(set(destination), nowNanos);
    }
    destinations[entry] = destination;
    mtus[entry] = mtu;
    expiries[entry] = nowNanos + lifeNanos;
  }

  private int leastMissed(int set, long nowNanos) {
    int best = set;
    for (int i = set; i < set + WAYS; i++) {
      if (mtus[i] == 0) {
        return i;
      }
      if (expiries[i] - nowNanos < expiries[best] - nowNanos) {
        best = i;
      }
    }
    return best;
  }

  /** Forgets what is known of a destination. */
  public void remove(int destination, long nowNanos) {
    int entry = find(destination, nowNanos);
    if (entry >= 0) {
      mtus[entry] = 0;
    }
  }
}
