package org.mosstack.ip;

import org.mosstack.header.IcmpHeader;
import org.mosstack.header.Ipv4Fields;
import org.mosstack.header.Ipv4Header;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.MbufPool;
import org.mosstack.stats.Counter;
import org.mosstack.stats.Counters;

/**
 * Reassembles one core's received IPv4 fragments into datagrams (RFC 791 section 3.2, RFC 1122
 * section 3.3.2), whatever their order.
 *
 * <p>Whatever is received, it never holds more than {@link #MAX_BUFFERS} packet buffers, or an
 * eighth of the core's, nor {@link #MAX_DATAGRAMS} unfinished datagrams, nor {@link
 * #MAX_PER_SOURCE} from one source. If there is no room, the oldest is evicted: fragments of one
 * datagram usually arrive back to back, so that a flood evicts itself. For the same reason an old
 * datagram is gone by the time its identification is reused (RFC 4963). What is left is given up
 * after {@link #TIMEOUT_NANOS}, and its sender is told.
 *
 * <p>Overlapping fragments spoil their datagram: its further fragments are dropped as well, as RFC
 * 5722 asks for IPv6. Only an exact duplicate of a fragment is ignored.
 *
 * <p>Belongs to the core's thread. Work per fragment is bounded; nothing is allocated once the
 * number of unfinished datagrams has reached its peak.
 */
final class Ipv4Reassembly {
  /** Unfinished datagrams per core. */
  static final int MAX_DATAGRAMS = 256;

  /** Unfinished datagrams per source. */
  static final int MAX_PER_SOURCE = 32;

  /** Packet buffers per core that may hold fragments. */
  static final int MAX_BUFFERS = 1024;

  /** Time for all fragments to arrive, from the first on: RFC 1122 section 3.3.2, 60 to 120 s. */
  static final long TIMEOUT_NANOS = 60_000_000_000L;

  private static final int BUCKETS = 256;

  private final IcmpOutput icmp;
  private final MbufPool pool;
  private final Counters counters;
  private final int maxBuffers;
  private final int multiplier; // random, so that nobody knows which sources collide

  /** By source, the newest first. */
  private final FragmentQueue[] buckets = new FragmentQueue[BUCKETS];

  // All have the same duration, so the list is sorted by deadline.
  private FragmentQueue oldest;
  private FragmentQueue newest;
  private FragmentQueue spare; // linked by nextInBucket
  private int datagrams;
  private int buffers;

  /**
   * Creates an empty table.
   *
   * @param seed any number unknown to others
   */
  Ipv4Reassembly(IcmpOutput icmp, MbufPool pool, Counters counters, int seed) {
    this.icmp = icmp;
    this.pool = pool;
    this.counters = counters;
    multiplier = seed | 1;
    maxBuffers = Math.max(1, Math.min(MAX_BUFFERS, pool.capacity() / 8));
  }

  /** Unfinished datagrams, including those dropped but not yet forgotten. */
  int datagrams() {
    return datagrams;
  }

  /** Packet buffers held. */
  int buffers() {
    return buffers;
  }

  /** Maximum number of packet buffers held. */
  int maxBuffers() {
    return maxBuffers;
  }

  /**
   * Adds a fragment; owns the mbuf.
   *
   * @param mbuf data at the IP header, trimmed to its total length
   * @param fragment the fields of that header, which has been checked
   * @return the whole datagram, data at its IP header, owned by the caller: in one segment if it
   *     fits the buffer of its first fragment, else in several; 0 if fragments are missing
   */
  long input(long mbuf, Ipv4Fields fragment, long nowNanos) {
    counters.increment(Counter.IP_FRAGMENTS_RECEIVED);
    Counter reason = check(fragment);
    if (reason != null) {
      drop(mbuf, reason);
      return 0;
    }
    FragmentQueue queue = find(fragment);
    if (queue == null) {
      queue = open(fragment, nowNanos);
    }
    if (queue.isSpoiled()) {
      drop(mbuf, Counter.DROP_IP_FRAGMENT_SPOILED);
      return 0;
    }
    return add(queue, mbuf, fragment);
  }

