package org.mosstack.tcp.scoreboard;

/**
 * The records of the segments in flight, for the {@link Scoreboard}: a ring indexed by segment
 * number, which grows as needed.
 *
 * <p>Segments are numbered consecutively as they are first sent; the ring holds those from {@link
 * #first} on. Sizes are in sequence space: a FIN is a byte.
 */
public abstract sealed class ScoreboardRecords permits Scoreboard {
  /** No segment. */
  public static final int NONE = -1;

  static final int UNDER_WAY = 0;
  static final int SACKED = 1;
  static final int LOST = 2;
  private static final int STATE = 3;

  /** Sent more than once: its acknowledgment is ambiguous about the round-trip time. */
  private static final int RETRANSMITTED = 4;

  /** The application had nothing more to send when it was sent. */
  private static final int APP_LIMITED = 8;

  /** Was selectively acknowledged, and not retransmitted since: its arrival is already counted. */
  private static final int TOLD = 16;

  private static final int INITIAL_SEGMENTS = 16;

  // A segment's record: its longs are adjacent, so that one or two cache lines hold them all.
  private static final int RECORD_SHIFT = 3;
  private static final int RECORD_LONGS = 1 << RECORD_SHIFT;

  /** Sequence numbers: where it starts in the upper half, where it ends in the lower. */
  private static final int SPAN = 0;

  private static final int SENT_NANOS = 1;

  // What delivery rate estimation keeps with each segment (draft-ietf-ccwg-bbr section 4.1.2.2).
  private static final int DELIVERED = 2;
  private static final int DELIVERED_NANOS = 3;
  private static final int FIRST_SENT_NANOS = 4;

  /** Bytes when it was sent: under way in the upper half, ever marked lost in the lower. */
  private static final int WHEN_SENT = 5;

  /**
   * Numbers of the segments under way sent before and after it: in the upper and lower half. For a
   * selectively acknowledged one, the lower half leads towards the end of its run of such segments.
   */
  private static final int NEIGHBOURS = 6;

  private static final int FLAGS = 7;

  private long[] records = new long[INITIAL_SEGMENTS << RECORD_SHIFT];
  private int mask = INITIAL_SEGMENTS - 1;
  int first;
  int count;

  /** Whether nothing is in flight. */
  public final boolean isEmpty() {
    return count == 0;
  }

  /** Segments recorded. */
  public final int segments() {
    return count;
  }

  /** Segments that can be recorded without growing. */
  final int capacity() {
    return mask + 1;
  }

  /** Memory that the records take, in bytes. */
  public final int memoryBytes() {
    return records.length * Long.BYTES;
  }

  /** Bytes that they take beyond what each connection with something in flight has. */
  public final int grownBytes() {
    return (capacity() - INITIAL_SEGMENTS) * RECORD_LONGS * Long.BYTES;
  }

  /** Number of the first segment; valid unless empty. */
  public final int first() {
    return first;
  }

  /** Number after that of the last segment. */
  public final int limit() {
    return first + count;
  }

  // ---- One segment ----

  /** Returns the first sequence number of a segment. */
  public final int start(int number) {
    return upper(records[at(number) + SPAN]);
  }

  /** Returns the sequence number after a segment. */
  public final int end(int number) {
    return (int) records[at(number) + SPAN];
  }

  /** Sequence space of a segment; a FIN counts as one. */
  public final int bytes(int number) {
    long span = records[at(number) + SPAN];
    return (int) span - upper(span);
  }

  final void span(int number, int from, int to) {
    records[at(number) + SPAN] = pair(from, to);
  }

  /** Returns when a segment was last sent. */
  public final long sentNanos(int number) {
    return records[at(number) + SENT_NANOS];
  }

  final long delivered(int number) {
    return records[at(number) + DELIVERED];
  }

  final long deliveredNanos(int number) {
    return records[at(number) + DELIVERED_NANOS];
  }

  final long firstSentNanos(int number) {
    return records[at(number) + FIRST_SENT_NANOS];
  }

  /** Bytes under way once it was sent, itself included. */
  final int underWayWhenSent(int number) {
    return upper(records[at(number) + WHEN_SENT]);
  }

