package org.mosstack.ip;

import org.mosstack.header.Ipv4Fields;
import org.mosstack.header.Ipv4Header;
import org.mosstack.stats.Counter;

/**
 * The fragments of one datagram received so far, sorted by offset. Created once and reused for one
 * datagram after another; belongs to one core's {@link Ipv4Reassembly}.
 */
final class FragmentQueue {
  /** Fragments of one datagram: 65,535 bytes over a path with an MTU of 576 bytes take 119. */
  static final int MAX_FRAGMENTS = 128;

  private static final int UNKNOWN = -1;

  // What fragments of one datagram have in common (RFC 791 section 3.2).
  private int source;
  private int destination;
  private int protocol;
  private int identification;

  long deadlineNanos;

  // Lists that Ipv4Reassembly keeps.
  FragmentQueue nextInBucket;
  FragmentQueue older;
  FragmentQueue newer;

  private final long[] mbufs = new long[MAX_FRAGMENTS];
  private final int[] starts = new int[MAX_FRAGMENTS];
  private final int[] ends = new int[MAX_FRAGMENTS];
  private int count;
  private int bytes;

  /** Bytes of the datagram's payload; {@link #UNKNOWN} until the last fragment has arrived. */
  private int total;

  /** The ECN fields seen so far, one bit for each value. */
  private int congestion;

  private boolean spoiled;

  /** Resets the queue for the datagram that a fragment belongs to. */
  void reset(Ipv4Fields fragment, long newDeadlineNanos) {
    source = fragment.source();
    destination = fragment.destination();
    protocol = fragment.protocol();
    identification = fragment.identification();
    deadlineNanos = newDeadlineNanos;
    count = 0;
    bytes = 0;
    total = UNKNOWN;
    congestion = 0;
    spoiled = false;
  }

  int source() {
    return source;
  }

  boolean isOf(Ipv4Fields fragment) {
    return identification == fragment.identification()
        && source == fragment.source()
        && destination == fragment.destination()
        && protocol == fragment.protocol();
  }

  /** Number of fragments held, each in a packet buffer. */
  int count() {
    return count;
  }

  /** Returns the packet of the fragment at an index, 0 to {@link #count()} - 1. */
  long mbuf(int index) {
    return mbufs[index];
  }

  /** Payload bytes of the fragment at an index. */
  int length(int index) {
    return ends[index] - starts[index];
  }

  boolean hasFirst() {
    return count > 0 && starts[0] == 0;
  }

  boolean isComplete() {
    return bytes == total; // nothing overlaps, so there is no gap either
  }

  /** Payload bytes of the datagram, once the last fragment has arrived. */
  int total() {
    return total;
  }

  /** Whether the datagram was dropped, as will be its further fragments (RFC 5722 section 4). */
  boolean isSpoiled() {
    return spoiled;
  }

  /** Forgets the fragments, which have been freed or taken, and drops further ones. */
  void spoil() {
    spoiled = true;
    count = 0;
  }

  /**
   * Keeps a fragment.
   *
   * @param mbuf its packet, owned from here on if null is returned
   * @param fragment its header; it has a payload
   * @return null, {@link Counter#DROP_IP_FRAGMENT_DUPLICATE} for a fragment to be ignored, or the
   *     reason to drop the whole datagram
   */
  Counter add(long mbuf, Ipv4Fields fragment) {
    int start = fragment.fragmentOffset();
    int end = start + fragment.totalLength() - fragment.headerBytes();
    int index = count == 0 || start >= ends[count - 1] ? count : firstFrom(start);
    if (index < count && starts[index] == start && ends[index] == end) {
      return Counter.DROP_IP_FRAGMENT_DUPLICATE;
    }
    boolean last = !fragment.moreFragments();
    boolean contradicts =
        last && count > 0 && ends[count - 1] > end || total != UNKNOWN && end > total;
    if (contradicts) {
      return Counter.DROP_IP_FRAGMENT_INCONSISTENT;
    }
    if (index > 0 && ends[index - 1] > start || index < count && starts[index] < end) {
      return Counter.DROP_IP_FRAGMENT_OVERLAP;
    }
    if (count == MAX_FRAGMENTS) {
      return Counter.DROP_IP_FRAGMENT_TOO_MANY;
    }
    congestion |= 1 << Ipv4Header.ecn(fragment.tos());
    if (congestion(Ipv4Header.CE) && congestion(Ipv4Header.NOT_ECT)) {
      return Counter.DROP_IP_FRAGMENT_ECN;
    }
    insert(index, mbuf, start, end);
    if (last) {
      total = end;
    }
    return null;
  }

  private boolean congestion(int field) {
    return (congestion & 1 << field) != 0;
  }

  /** The datagram's type of service, given its first fragment's (RFC 3168 section 5.3). */
  int tos(int first) {
    return congestion(Ipv4Header.CE) ? first | Ipv4Header.CE : first;
  }

  /** Index of the first fragment that starts at or after this offset. */
  private int firstFrom(int start) {
    int low = 0;
    int high = count;
    while (low < high) {
      int middle = low + high >>> 1;
      if (starts[middle] < start) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private void insert(int index, long mbuf, int start, int end) {
    int behind = count - index;
    System.arraycopy(mbufs, index, mbufs, index + 1, behind);
    System.arraycopy(starts, index, starts, index + 1, behind);
    System.arraycopy(ends, index, ends, index + 1, behind);
    mbufs[index] = mbuf;
    starts[index] = start;
    ends[index] = end;
    count++;
    bytes += end - start;
  }
}