  private static Counter check(Ipv4Fields fragment) {
    int length = fragment.totalLength() - fragment.headerBytes();
    if (length == 0 || fragment.moreFragments() && length % Ipv4Header.FRAGMENT_UNIT != 0) {
      return Counter.DROP_IP_FRAGMENT_MALFORMED;
    }
    boolean tooLong =
        fragment.fragmentOffset() + fragment.totalLength() > Ipv4Header.MAX_TOTAL_LENGTH;
    return tooLong ? Counter.DROP_IP_FRAGMENT_TOO_LONG : null;
  }

  private long add(FragmentQueue queue, long mbuf, Ipv4Fields fragment) {
    Counter reason = queue.add(mbuf, fragment);
    if (reason != null) {
      pool.free(mbuf);
      counters.increment(reason);
      if (reason != Counter.DROP_IP_FRAGMENT_DUPLICATE) {
        spoil(queue);
      }
      return 0;
    }
    if (fragment.fragmentOffset() != 0) {
      Mbuf.trimFront(mbuf, fragment.headerBytes());
    }
    buffers++;
    if (queue.isComplete()) {
      return complete(queue);
    }
    while (buffers > maxBuffers) {
      giveUp(oldest, Counter.DROP_IP_FRAGMENT_NO_BUFFER);
    }
    return 0;
  }

  // ---- The table ----

  private int bucket(int source) {
    int hash = (source ^ source >>> 16) * multiplier;
    return hash >>> Integer.numberOfLeadingZeros(BUCKETS) + 1;
  }

  private FragmentQueue find(Ipv4Fields fragment) {
    FragmentQueue queue = buckets[bucket(fragment.source())];
    while (queue != null && !queue.isOf(fragment)) {
      queue = queue.nextInBucket;
    }
    return queue;
  }

  private FragmentQueue open(Ipv4Fields fragment, long nowNanos) {
    int bucket = bucket(fragment.source());
    makeRoom(fragment.source(), buckets[bucket]);
    FragmentQueue queue = spare;
    if (queue == null) {
      queue = new FragmentQueue();
    } else {
      spare = queue.nextInBucket;
    }
    queue.reset(fragment, nowNanos + TIMEOUT_NANOS);
    queue.nextInBucket = buckets[bucket];
    buckets[bucket] = queue;
    queue.newer = null;
    queue.older = newest;
    if (newest == null) {
      oldest = queue;
    } else {
      newest.newer = queue;
    }
    newest = queue;
    datagrams++;
    return queue;
  }

  private void makeRoom(int source, FragmentQueue bucket) {
    int ofSource = 0;
    FragmentQueue oldestOfSource = null;
    for (FragmentQueue each = bucket; each != null; each = each.nextInBucket) {
      if (each.source() == source) {
        ofSource++;
        oldestOfSource = each;
      }
    }
    if (ofSource == MAX_PER_SOURCE) {
      giveUp(oldestOfSource, Counter.DROP_IP_FRAGMENT_EVICTED);
    } else if (datagrams == MAX_DATAGRAMS) {
      giveUp(oldest, Counter.DROP_IP_FRAGMENT_EVICTED);
    }
  }

  /** Removes a datagram from the table; the caller owns its fragments. */
  private void remove(FragmentQueue queue) {
    buffers -= queue.count();
    datagrams--;
    unlink(queue);
    if (queue.older == null) {
      oldest = queue.newer;
    } else {
      queue.older.newer = queue.newer;
    }
    if (queue.newer == null) {
      newest = queue.older;
    } else {
      queue.newer.older = queue.older;
    }
    queue.older = null;
    queue.newer = null;
    queue.nextInBucket = spare;
    spare = queue;
  }

