package org.mosstack.tcp;

import java.util.Arrays;

/**
 * Local ports that are known to be unusable for a few destinations, so that a search for a free
 * port, where most are taken, needn't try all of them again. One per core.
 *
 * <p>A port is known to be taken until the connection or TIME_WAIT record that has it ends; forever
 * if its replies arrive at another core, which never changes. Where nobody reports the end, the
 * port is tried again after a second.
 */
final class TakenPorts {
  /** Minimum number of destinations remembered. */
  static final int MIN_DESTINATIONS = 4;

  private static final int BUCKETS = 256;

  /**
   * Time after which a port whose end nobody reports is tried again: the age at which one in
   * TIME_WAIT can be taken over, if its connection had timestamps.
   */
  private static final long RENEWAL_NANOS = TimeWaitArrives.REUSE_MILLIS * 1_000_000L;

  private static final int WORDS = (PortRange.COUNT + Long.SIZE - 1) / Long.SIZE;

  /** Indexed by a hash of the destination. Null before the first difficult search. */
  private Destination[] buckets;

  private int size;
  private long uses;

  /** The ports of one destination, numbered from {@link PortRange#FIRST}. */
  static final class Destination {
    private final int source;
    private final int remoteAddress;
    private final int remotePort;
    private final long[] taken = new long[WORDS];

    /** Those of {@link #taken} that are to be tried again; null before the first. */
    private long[] forNow;

    private long renewedNanos;
    private boolean ages;
    private long used;
    private Destination next;

    private Destination(int source, int remoteAddress, int remotePort, long now) {
      this.source = source;
      this.remoteAddress = remoteAddress;
      this.remotePort = remotePort;
      renewedNanos = now;
    }

    private boolean is(int source, int remoteAddress, int remotePort) {
      return this.source == source
          && this.remoteAddress == remoteAddress
          && this.remotePort == remotePort;
    }

    /** Marks a port as taken until {@link TakenPorts#free} is called for it, or forever. */
    void take(int index) {
      taken[index >>> 6] |= 1L << index;
    }

    /** Marks a port as taken for now: nobody will report that it is free. */
    void takeForNow(int index) {
      take(index);
      if (forNow == null) {
        forNow = new long[WORDS];
      }
      forNow[index >>> 6] |= 1L << index;
      ages = true;
    }

    /** Returns the first port from here on not known to be taken, or {@link PortRange#COUNT}. */
    int firstOther(int from) {
      int word = from >>> 6;
      if (word == WORDS) {
        return PortRange.COUNT;
      }
      long free = ~taken[word] & -1L << from;
      while (free == 0 && ++word < WORDS) {
        free = ~taken[word];
      }
      int index = (word << 6) + Long.numberOfTrailingZeros(free);
      return free == 0 ? PortRange.COUNT : Math.min(index, PortRange.COUNT);
    }

    private void renew(long now) {
      for (int i = 0; i < WORDS; i++) {
        taken[i] &= ~forNow[i];
      }
      Arrays.fill(forNow, 0);
      ages = false;
      renewedNanos = now;
    }
  }

  /** Number of destinations remembered. */
  int size() {
    return size;
  }

  /** Returns what is known of a destination, or null if nothing is. */
  Destination find(int source, int remoteAddress, int remotePort, long now) {
    Destination d = lookUp(source, remoteAddress, remotePort);
    if (d != null) {
      d.used = ++uses;
      if (d.ages && now - d.renewedNanos >= RENEWAL_NANOS) {
        d.renew(now);
      }
    }
    return d;
  }

  private Destination lookUp(int source, int remoteAddress, int remotePort) {
    if (size == 0) {
      return null;
    }
    Destination d = buckets[bucket(source, remoteAddress, remotePort)];
    while (d != null && !d.is(source, remoteAddress, remotePort)) {
      d = d.next;
    }
    return d;
  }

  private static int bucket(int source, int remoteAddress, int remotePort) {
    int hash = ((source * 31 + remoteAddress) * 31 + remotePort) * 0x9E37_79B1;
    return hash >>> Integer.numberOfLeadingZeros(BUCKETS) + 1;
  }

  /**
   * Starts remembering a destination, in place of the least recently used ones.
   *
   * @param limit number of destinations worth remembering, this one included; at least {@link
   *     #MIN_DESTINATIONS} are remembered
   */
  Destination add(int source, int remoteAddress, int remotePort, int limit, long now) {
    if (buckets == null) {
      buckets = new Destination[BUCKETS];
    }
    while (size >= Math.max(limit, MIN_DESTINATIONS)) {
      forget(longestUnused());
    }
    int bucket = bucket(source, remoteAddress, remotePort);
    Destination d = new Destination(source, remoteAddress, remotePort, now);
    d.next = buckets[bucket];
    d.used = ++uses;
    buckets[bucket] = d;
    size++;
    return d;
  }

  private Destination longestUnused() {
    Destination found = null;
    for (Destination first : buckets) {
      for (Destination d = first; d != null; d = d.next) {
        if (found == null || d.used < found.used) {
          found = d;
        }
      }
    }
    return found;
  }

  private void forget(Destination gone) {
    int bucket = bucket(gone.source, gone.remoteAddress, gone.remotePort);
    if (buckets[bucket] == gone) {
      buckets[bucket] = gone.next;
    } else {
      Destination before = buckets[bucket];
      while (before.next != gone) {
        before = before.next;
      }
      before.next = gone.next;
    }
    size--;
  }

  /** Marks a port as free: the connection that had it, or its TIME_WAIT record, has ended. */
  void free(int localAddress, int localPort, int remoteAddress, int remotePort) {
    Destination d = lookUp(localAddress, remoteAddress, remotePort);
    int index = localPort - PortRange.FIRST;
    if (d != null && index >= 0) {
      d.taken[index >>> 6] &= ~(1L << index);
    }
  }
}
