package org.mosstack.tcp;

/**
 * The scoreboard of one connection: a record of each segment that was sent and is not cumulatively
 * acknowledged, in sequence order, and of these the ones that are under way in the order in which
 * they were last sent (RFC 8985 section 5.1 and 6.2 walk them in that order). Exists only while
 * something is in flight; cores keep a few of them for the next connection.
 *
 * <p>A segment is under way, or acknowledged selectively, or taken for lost. Sent again, it is
 * under way once more. The bytes under way are the pipe of RFC 6675.
 *
 * <p>A segment's number counts up from the first one sent; their records are a ring over the
 * numbers from {@link #first} on. Sequence space counts: a FIN is a byte.
 */
final class Flight {
  /** No segment. */
  static final int NONE = -1;

  private static final int INITIAL_SEGMENTS = 16;

  /** The largest capacity: 2^30 bytes in segments of about 500. */
  private static final int MAX_SEGMENTS = 1 << 21;

  /** Numbers start again at zero before they overflow. */
  private static final int RENUMBER_FROM = 1 << 30;

  private static final int UNDER_WAY = 0;
  private static final int SACKED = 1;
  private static final int LOST = 2;
  private static final int STATE = 3;

  /** Sent more than once: what its acknowledgment says of the round trip is ambiguous. */
  private static final int RETRANSMITTED = 4;

  /** The application had nothing more to send when it was sent. */
  private static final int APP_LIMITED = 8;

  // A segment's record: its longs lie together, as one or two lines of the cache hold them all.
  private static final int RECORD_SHIFT = 3;
  private static final int RECORD_LONGS = 1 << RECORD_SHIFT;

  /** Sequence numbers: where it starts in the upper half, and ends in the lower. */
  private static final int SPAN = 0;

  private static final int SENT_NANOS = 1;

  // What delivery rate estimation keeps with each segment (draft-ietf-ccwg-bbr section 4.1.2.2).
  private static final int DELIVERED = 2;
  private static final int DELIVERED_NANOS = 3;
  private static final int FIRST_SENT_NANOS = 4;

  /** Bytes when it was sent: under way in the upper half, ever taken for lost in the lower. */
  private static final int WHEN_SENT = 5;

  /** Those sent before and after it, of those under way, by number: in the upper and lower half. */
  private static final int NEIGHBOURS = 6;

  private static final int FLAGS = 7;

  private long[] records = new long[INITIAL_SEGMENTS << RECORD_SHIFT];
  private int mask = INITIAL_SEGMENTS - 1;

  // Those under way in the order of their last transmission.
  private int earliest = NONE;
  private int latest = NONE;

  private int first;
  private int count;
  private int underWayBytes;
  private int resentUnderWay;
  private int sackedBytes;
  private int sackedSegments;
  private int lostBytes;

  /** Bytes ever taken for lost; wraps around. */
  private int lostTotal;

  private final RateEstimator rate = new RateEstimator();

  /** No segment before this one is taken for lost. */
  private int lostFrom;

  private final int renumberFrom;

  Flight() {
    this(RENUMBER_FROM);
  }

  /**
   * For tests.
   *
   * @param renumberFrom number of a first segment at which numbers start again
   */
  Flight(int renumberFrom) {
    this.renumberFrom = renumberFrom;
  }

  boolean isEmpty() {
    return count == 0;
  }

  /** Segments recorded. */
  int segments() {
    return count;
  }

  /** Memory that its records take. */
  int memoryBytes() {
    return records.length * Long.BYTES;
  }

  /** Whether no more can be recorded: nothing new may be sent then. */
  boolean isFull() {
    return count == MAX_SEGMENTS;
  }

  /** Number of the first segment; valid unless empty. */
  int first() {
    return first;
  }

  /** Number behind the last segment. */
  int limit() {
    return first + count;
  }

  /** Bytes under way: neither acknowledged in any way nor taken for lost. */
  int underWayBytes() {
    return underWayBytes;
  }

