package org.mosstack.tcp.scoreboard;

import org.mosstack.tcp.segment.Seq;

/**
 * What one acknowledgment delivered, gathered while it is applied to the {@link Scoreboard}. One
 * object per core, refilled for each segment.
 */
public final class Delivery {
  private long now;
  private int bytes;
  private int segments;
  private long rttNanos;
  private long longestRttNanos;
  private int originalsUpTo;
  private boolean reordered;
  private boolean originalDelivered;

  // The segment that was sent last of those delivered.
  private Scoreboard scoreboard;
  private int newest;
  private long newestSentNanos;
  private int newestEnd;

  /** The highest sequence number ever delivered: RACK.fack. */
  private int highest;

  /**
   * Starts empty.
   *
   * @param now when the acknowledgment arrived
   * @param highestDelivered RACK.fack before it
   * @param originalsUpTo sequence number up to which {@link #originalDelivered()} counts
   */
  public void begin(long now, int highestDelivered, int originalsUpTo) {
    this.now = now;
    this.originalsUpTo = originalsUpTo;
    highest = highestDelivered;
    bytes = 0;
    segments = 0;
    newest = Scoreboard.NONE;
    rttNanos = 0;
    longestRttNanos = 0;
    reordered = false;
    originalDelivered = false;
    newestSentNanos = 0;
  }

  /** Adds a segment, or the first {@code covered} bytes of one, that arrived. */
  void add(Scoreboard scoreboard, int number, int covered) {
    bytes += covered;
    segments++;
    boolean retransmitted = scoreboard.isRetransmitted(number);
    int end = scoreboard.start(number) + covered;
    long sent = scoreboard.sentNanos(number);
    if (!retransmitted) {
      originalDelivered |= Seq.leq(end, originalsUpTo);
      long rtt = Math.max(1, now - sent);
      rttNanos = rttNanos == 0 ? rtt : Math.min(rttNanos, rtt);
      longestRttNanos = Math.max(longestRttNanos, rtt);
      if (Seq.lt(end, highest)) {
        reordered = true; // RFC 8985 section 6.2, step 3
      }
    }
    highest = Seq.max(highest, end);
    if (newest == Scoreboard.NONE || Rack.sentAfter(sent, end, newestSentNanos, newestEnd)) {
      this.scoreboard = scoreboard;
      newest = number;
      newestSentNanos = sent;
      newestEnd = end;
    }
  }

  /** Adds all that is on an untroubled scoreboard, before anything else of this acknowledgment. */
  void addAll(Scoreboard scoreboard, int flightBytes) {
    this.scoreboard = scoreboard;
    bytes = flightBytes;
    segments = scoreboard.segments();
    newest = scoreboard.limit() - 1;
    newestSentNanos = scoreboard.sentNanos(newest);
    newestEnd = scoreboard.end(newest);
    rttNanos = Math.max(1, now - newestSentNanos);
    longestRttNanos = Math.max(1, now - scoreboard.sentNanos(scoreboard.first()));
    originalDelivered = Seq.leq(scoreboard.end(scoreboard.first()), originalsUpTo);
    highest = Seq.max(highest, newestEnd);
  }

  /** Bytes that arrived. */
  public int bytes() {
    return bytes;
  }

  /** Segments that arrived, in whole or in part. */
  public int segments() {
    return segments;
  }

  /** Whether it delivered nothing. */
  public boolean isEmpty() {
    return segments == 0;
  }

  /** Shortest round-trip time of the segments that were sent once; 0 if there is none. */
  public long rttNanos() {
    return rttNanos;
  }

  /** Longest round-trip time of the segments that were sent once; 0 if there is none. */
  public long longestRttNanos() {
    return longestRttNanos;
  }

  /** Whether a segment sent once arrived after one with a higher sequence number. */
  boolean reordered() {
    return reordered;
  }

  /** Whether a segment arrived that was sent once, and before the recovery phase began. */
  public boolean originalDelivered() {
    return originalDelivered;
  }

  /** RACK.fack after this acknowledgment. */
  int highest() {
    return highest;
  }

  long newestSentNanos() {
    return newestSentNanos;
  }

  int newestEnd() {
    return newestEnd;
  }

  // What the scoreboard records of the newest segment; valid until something new is sent.

  boolean newestRetransmitted() {
    return scoreboard.isRetransmitted(newest);
  }

  /** Bytes that had been delivered when the newest segment was sent. */
  public long newestDelivered() {
    return scoreboard.delivered(newest);
  }

  long newestDeliveredNanos() {
    return scoreboard.deliveredNanos(newest);
  }

  long newestFirstSentNanos() {
    return scoreboard.firstSentNanos(newest);
  }

  /** Whether the application limited the rate when the newest segment was sent. */
  public boolean newestAppLimited() {
    return scoreboard.isAppLimited(newest);
  }

  /** Bytes under way once the newest segment was sent. */
  public int newestUnderWay() {
    return scoreboard.underWayWhenSent(newest);
  }

  /** Bytes marked lost since it was sent, including by this acknowledgment. */
  public int newestLostSince() {
    return scoreboard.lostSinceSent(newest);
  }
}