  private void unlink(FragmentQueue queue) {
    int bucket = bucket(queue.source());
    if (buckets[bucket] == queue) {
      buckets[bucket] = queue.nextInBucket;
      return;
    }
    FragmentQueue before = buckets[bucket];
    while (before.nextInBucket != queue) {
      before = before.nextInBucket;
    }
    before.nextInBucket = queue.nextInBucket;
  }

  // ---- Ends ----

  /** Drops a datagram's fragments, and further ones as long as it is remembered. */
  private void spoil(FragmentQueue queue) {
    buffers -= queue.count();
    free(queue, 0);
    queue.spoil();
  }

  private void giveUp(FragmentQueue queue, Counter reason) {
    if (!queue.isSpoiled()) {
      counters.increment(reason);
    }
    remove(queue);
    free(queue, 0);
  }

  private void free(FragmentQueue queue, int from) {
    for (int i = from; i < queue.count(); i++) {
      pool.free(queue.mbuf(i));
    }
  }

  /** Gives up datagrams that have waited too long. */
  void tick(long nowNanos) {
    while (oldest != null && nowNanos - oldest.deadlineNanos >= 0) {
      expire(oldest, nowNanos);
    }
  }

  /** RFC 1122 section 3.3.2: the source is told if the first fragment has arrived. */
  private void expire(FragmentQueue queue, long nowNanos) {
    if (!queue.hasFirst() || isIcmpError(Mbuf.data(queue.mbuf(0)))) {
      giveUp(queue, Counter.DROP_IP_FRAGMENT_TIMEOUT);
      return;
    }
    counters.increment(Counter.DROP_IP_FRAGMENT_TIMEOUT);
    remove(queue);
    free(queue, 1);
    icmp.timeExceeded(queue.mbuf(0), nowNanos);
  }

  /** RFC 1122 section 3.2.2: no error about an error; its type is in the first fragment. */
  private static boolean isIcmpError(long ip) {
    return Ipv4Header.protocol(ip) == Ipv4Header.PROTOCOL_ICMP
        && IcmpHeader.isError(IcmpHeader.type(ip + Ipv4Header.headerBytes(ip)));
  }

  /** When {@link #tick} has something to do next; Long.MAX_VALUE if never. */
  long nextDeadlineNanos() {
    return oldest == null ? Long.MAX_VALUE : oldest.deadlineNanos;
  }

  private long complete(FragmentQueue queue) {
    remove(queue);
    long first = queue.mbuf(0);
    long ip = Mbuf.data(first);
    int totalLength = Ipv4Header.headerBytes(ip) + queue.total();
    if (totalLength > Ipv4Header.MAX_TOTAL_LENGTH) { // by options of the first fragment alone
      counters.increment(Counter.DROP_IP_FRAGMENT_TOO_LONG);
      free(queue, 0);
      return 0;
    }
    counters.increment(Counter.IP_REASSEMBLED);
    Mbuf.clearChecksumFlags(first); // they spoke of the fragment
    Ipv4Header.makeWhole(ip, totalLength, queue.tos(Ipv4Header.tos(ip)));
    if (queue.total() - queue.length(0) <= Mbuf.tailroom(first)) {
      copy(queue);
    } else {
      chain(queue);
    }
    return first;
  }

  private void copy(FragmentQueue queue) {
    long first = queue.mbuf(0);
    for (int i = 1; i < queue.count(); i++) {
      long mbuf = queue.mbuf(i);
      Mbuf.append(first, Mbuf.data(mbuf), queue.length(i));
      pool.free(mbuf);
    }
  }

  private static void chain(FragmentQueue queue) {
    for (int i = 1; i < queue.count(); i++) {
      Mbuf.chain(queue.mbuf(0), queue.mbuf(i - 1), queue.mbuf(i));
    }
  }

  private void drop(long mbuf, Counter reason) {
    counters.increment(reason);
    pool.free(mbuf);
  }

  /** Frees all fragments, uncounted: the stack is being closed. */
  void close() {
    while (oldest != null) {
      FragmentQueue queue = oldest;
      remove(queue);
      free(queue, 0);
    }
  }
}