  /** Segments under way that were sent more than once. */
  int resentUnderWay() {
    return resentUnderWay;
  }

  /** Bytes acknowledged selectively. */
  int sackedBytes() {
    return sackedBytes;
  }

  /** Segments acknowledged selectively. */
  int sackedSegments() {
    return sackedSegments;
  }

  /** Delivery rate of this flight. */
  RateEstimator rate() {
    return rate;
  }

  /** Bytes taken for lost and not sent again. */
  int lostBytes() {
    return lostBytes;
  }

  // ---- One segment ----

  int start(int number) {
    return upper(records[at(number) + SPAN]);
  }

  int end(int number) {
    return (int) records[at(number) + SPAN];
  }

  long sentNanos(int number) {
    return records[at(number) + SENT_NANOS];
  }

  long delivered(int number) {
    return records[at(number) + DELIVERED];
  }

  long deliveredNanos(int number) {
    return records[at(number) + DELIVERED_NANOS];
  }

  long firstSentNanos(int number) {
    return records[at(number) + FIRST_SENT_NANOS];
  }

  /** Bytes under way when it had been sent, itself included. */
  int underWayWhenSent(int number) {
    return upper(records[at(number) + WHEN_SENT]);
  }

  /** Bytes taken for lost since it was sent. */
  int lostSinceSent(int number) {
    return lostTotal - (int) records[at(number) + WHEN_SENT];
  }

  boolean isSacked(int number) {
    return state(number) == SACKED;
  }

  boolean isLost(int number) {
    return state(number) == LOST;
  }

  boolean isUnderWay(int number) {
    return state(number) == UNDER_WAY;
  }

  boolean isRetransmitted(int number) {
    return (flags(number) & RETRANSMITTED) != 0;
  }

  boolean isAppLimited(int number) {
    return (flags(number) & APP_LIMITED) != 0;
  }

  private int state(int number) {
    return flags(number) & STATE;
  }

  private void state(int number, int state) {
    flags(number, flags(number) & ~STATE | state);
  }

  private int flags(int number) {
    return (int) records[at(number) + FLAGS];
  }

  private void flags(int number, int flags) {
    records[at(number) + FLAGS] = flags;
  }

  private int earlier(int number) {
    return upper(records[at(number) + NEIGHBOURS]);
  }

  private void earlier(int number, int neighbour) {
    int at = at(number) + NEIGHBOURS;
    records[at] = pair(neighbour, (int) records[at]);
  }

  private int later(int number) {
    return (int) records[at(number) + NEIGHBOURS];
  }

  private void later(int number, int neighbour) {
    int at = at(number) + NEIGHBOURS;
    records[at] = pair(upper(records[at]), neighbour);
  }

  /** Where a segment's record stands. */
  private int at(int number) {
    return (number & mask) << RECORD_SHIFT;
  }

  private static long pair(int upper, int lower) {
    return (long) upper << Integer.SIZE | lower & 0xFFFF_FFFFL;
  }

  private static int upper(long pair) {
    return (int) (pair >>> Integer.SIZE);
  }

  /** Sequence space of a segment: a FIN counts as one. */
  int bytes(int number) {
    long span = records[at(number) + SPAN];
    return (int) span - upper(span);
  }

  // ---- Sending ----

  /**
   * Records a segment behind all others.
   *
   * @param sentBefore whether some of it may have been sent before, and was forgotten here
   */
  void add(int from, int to, boolean sentBefore, long now) {
    if (count == mask + 1) {
      grow();
    }
    if (first >= renumberFrom) {
      renumber();
    }
    if (count == 0) {
      rate.startFlight(now);
    }
    int number = first + count++;
    records[at(number) + SPAN] = pair(from, to);
    launch(number, sentBefore, now);
  }

  /** A segment that was taken for lost, or isn't known to be, is sent again. */
  void resent(int number, long now) {
    if (state(number) == UNDER_WAY) {
      leave(number);
    } else {
      if (state(number) != LOST) {
        throw new IllegalStateException("what was acknowledged is sent again");
      }
      lostBytes -= bytes(number);
    }
    launch(number, true, now);
  }

