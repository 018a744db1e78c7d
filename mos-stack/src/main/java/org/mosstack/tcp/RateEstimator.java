package org.mosstack.tcp;

/**
 * How fast what is sent arrives (draft-ietf-ccwg-bbr-03 section 4.1): counts what was delivered,
 * and measures over the time in which the newest acknowledged segment was sent, or acknowledged,
 * whichever took longer. Belongs to a {@link Flight}; times are nanoseconds.
 */
final class RateEstimator {
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  private long delivered;
  private long deliveredNanos;
  private long firstSentNanos;

  /** What is delivered until here was held back by the application; 0 when nothing was. */
  private long appLimitedUntil;

  /**
   * Goes on where the connection's last flight ended, with an application that had no more to send.
   */
  void begin(long delivered) {
    this.delivered = delivered;
    appLimited(0);
  }

  /** The first segment after a time with none under way is about to be sent. */
  void startFlight(long now) {
    firstSentNanos = now;
    deliveredNanos = now;
  }

  /** Bytes delivered in the connection's life. */
  long delivered() {
    return delivered;
  }

  /** When the count last grew. */
  long deliveredNanos() {
    return deliveredNanos;
  }

  /** When the segment was sent that began the current sample. */
  long firstSentNanos() {
    return firstSentNanos;
  }

  boolean isAppLimited() {
    return appLimitedUntil != 0;
  }

  /** The application has nothing more to send while so much is under way. */
  void appLimited(int underWay) {
    appLimitedUntil = Math.max(delivered + underWay, 1);
  }

  /** An acknowledgment delivered something. */
  void delivered(Delivery delivery, long now) {
    delivered += delivery.bytes();
    deliveredNanos = now;
    firstSentNanos = delivery.newestSentNanos();
    if (appLimitedUntil != 0 && delivered > appLimitedUntil) {
      appLimitedUntil = 0;
    }
  }

  /**
   * Bytes a second, after {@link #delivered(Delivery, long)}.
   *
   * @param minRttNanos least round trip of the path: a shorter interval means nothing
   * @return 0 when there is no sample
   */
  long rate(Delivery delivery, long now, long minRttNanos) {
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
