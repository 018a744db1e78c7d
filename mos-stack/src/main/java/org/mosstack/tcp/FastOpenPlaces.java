package org.mosstack.tcp;

import java.util.Arrays;

/**
 * What counts against a listener's bound on Fast Open, on one core (RFC 7413 section 5.1):
 * connections whose SYN-ACK nothing has acknowledged, and those that ended that way within the last
 * minute.
 *
 * <p>The latter as in Linux for those that a peer resets: a host whose cookie was stolen answers
 * each SYN-ACK with an RST, and would make room for the thief's next SYN.
 */
final class FastOpenPlaces {
  /** Seconds for which the place of an ended connection stays taken, plus up to one more. */
  static final int KEPT_SECONDS = 60;

  private static final long NANOS_PER_SECOND = 1_000_000_000;
  private static final int SLOTS = KEPT_SECONDS + 1;

  private int unacknowledged;

  /** Connections that have ended, by the second of their end; null before the first. */
  private int[] ended;

  private int endedCount;

  /** The second up to which slots of {@link #ended} have been used. */
  private long second;

  /** Number of places taken. */
  int taken(long nowNanos) {
    if (endedCount > 0) {
      advance(nowNanos);
    }
    return unacknowledged + endedCount;
  }

  /** A connection was opened by a cookie. */
  void take() {
    unacknowledged++;
  }

  /** Its SYN-ACK was acknowledged, or has waited for that as long as it may. */
  void free() {
    unacknowledged--;
  }

  /** It ended before that: its place stays taken for a while. */
  void keep(long nowNanos) {
    unacknowledged--;
    if (ended == null) {
      ended = new int[SLOTS];
    }
    advance(nowNanos);
    ended[Math.floorMod(second, SLOTS)]++;
    endedCount++;
  }

  /** Clears expired slots, and advances to the current second's. */
  private void advance(long nowNanos) {
    long now = Math.floorDiv(nowNanos, NANOS_PER_SECOND);
    if (now - second >= SLOTS) {
      Arrays.fill(ended, 0);
      endedCount = 0;
      second = now;
    }
    while (second < now) {
      second++;
      int slot = Math.floorMod(second, SLOTS);
      endedCount -= ended[slot];
      ended[slot] = 0;
    }
  }
}