  /** Bytes ever marked lost when it was sent. */
  final int lostWhenSent(int number) {
    return (int) records[at(number) + WHEN_SENT];
  }

  /** Whether a segment was selectively acknowledged. */
  public final boolean isSacked(int number) {
    return state(number) == SACKED;
  }

  /** Whether a segment is presumed lost. */
  public final boolean isLost(int number) {
    return state(number) == LOST;
  }

  /** Whether a segment is presumed to be in the network. */
  public final boolean isUnderWay(int number) {
    return state(number) == UNDER_WAY;
  }

  final boolean isRetransmitted(int number) {
    return (flags(number) & RETRANSMITTED) != 0;
  }

  final boolean isAppLimited(int number) {
    return (flags(number) & APP_LIMITED) != 0;
  }

  final int state(int number) {
    return flags(number) & STATE;
  }

  final void state(int number, int state) {
    records[at(number) + FLAGS] = flags(number) & ~STATE | state;
  }

  final boolean wasTold(int number) {
    return (flags(number) & TOLD) != 0;
  }

  /** Marks a segment as selectively acknowledged. */
  final void told(int number) {
    records[at(number) + FLAGS] = flags(number) & ~STATE | SACKED | TOLD;
  }

  private int flags(int number) {
    return (int) records[at(number) + FLAGS];
  }

  /** Records the state when a segment is sent. */
  final void sent(
      int number,
      boolean retransmitted,
      long now,
      RateEstimator rate,
      int underWayBytes,
      int lostTotal) {
    int at = at(number);
    records[at + SENT_NANOS] = now;
    records[at + DELIVERED] = rate.delivered();
    records[at + DELIVERED_NANOS] = rate.deliveredNanos();
    records[at + FIRST_SENT_NANOS] = rate.firstSentNanos();
    records[at + WHEN_SENT] = pair(underWayBytes, lostTotal);
    records[at + FLAGS] =
        UNDER_WAY | (retransmitted ? RETRANSMITTED : 0) | (rate.isAppLimited() ? APP_LIMITED : 0);
  }

  final int earlier(int number) {
    return upper(records[at(number) + NEIGHBOURS]);
  }

  final void earlier(int number, int neighbour) {
    int at = at(number) + NEIGHBOURS;
    records[at] = pair(neighbour, (int) records[at]);
  }

  final int later(int number) {
    return (int) records[at(number) + NEIGHBOURS];
  }

  final void later(int number, int neighbour) {
    int at = at(number) + NEIGHBOURS;
    records[at] = pair(upper(records[at]), neighbour);
  }

  final void neighbours(int number, int earlier, int later) {
    records[at(number) + NEIGHBOURS] = pair(earlier, later);
  }

  private static long pair(int upper, int lower) {
    return (long) upper << Integer.SIZE | lower & 0xFFFF_FFFFL;
  }

  private static int upper(long pair) {
    return (int) (pair >>> Integer.SIZE);
  }

  // ---- The ring ----

  /** A segment's slot in the ring. */
  final int slot(int number) {
    return number & mask;
  }

  /** Number of the recorded segment in a slot. */
  final int numberAt(int slot) {
    return first + (slot - first & mask);
  }

  /** Index of a segment's record. */
  private int at(int number) {
    return (number & mask) << RECORD_SHIFT;
  }

  /** Doubles the capacity. */
  final void growRing() {
    long[] old = records;
    int oldMask = mask;
    records = new long[old.length * 2];
    mask = mask << 1 | 1;
    for (int number = first; number != limit(); number++) {
      int from = (number & oldMask) << RECORD_SHIFT;
      System.arraycopy(old, from, records, at(number), RECORD_LONGS);
    }
  }

  /**
   * Lowers all numbers by a multiple of the capacity, so that every record stays where it is.
   *
   * @return by how much
   */
  final int lowerNumbers() {
    int lower = first & ~mask;
    for (int number = first; number != limit(); number++) {
      neighbours(number, lowered(earlier(number), lower), lowered(later(number), lower));
    }
    first -= lower;
    return lower;
  }

  static int lowered(int number, int lower) {
    return number == NONE ? NONE : number - lower;
  }
}
