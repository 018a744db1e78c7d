package org.mosstack.tcp.scoreboard;

/**
 * Estimates the delivery rate (draft-ietf-ccwg-bbr section 4.1): counts delivered bytes, and
 * divides them by the send or the ACK interval of the newest acknowledged segment, whichever is
 * longer. Belongs to a {@link Scoreboard}; times are nanoseconds.
 */
public final class RateEstimator {
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  private long delivered;
  private long deliveredNanos;
  private long firstSentNanos;

  /** Deliveries up to this count are limited by the application; 0 when none are. */
  private long appLimitedUntil;

  /**
   * Resumes where the connection's last scoreboard was dropped, when the application had no more to
   * send.
   */
  void begin(long delivered) {
    this.delivered = delivered;
    appLimited(0);
  }

  /**
   * Starts the intervals: the first segment after a time with none under way is about to be sent.
   */
  void startFlight(long now) {
    firstSentNanos = now;
    deliveredNanos = now;
  }

  /** Bytes delivered over the connection's lifetime. */
  public long delivered() {
    return delivered;
  }

  /** When the count last grew. */
  long deliveredNanos() {
    return deliveredNanos;
  }

  /** When the segment that began the current sample was sent. */
  long firstSentNanos() {
    return firstSentNanos;
  }

  boolean isAppLimited() {
    return appLimitedUntil != 0;
  }

  /**
   * Notes that the application has nothing more to send while {@code underWay} bytes are under way.
   */
  public void appLimited(int underWay) {
    appLimitedUntil = Math.max(delivered + underWay, 1);
  }

  /** Counts what an acknowledgment delivered. */
  public void delivered(Delivery delivery, long now) {
    delivered += delivery.bytes();
    deliveredNanos = now;
    firstSentNanos = delivery.newestSentNanos();
    if (appLimitedUntil != 0 && delivered > appLimitedUntil) {
      appLimitedUntil = 0;
    }
  }

  /**
   * Returns the rate in bytes per second; call {@link #delivered(Delivery, long)} first.
   *
   * @param minRttNanos minimum round trip of the path: a shorter interval is meaningless
   * @return 0 when there is no sample
   */
  public long rate(Delivery delivery, long now, long minRttNanos) {
    long sendNanos = delivery.newestSentNanos() - delivery.newestFirstSentNanos();
    long ackNanos = now - delivery.newestDeliveredNanos();
    long interval = Math.max(sendNanos, ackNanos);
    if (interval <= 0 || interval < minRttNanos) {
      return 0;
    }
    long bytes = delivered - delivery.newestDelivered();
    return (long) ((double) bytes * NANOS_PER_SECOND / interval);
  }
}
