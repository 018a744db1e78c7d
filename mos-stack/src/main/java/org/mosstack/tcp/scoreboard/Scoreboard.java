package org.mosstack.tcp.scoreboard;

import java.util.function.IntConsumer;
import org.mosstack.tcp.segment.Seq;

/**
 * The scoreboard of one connection: a record of each segment that was sent but not cumulatively
 * acknowledged, in sequence order, with those under way also linked in the order in which they were
 * last sent (RFC 8985 sections 5.1 and 6.2 walk them in that order). Exists only while something is
 * in flight; cores keep a few for the next connections.
 *
 * <p>A segment is under way, selectively acknowledged, or marked lost. Retransmitted, it is under
 * way again. The bytes under way are the pipe of RFC 6675.
 */
public final class Scoreboard extends ScoreboardRecords {
  /** The largest capacity: 2^30 bytes in segments of about 500. */
  private static final int MAX_SEGMENTS = 1 << 21;

  /** Segments that may be sent at once. */
  private static final int BURST_SEGMENTS = 64;

  /** Numbers that reach this restart near zero, before they overflow. */
  private static final int RENUMBER_FROM = 1 << 30;

  // Those under way in the order of their last transmission.
  private int earliest = NONE;
  private int latest = NONE;

  private int underWayBytes;
  private int resentUnderWay;
  private int sackedBytes;
  private int sackedSegments;
  private int lostBytes;

  /** Bytes ever marked lost; wraps around. */
  private int lostTotal;

  private final RateEstimator rate = new RateEstimator();

  /** Slots of the segments that are marked lost. */
  private SegmentSet lost = new SegmentSet(capacity());

  /** Head of the list of found segments that aren't sorted yet; see {@link #sorted}. */
  private int unsorted;

  private final StepCount steps;
  private final IntConsumer grown;
  private final int renumberFrom;

  /**
   * Creates an empty scoreboard.
   *
   * @param steps the core's
   * @param grown told of the bytes by which {@link #grownBytes} grows
   */
  public Scoreboard(StepCount steps, IntConsumer grown) {
    this(steps, grown, RENUMBER_FROM);
  }

  /**
   * For tests.
   *
   * @param renumberFrom number of a first segment from which numbers restart
   */
  Scoreboard(StepCount steps, int renumberFrom) {
    this(steps, _ -> {}, renumberFrom);
  }

  private Scoreboard(StepCount steps, IntConsumer grown, int renumberFrom) {
    this.steps = steps;
    this.grown = grown;
    this.renumberFrom = renumberFrom;
  }

  /** Whether no more can be recorded, so that nothing new may be sent. */
  public boolean isFull() {
    return count > MAX_SEGMENTS - BURST_SEGMENTS;
  }

  /** Bytes under way: neither acknowledged in any way nor marked lost. */
  public int underWayBytes() {
    return underWayBytes;
  }

  /** Segments under way that were sent more than once. */
  public int resentUnderWay() {
    return resentUnderWay;
  }

  /** Bytes selectively acknowledged. */
  public int sackedBytes() {
    return sackedBytes;
  }

  /** Segments selectively acknowledged. */
  public int sackedSegments() {
    return sackedSegments;
  }

  /** Delivery rate of what is on it. */
  public RateEstimator rate() {
    return rate;
  }

  /** Bytes marked lost and not retransmitted. */
  public int lostBytes() {
    return lostBytes;
  }

  /** Bytes marked lost since the segment was sent. */
  int lostSinceSent(int number) {
    return lostTotal - lostWhenSent(number);
  }

  // ---- Sending ----

  /**
   * Records a segment after all others.
   *
   * @param sentBefore whether some of it may have been sent before and been forgotten here
   */
  public void add(int from, int to, boolean sentBefore, long now) {
    if (count == capacity()) {
      grow();
    }
    if (first >= renumberFrom) {
      renumber();
    }
    if (count == 0) {
      rate.startFlight(now);
    }
    int number = first + count++;
    span(number, from, to);
    launch(number, sentBefore, now);
  }

  /** A segment that is marked lost, or still under way, is retransmitted. */
  public void resent(int number, long now) {
    if (state(number) == UNDER_WAY) {
      leave(number);
    } else {
      if (state(number) != LOST) {
        throw new IllegalStateException("what was acknowledged is sent again");
      }
      unmarkLost(number);
    }
    launch(number, true, now);
  }

