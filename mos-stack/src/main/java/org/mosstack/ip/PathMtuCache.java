package org.mosstack.ip;

import java.util.random.RandomGenerator;
import org.mosstack.random.SipHash;

/**
 * Path MTUs found to be smaller than the link's (RFC 1191 section 6.3), by destination, each for a
 * limited time. Bounded: a new entry replaces the one that expires first of a few that a keyed hash
 * selects, so that nobody can target another's. Belongs to one core's thread; nothing is allocated.
 */
public final class PathMtuCache {
  /** Maximum number of destinations. */
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
   * Returns the largest packet that gets through to a destination, in bytes.
   *
   * @return the MTU, or 0 if nothing is known
   */
  public int mtu(int destination, long nowNanos) {
    int entry = find(destination, nowNanos);
    return entry < 0 ? 0 : mtus[entry];
  }

  /** When a destination's entry expires; valid if {@link #mtu} isn't 0. */
  public long expiryNanos(int destination, long nowNanos) {
    int entry = find(destination, nowNanos);
    return entry < 0 ? nowNanos : expiries[entry];
  }

  /**
   * Sets a destination's MTU, replacing any known one.
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

  /** Removes a destination's entry. */
  public void remove(int destination, long nowNanos) {
    int entry = find(destination, nowNanos);
    if (entry >= 0) {
      mtus[entry] = 0;
    }
  }
}
