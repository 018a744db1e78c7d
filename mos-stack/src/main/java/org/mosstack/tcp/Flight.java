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
 * <p>A segment's number counts up from the first one sent; the arrays are a ring over the numbers
 * from {@link #first} on. Sequence space counts: a FIN is a byte.
 */
final class Flight {
  /** No segment. */
  static final int NONE = -1;

  private static final int INITIAL_SEGMENTS = 16;

  /** The largest capacity: 2^30 bytes in segments of about 500. */
  private static final int MAX_SEGMENTS = 1 << 21;

  /** Numbers start again at zero before they overflow. */
  private static final int RENUMBER_FROM = 1 << 30;

  private static final byte UNDER_WAY = 0;
  private static final byte SACKED = 1;
  private static final byte LOST = 2;
  private static final byte STATE = 3;

  /** Sent more than once: what its acknowledgment says of the round trip is ambiguous. */
  private static final byte RETRANSMITTED = 4;

  /** The application had nothing more to send when it was sent. */
  private static final byte APP_LIMITED = 8;

  private int[] start = new int[INITIAL_SEGMENTS];
  private int[] end = new int[INITIAL_SEGMENTS];
  private byte[] flags = new byte[INITIAL_SEGMENTS];
  private long[] sentNanos = new long[INITIAL_SEGMENTS];

  // What delivery rate estimation keeps with each segment (draft-ietf-ccwg-bbr section 4.1.2.2).
  private long[] delivered = new long[INITIAL_SEGMENTS];
  private long[] deliveredNanos = new long[INITIAL_SEGMENTS];
  private long[] firstSentNanos = new long[INITIAL_SEGMENTS];
  private int[] underWayWhenSent = new int[INITIAL_SEGMENTS];
  private int[] lostWhenSent = new int[INITIAL_SEGMENTS];

  // Those under way in the order of their last transmission, by number.
  private int[] later = new int[INITIAL_SEGMENTS];
  private int[] earlier = new int[INITIAL_SEGMENTS];
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

  /** Segments that can be recorded without growing. */
  int capacity() {
    return start.length;
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
    return start[number & start.length - 1];
  }

  int end(int number) {
    return end[number & start.length - 1];
  }

  long sentNanos(int number) {
    return sentNanos[number & start.length - 1];
  }

  long delivered(int number) {
    return delivered[number & start.length - 1];
  }

  long deliveredNanos(int number) {
    return deliveredNanos[number & start.length - 1];
  }

  long firstSentNanos(int number) {
    return firstSentNanos[number & start.length - 1];
  }

  /** Bytes under way when it had been sent, itself included. */
  int underWayWhenSent(int number) {
    return underWayWhenSent[number & start.length - 1];
  }

  /** Bytes taken for lost since it was sent. */
  int lostSinceSent(int number) {
    return lostTotal - lostWhenSent[number & start.length - 1];
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
    return (flags[number & start.length - 1] & RETRANSMITTED) != 0;
  }

  boolean isAppLimited(int number) {
    return (flags[number & start.length - 1] & APP_LIMITED) != 0;
  }

  private int state(int number) {
    return flags[number & start.length - 1] & STATE;
  }

  private void state(int number, byte state) {
    int index = number & start.length - 1;
    flags[index] = (byte) (flags[index] & ~STATE | state);
  }

  /** Sequence space of a segment: a FIN counts as one. */
  int bytes(int number) {
    int index = number & start.length - 1;
    return end[index] - start[index];
  }

  // ---- Sending ----

  /**
   * Records a segment behind all others.
   *
   * @param sentBefore whether some of it may have been sent before, and was forgotten here
   */
  void add(int from, int to, boolean sentBefore, long now) {
    if (count == start.length) {
      grow();
    }
    if (first >= renumberFrom) {
      renumber();
    }
    if (count == 0) {
      rate.startFlight(now);
    }
    int number = first + count++;
    int index = number & start.length - 1;
    start[index] = from;
    end[index] = to;
    flags[index] = sentBefore ? RETRANSMITTED : UNDER_WAY;
    join(number);
    stamp(number, now);
    linkLatest(number);
  }

  /** A segment that was taken for lost, or isn't known to be, is sent again. */
  void resent(int number, long now) {
    if (state(number) == UNDER_WAY) {
      leave(number);
    } else {
      assert state(number) == LOST : "nobody sends again what was acknowledged";
      lostBytes -= bytes(number);
    }
    flags[number & start.length - 1] |= RETRANSMITTED;
    join(number);
    stamp(number, now);
    linkLatest(number);
  }

  /** A segment is under way from here on; it is to be linked. */
  private void join(int number) {
    state(number, UNDER_WAY);
    underWayBytes += bytes(number);
    resentUnderWay += isRetransmitted(number) ? 1 : 0;
  }

  /** A segment isn't under way any more. */
  private void leave(int number) {
    underWayBytes -= bytes(number);
    resentUnderWay -= isRetransmitted(number) ? 1 : 0;
    unlink(number);
  }

  private void stamp(int number, long now) {
    int index = number & start.length - 1;
    sentNanos[index] = now;
    delivered[index] = rate.delivered();
    deliveredNanos[index] = rate.deliveredNanos();
    firstSentNanos[index] = rate.firstSentNanos();
    underWayWhenSent[index] = underWayBytes;
    lostWhenSent[index] = lostTotal;
    flags[index] =
        (byte) (rate.isAppLimited() ? flags[index] | APP_LIMITED : flags[index] & ~APP_LIMITED);
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
      start[first & start.length - 1] = ack;
      return false;
    }
    first++;
    count--;
    return true;
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
    return later[number & start.length - 1];
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
        join(number);
        linkByTime(number);
      }
    }
  }

  // ---- The order of sending ----

  private void linkLatest(int number) {
    link(number, latest);
  }

  /** Behind the last one that wasn't sent later; most often close to the end. */
  private void linkByTime(int number) {
    int before = latest;
    while (before != NONE && sentNanos(before) - sentNanos(number) > 0) {
      before = earlier[before & start.length - 1];
    }
    link(number, before);
  }

  private void link(int number, int before) {
    int index = number & start.length - 1;
    int after = before == NONE ? earliest : later[before & start.length - 1];
    earlier[index] = before;
    later[index] = after;
    if (before == NONE) {
      earliest = number;
    } else {
      later[before & start.length - 1] = number;
    }
    if (after == NONE) {
      latest = number;
    } else {
      earlier[after & start.length - 1] = number;
    }
  }

  private void unlink(int number) {
    int index = number & start.length - 1;
    int before = earlier[index];
    int after = later[index];
    if (before == NONE) {
      earliest = after;
    } else {
      later[before & start.length - 1] = after;
    }
    if (after == NONE) {
      latest = before;
    } else {
      earlier[after & start.length - 1] = before;
    }
  }

  // ---- The ring ----

  private void grow() {
    int old = start.length;
    int size = old * 2;
    start = spread(start, new int[size], old);
    end = spread(end, new int[size], old);
    later = spread(later, new int[size], old);
    earlier = spread(earlier, new int[size], old);
    sentNanos = spread(sentNanos, new long[size], old);
    delivered = spread(delivered, new long[size], old);
    deliveredNanos = spread(deliveredNanos, new long[size], old);
    firstSentNanos = spread(firstSentNanos, new long[size], old);
    underWayWhenSent = spread(underWayWhenSent, new int[size], old);
    lostWhenSent = spread(lostWhenSent, new int[size], old);
    byte[] largerFlags = new byte[size];
    for (int number = first; number != limit(); number++) {
      largerFlags[number & size - 1] = flags[number & old - 1];
    }
    flags = largerFlags;
  }

  /** Lowers all numbers by a multiple of the capacity, so that every record stays where it is. */
  private void renumber() {
    int lower = first & -start.length;
    for (int number = first; number != limit(); number++) {
      int index = number & start.length - 1;
      later[index] = lowered(later[index], lower);
      earlier[index] = lowered(earlier[index], lower);
    }
    earliest = lowered(earliest, lower);
    latest = lowered(latest, lower);
    lostFrom = Math.max(0, lostFrom - lower);
    first -= lower;
  }

  private static int lowered(int number, int lower) {
    return number == NONE ? NONE : number - lower;
  }

  private int[] spread(int[] from, int[] to, int old) {
    for (int number = first; number != limit(); number++) {
      to[number & to.length - 1] = from[number & old - 1];
    }
    return to;
  }

  private long[] spread(long[] from, long[] to, int old) {
    for (int number = first; number != limit(); number++) {
      to[number & to.length - 1] = from[number & old - 1];
    }
    return to;
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