  /** A segment is sent, and is under way from here on. */
  private void launch(int number, boolean retransmitted, long now) {
    underWayBytes += bytes(number);
    resentUnderWay += retransmitted ? 1 : 0;
    sent(number, retransmitted, now, rate, underWayBytes, lostTotal);
    link(number, latest);
  }

  /** A segment is no longer under way. */
  private void leave(int number) {
    underWayBytes -= bytes(number);
    resentUnderWay -= isRetransmitted(number) ? 1 : 0;
    unlink(number);
  }

  /** Forgets the last segment, which isn't acknowledged: it counts as unsent. */
  public void forgetLast() {
    int last = limit() - 1;
    if (state(last) == LOST) {
      unmarkLost(last);
    } else {
      leave(last);
    }
    count--;
  }

  /** The first segment marked lost, or {@link #NONE}. */
  public int firstLost() {
    if (lostBytes == 0) {
      return NONE;
    }
    int slot = lost.next(slot(first));
    return numberAt(slot == SegmentSet.NONE ? lost.next(0) : slot);
  }

  // ---- Acknowledgments ----

  /**
   * Removes the first segment if the cumulative acknowledgment covers it, or trims it if only a
   * part is covered.
   *
   * @return whether one was removed
   */
  private boolean acknowledgeFirst(int ack, Delivery delivery) {
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
        if (whole) {
          lost.remove(slot(first));
        }
        if (!wasTold(first)) {
          delivery.add(this, first, covered);
        }
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
      span(first, ack, end(first));
      return false;
    }
    first++;
    count--;
    return true;
  }

  /**
   * Removes all that a cumulative acknowledgment covers.
   *
   * @param ack SND.UNA from now on
   * @param delivery told of each segment
   */
  public void acknowledge(int ack, Delivery delivery) {
    int before = count;
    while (acknowledgeFirst(ack, delivery)) {}
    steps.add(before - count);
  }

  /** Whether each segment was sent once and, as far as is known, is under way. */
  public boolean isUntroubled() {
    return sackedBytes == 0 && lostBytes == 0 && resentUnderWay == 0;
  }

  /**
   * Removes everything; the scoreboard is {@linkplain #isUntroubled untroubled}.
   *
   * @param delivery told of it
   */
  public void acknowledgeAll(Delivery delivery) {
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
   * Applies a block of a SACK option: acknowledges the segments that it covers wholly, not those it
   * covers in part (RFC 2018 section 5).
   */
  public void sack(int from, int to, Delivery delivery) {
    int number = firstAtOrAfter(from);
    int visited = 0;
    while (number != limit() && Seq.leq(end(number), to)) {
      visited++;
      if (state(number) == SACKED) {
        number = behindRun(number); // told before
      } else {
        takeSacked(number++, delivery);
      }
    }
    steps.add(visited);
  }

  private void takeSacked(int number, Delivery delivery) {
    if (!wasTold(number)) {
      delivery.add(this, number, bytes(number));
    }
    if (state(number) == LOST) {
      unmarkLost(number);
    } else {
      leave(number);
    }
    markSacked(number);
  }

  private void markSacked(int number) {
    sackedBytes += bytes(number);
    sackedSegments++;
    told(number);
    later(number, number + 1);
  }

  /**
   * The first segment after this one that isn't selectively acknowledged, or the limit. Each search
   * shortens later ones: what it passes leads straight to its end from then on, so that no peer can
   * have the same run walked again and again.
   */
  private int behindRun(int number) {
    int end = number;
    int visited = 0;
    while (end != limit() && state(end) == SACKED) {
      end = later(end);
      visited++;
    }
    for (int passed = number; passed != end; ) {
      int next = later(passed);
      later(passed, end);
      passed = next;
    }
    steps.add(visited);
    return end;
  }

  /** Number of the first segment that begins at or after a sequence number, or the limit. */
  private int firstAtOrAfter(int seq) {
    int low = 0;
    int high = count;
    steps.add(Integer.SIZE - Integer.numberOfLeadingZeros(count));
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

  /** The segment under way that was sent earliest, or {@link #NONE}. */
  public int earliestUnderWay() {
    return earliest;
  }

  /** The segment under way that was sent next after this one, or {@link #NONE}. */
  public int sentAfter(int number) {
    return later(number);
  }

  /** Marks a segment under way as lost. */
  public void lose(int number) {
    steps.add(1);
    leave(number);
    markLost(number);
  }

  /** Marks everything that isn't acknowledged as lost, as after a timeout. */
  public void loseAll() {
    while (earliest != NONE) {
      lose(earliest);
    }
  }

  /**
   * Marks what was selectively acknowledged as lost: the receiver may drop it (RFC 2018 section 8).
   * If it didn't, its arrival isn't counted twice.
   */
  public void forgetSacked() {
    int number = first;
    for (; number != limit() && sackedSegments > 0; number++) {
      if (state(number) == SACKED) {
        sackedBytes -= bytes(number);
        sackedSegments--;
        markLost(number);
      }
    }
    steps.add(number - first);
  }

  private void markLost(int number) {
    lost.add(slot(number));
    lostBytes += bytes(number);
    lostTotal += bytes(number);
    state(number, LOST);
  }

  private void unmarkLost(int number) {
    lost.remove(slot(number));
    lostBytes -= bytes(number);
  }

  /**
   * Finds all that was marked lost again: it is under way after all, or has arrived if that was
   * reported.
   */
  public void findAll() {
    int found = 0;
    int visited = 0;
    unsorted = NONE;
    for (int number = firstLost(); number != NONE; number = firstLost()) {
      visited++;
      unmarkLost(number);
      if (wasTold(number)) {
        markSacked(number);
        continue;
      }
      state(number, UNDER_WAY);
      underWayBytes += bytes(number);
      resentUnderWay += isRetransmitted(number) ? 1 : 0;
      later(number, unsorted);
      unsorted = number;
      found++;
    }
    steps.add(visited);
    if (found > 0) {
      linkAll(merged(earliest, sorted(found)));
    }
  }

  // ---- The order of sending ----

  /** Takes this many segments off {@link #unsorted}, as a list sorted by send time. */
  private int sorted(int segments) {
    if (segments == 1) {
      int one = unsorted;
      unsorted = later(one);
      later(one, NONE);
      return one;
    }
    int half = sorted(segments / 2);
    return merged(half, sorted(segments - segments / 2));
  }

  /** Merges two lists sorted by send time. */
  private int merged(int one, int other) {
    int head = NONE;
    int tail = NONE;
    int a = one;
    int b = other;
    int visited = 0;
    while (a != NONE && b != NONE) {
      boolean inOrder = Rack.sentAfter(sentNanos(b), end(b), sentNanos(a), end(a));
      int next = inOrder ? a : b;
      if (inOrder) {
        a = later(a);
      } else {
        b = later(b);
      }
      if (tail == NONE) {
        head = next;
      } else {
        later(tail, next);
      }
      tail = next;
      visited++;
    }
    int rest = a == NONE ? b : a;
    if (tail != NONE) {
      later(tail, rest);
    }
    steps.add(visited);
    return tail == NONE ? rest : head;
  }

  /** Makes a list sorted by send time the order of sending. */
  private void linkAll(int list) {
    int before = NONE;
    for (int number = list; number != NONE; number = later(number)) {
      earlier(number, before);
      before = number;
    }
    earliest = list;
    latest = before;
  }

  private void link(int number, int before) {
    int after = before == NONE ? earliest : later(before);
    neighbours(number, before, after);
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
    int before = grownBytes();
    growRing();
    grown.accept(grownBytes() - before);
    lost = new SegmentSet(capacity());
    for (int number = first; lostBytes > 0 && number != limit(); number++) {
      if (state(number) == LOST) {
        lost.add(slot(number));
      }
    }
  }

  private void renumber() {
    int lower = lowerNumbers();
    earliest = lowered(earliest, lower);
    latest = lowered(latest, lower);
  }

  /**
   * Starts empty.
   *
   * @param delivered bytes delivered over the connection's lifetime
   */
  public void begin(long delivered) {
    first = 0;
    count = 0;
    underWayBytes = 0;
    resentUnderWay = 0;
    sackedBytes = 0;
    sackedSegments = 0;
    lostBytes = 0;
    lost.clear();
    earliest = NONE;
    latest = NONE;
    rate.begin(delivered);
  }
}
