package org.mosstack.tcp.scoreboard;

import org.mosstack.tcp.congestion.CongestionControl;
import org.mosstack.tcp.segment.Seq;

/**
 * Loss detection by time (RACK, RFC 8985 section 6): a segment that was sent long enough before one
 * that has arrived is taken for lost. State of one connection; times are nanoseconds on the core's
 * clock.
 */
public final class Rack {
  /**
   * Segments beyond a hole that indicate a loss while no reordering has ever been seen (RFC 5681).
   */
  public static final int DUP_THRESHOLD = 3;

  /** Recoveries after which a window grown by D-SACK shrinks back (section 6.2, step 4). */
  private static final int PERSIST_RECOVERIES = 16;

  /**
   * Half the time for which a round trip may count as the minimum: five minutes, as on Linux
   * (tcp_min_rtt_wlen), because routes change.
   */
  private static final long MIN_RTT_HALF_NANOS = 150_000_000_000L;

  /** Result of {@link #detect}: nothing to wait for. */
  public static final long NOTHING = 0;

  private long sentNanos;
  private int end;
  private long rttNanos;

  /** Minimum round trip in the current half of the window, {@link #minRttHalf}; 0 for none. */
  private long minRttNow;

  /** Minimum round trip in the previous half; 0 for none. */
  private long minRttBefore;

  /** Number of the current half, counted from the clock's zero. */
  private int minRttHalf;

  private int fack;
  private boolean reorderingSeen;
  private int windowMultiplier;
  private int persist;

  /** SND.NXT when a D-SACK last widened the window, which happens at most once a round trip. */
  private int dsackRound;

  private boolean dsackRoundSet;

  /** Starts over for a new connection, whose first sequence number is given. */
  public void reset(int iss) {
    sentNanos = 0;
    end = iss;
    rttNanos = 0;
    minRttNow = 0;
    minRttBefore = 0;
    fack = iss;
    reorderingSeen = false;
    windowMultiplier = 1;
    persist = 0;
    dsackRoundSet = false;
  }

  /** Takes the round trip that the handshake measured; 0 for none. */
  public void onHandshake(long handshakeRttNanos, long now) {
    if (handshakeRttNanos != 0) {
      updateMinRtt(handshakeRttNanos, now);
    }
  }

  /**
   * Updates the minimum of the last minutes, by halves; section 6.2, step 1 leaves the window open.
   */
  private void updateMinRtt(long rtt, long now) {
    int half = (int) (now / MIN_RTT_HALF_NANOS);
    if (half != minRttHalf) {
      minRttBefore = half == minRttHalf + 1 ? minRttNow : 0;
      minRttNow = 0;
      minRttHalf = half;
    }
    minRttNow = lesser(minRttNow, rtt);
  }

  /** Returns the lesser of two round trips, where 0 stands for none. */
  private static long lesser(long one, long other) {
    return one == 0 || other == 0 ? one + other : Math.min(one, other);
  }

  /** The highest sequence number that is known to have arrived. */
  public int fack() {
    return fack;
  }

  /** Minimum round trip of the path in the last minutes; 0 before the first measurement. */
  public long minRttNanos() {
    return lesser(minRttBefore, minRttNow);
  }

  /** RACK_sent_after: whether one segment was sent after another, by time and then sequence. */
  static boolean sentAfter(long sent1, int end1, long sent2, int end2) {
    return sent1 - sent2 > 0 || sent1 == sent2 && Seq.gt(end1, end2);
  }

  /**
   * Steps 1 to 3: round trip, the newest segment that arrived, reordering.
   *
   * @param echoesOriginal whether the echoed timestamp is from before the retransmission
   */
  public void onDelivered(Delivery delivery, long now, boolean echoesOriginal) {
    if (delivery.rttNanos() > 0) {
      updateMinRtt(delivery.rttNanos(), now);
    }
    if (delivery.reordered()) {
      reorderingSeen = true;
    }
    fack = delivery.highest();
    long rtt = now - delivery.newestSentNanos();
    if (delivery.newestRetransmitted() && (echoesOriginal || rtt < minRttNanos())) {
      return; // the acknowledgment is for an earlier transmission
    }
    rttNanos = rtt;
    if (sentNanos == 0
        || sentAfter(delivery.newestSentNanos(), delivery.newestEnd(), sentNanos, end)) {
      sentNanos = delivery.newestSentNanos();
      end = delivery.newestEnd();
    }
  }

  /** Handles a D-SACK: a segment taken for lost wasn't. */
  public void onDsack(int sndUna, int sndNxt) {
    if (dsackRoundSet && Seq.lt(sndUna, dsackRound)) {
      return;
    }
    dsackRoundSet = true;
    dsackRound = sndNxt;
    windowMultiplier++;
    persist = PERSIST_RECOVERIES;
  }

  /**
   * Drags sequence numbers along: see {@link Seq#drag}. The end of the newest segment isn't one of
   * them, as it is compared only with segments sent at the same time.
   */
  public void dragMarkers(int sndUna) {
    fack = Seq.drag(fack, sndUna);
    dsackRound = Seq.drag(dsackRound, sndUna);
  }

  /** Handles the end of a recovery. */
  public void onRecovered() {
    if (persist > 0 && --persist == 0) {
      windowMultiplier = 1;
    }
  }

  /** Marks a segment under way lost. */
  public static void lose(Scoreboard scoreboard, int number, CongestionControl congestion) {
    scoreboard.lose(number);
    congestion.onSegmentLost(
        scoreboard.bytes(number),
        scoreboard.underWayWhenSent(number),
        scoreboard.lostSinceSent(number),
        scoreboard.isAppLimited(number));
  }

  /** Step 4: returns the reordering window. */
  private long window(boolean recovering, int sackedSegments, long srttNanos) {
    if (!reorderingSeen && (recovering || sackedSegments >= DUP_THRESHOLD)) {
      return 0;
    }
    return Math.min(windowMultiplier * (minRttNanos() / 4), srttNanos);
  }

  /**
   * Step 5: marks segments lost that were sent too long before one that arrived.
   *
   * @return nanoseconds until the next check; {@link #NOTHING} when no segment waits
   */
  public long detect(
      Scoreboard scoreboard,
      CongestionControl congestion,
      boolean recovering,
      long srttNanos,
      long now) {
    if (sentNanos == 0) {
      return NOTHING;
    }
    long window = window(recovering, scoreboard.sackedSegments(), srttNanos);
    int number = scoreboard.earliestUnderWay();
    while (number != Scoreboard.NONE) {
      if (!sentAfter(sentNanos, end, scoreboard.sentNanos(number), scoreboard.end(number))) {
        return NOTHING;
      }
      long remaining = scoreboard.sentNanos(number) + rttNanos + window - now;
      if (remaining > 0) {
        return remaining;
      }
      int next = scoreboard.sentAfter(number);
      lose(scoreboard, number, congestion);
      number = next;
    }
    return NOTHING;
  }
}