  /** A segment is sent, and under way from here on. */
  private void launch(int number, boolean retransmitted, long now) {
    underWayBytes += bytes(number);
    resentUnderWay += retransmitted ? 1 : 0;
    int at = at(number);
    records[at + SENT_NANOS] = now;
    records[at + DELIVERED] = rate.delivered();
    records[at + DELIVERED_NANOS] = rate.deliveredNanos();
    records[at + FIRST_SENT_NANOS] = rate.firstSentNanos();
    records[at + WHEN_SENT] = pair(underWayBytes, lostTotal);
    records[at + FLAGS] =
        UNDER_WAY | (retransmitted ? RETRANSMITTED : 0) | (rate.isAppLimited() ? APP_LIMITED : 0);
    link(number, latest);
  }

  /** A segment isn't under way any more. */
  private void leave(int number) {
    underWayBytes -= bytes(number);
    resentUnderWay -= isRetransmitted(number) ? 1 : 0;
    unlink(number);
  }

  /** The first segment taken for lost, or {@link #NONE}. */
  int firstLost() {
    if (lostBytes == 0) {
      return NONE;
    }
    lostFrom = Math.max(lostFrom, first);
    while (state(lostFrom) != LOST) {
      lostFrom++;
    }
    return lostFrom;
  }

  // ---- Acknowledgments ----

  /**
   * Takes the first segment away if the cumulative acknowledgment covers it, and cuts it off where
   * it covers only a part.
   *
   * @param ack SND.UNA from now on
   * @param delivery told of the segment
   * @return whether one was taken away
   */
  boolean acknowledgeFirst(int ack, Delivery delivery) {
    if (count == 0 || Seq.leq(ack, start(first))) {
      return false;
    }
    boolean whole = Seq.geq(ack, end(first));
    int covered = whole ? bytes(first) : ack - start(first);
    switch (state(first)) {
      case SACKED -> {
        sackedBytes -= covered;
        sackedSegments -= whole ? 1 : 0;
      }
      case LOST -> {
        lostBytes -= covered;
        delivery.add(this, first, covered);
      }
      default -> {
        delivery.add(this, first, covered);
        if (whole) {
          leave(first);
        } else {
          underWayBytes -= covered;
        }
      }
    }
    if (!whole) {
      records[at(first) + SPAN] = pair(ack, end(first));
      return false;
    }
    first++;
    count--;
    return true;
  }

  /** Whether each segment was sent once, and is under way as far as is known. */
  boolean isUntroubled() {
    return sackedBytes == 0 && lostBytes == 0 && resentUnderWay == 0;
  }

  /**
   * Takes all away, {@linkplain #isUntroubled untroubled} as it is.
   *
   * @param delivery told of it
   */
  void acknowledgeAll(Delivery delivery) {
    if (count == 0) {
      return;
    }
    delivery.addAll(this, underWayBytes);
    first += count;
    count = 0;
    underWayBytes = 0;
    earliest = NONE;
    latest = NONE;
  }

  /**
   * A block of a SACK option: segments that it covers wholly are acknowledged (RFC 2018 section 5;
   * what is covered in part is not).
   */
  void sack(int from, int to, Delivery delivery) {
    for (int number = firstAtOrAfter(from);
        number != limit() && Seq.leq(end(number), to);
        number++) {
      if (state(number) == SACKED) {
        continue;
      }
      int bytes = bytes(number);
      delivery.add(this, number, bytes);
      if (state(number) == LOST) {
        lostBytes -= bytes;
      } else {
        leave(number);
      }
      sackedBytes += bytes;
      sackedSegments++;
      state(number, SACKED);
    }
  }

  /** Number of the first segment that begins at or behind a sequence number, or the limit. */
  private int firstAtOrAfter(int seq) {
    int low = 0;
    int high = count;
    while (low < high) {
      int middle = low + high >>> 1;
      if (Seq.lt(start(first + middle), seq)) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return first + low;
  }

  // ---- Loss ----

  /** The segment under way that was sent before all others, or {@link #NONE}. */
  int earliestUnderWay() {
    return earliest;
  }

  /** The segment under way that was sent after this one, or {@link #NONE}. */
  int sentAfter(int number) {
    return later(number);
  }

  /** A segment under way is taken for lost. */
  void lose(int number) {
    leave(number);
    markLost(number);
  }

  /** Takes all for lost that isn't acknowledged, as after a timeout. */
  void loseAll() {
    while (earliest != NONE) {
      lose(earliest);
    }
  }

  /**
   * Takes for lost what was acknowledged selectively: the receiver may drop it (RFC 2018 section
   * 8).
   */
  void forgetSacked() {
    for (int number = first; number != limit() && sackedSegments > 0; number++) {
      if (state(number) == SACKED) {
        sackedBytes -= bytes(number);
        sackedSegments--;
        markLost(number);
      }
    }
  }

  private void markLost(int number) {
    lostFrom = lostBytes == 0 ? number : Math.min(Math.max(lostFrom, first), number);
    lostBytes += bytes(number);
    lostTotal += bytes(number);
    state(number, LOST);
  }

  /** What was taken for lost is under way after all: the loss was not one. */
  void findAll() {
    for (int number = first; number != limit() && lostBytes > 0; number++) {
      if (state(number) == LOST) {
        lostBytes -= bytes(number);
        state(number, UNDER_WAY);
        underWayBytes += bytes(number);
        resentUnderWay += isRetransmitted(number) ? 1 : 0;
        linkByTime(number);
      }
    }
  }

  // ---- The order of sending ----

  /** Behind the last one that wasn't sent later; most often close to the end. */
  private void linkByTime(int number) {
    int before = latest;
    while (before != NONE && sentNanos(before) - sentNanos(number) > 0) {
      before = earlier(before);
    }
    link(number, before);
  }

  private void link(int number, int before) {
    int after = before == NONE ? earliest : later(before);
    records[at(number) + NEIGHBOURS] = pair(before, after);
    if (before == NONE) {
      earliest = number;
    } else {
      later(before, number);
    }
    if (after == NONE) {
      latest = number;
    } else {
      earlier(after, number);
    }
  }

  private void unlink(int number) {
    int before = earlier(number);
    int after = later(number);
    if (before == NONE) {
      earliest = after;
    } else {
      later(before, after);
    }
    if (after == NONE) {
      latest = before;
    } else {
      earlier(after, before);
    }
  }

  // ---- The ring ----

  private void grow() {
    long[] old = records;
    int oldMask = mask;
    records = new long[old.length * 2];
    mask = mask << 1 | 1;
    for (int number = first; number != limit(); number++) {
      int from = (number & oldMask) << RECORD_SHIFT;
      System.arraycopy(old, from, records, at(number), RECORD_LONGS);
    }
  }

  /** Lowers all numbers by a multiple of the capacity, so that every record stays where it is. */
  private void renumber() {
    int lower = first & ~mask;
    for (int number = first; number != limit(); number++) {
      long pair = records[at(number) + NEIGHBOURS];
      records[at(number) + NEIGHBOURS] =
          pair(lowered(upper(pair), lower), lowered((int) pair, lower));
    }
    earliest = lowered(earliest, lower);
    latest = lowered(latest, lower);
    lostFrom = Math.max(0, lostFrom - lower);
    first -= lower;
  }

  private static int lowered(int number, int lower) {
    return number == NONE ? NONE : number - lower;
  }

  /**
   * Starts with nothing.
   *
   * @param delivered bytes delivered in the connection's life
   */
  void begin(long delivered) {
    first = 0;
    count = 0;
    underWayBytes = 0;
    resentUnderWay = 0;
    sackedBytes = 0;
    sackedSegments = 0;
    lostBytes = 0;
    lostFrom = 0;
    earliest = NONE;
    latest = NONE;
    rate.begin(delivered);
  }
}
