package org.mosstack.tcp;

/**
 * What one acknowledgment said, for congestion control: one object per core, filled anew for each
 * segment. Sizes are bytes, times nanoseconds. A timer that finds losses fills one too, in which
 * nothing is acknowledged or delivered.
 */
final class AckSample {
  /** When it came. */
  long now;

  /** SND.UNA and SND.MAX after it. */
  int sndUna;

  int sndMax;

  /** Bytes that it covers cumulatively and that were not before. */
  int acked;

  /** Bytes that it says have arrived, in either way, and that weren't known to: DeliveredData. */
  int delivered;

  /** Bytes that it gave reason to take for lost. */
  int lost;

  /** Sequence space sent and not acknowledged cumulatively before it. */
  int flightSizeBefore;

  /** Bytes under way after it: the pipe. */
  int underWay;

  /** Bytes under way before it. */
  int underWayBefore;

  /** The least round trip that it measured, of a segment sent once; 0 when it measured none. */
  long rttNanos;

  /** Smoothed round trip; 0 before the first measurement. */
  long srttNanos;

  /**
   * Whether the congestion window was what stopped the sender in the last round trip, and not the
   * application or the receiver (RFC 7661 section 4.3).
   */
  boolean windowLimited;

  /** Whether it says that packets met congestion (RFC 3168, ECE). */
  boolean congestionEchoed;

  /** Whether a recovery is under way: the window follows what is delivered (RFC 9937). */
  boolean recovering;

  /** Whether it ends the reduction of the window: growth begins with the next one. */
  boolean endsRecovery;

  /** Whether the peer acknowledges selectively: without, one loss a round trip can be seen. */
  boolean sackPermitted;

  // Of the newest segment that it acknowledges, see RateEstimator. Valid when delivered isn't 0;
  // all but the last two only where CongestionControl.usesDeliveryRate().

  /** Delivery rate in bytes a second; 0 when there is none. */
  long deliveryRate;

  /** Whether the rate is that of an application that had no more to send. */
  boolean rateAppLimited;

  /** Bytes delivered before it was sent: rounds are counted by it. */
  long priorDelivered;

  /** Bytes delivered in the connection's life, this acknowledgment included. */
  long totalDelivered;

  /** Bytes under way when it had been sent, itself included. */
  int underWayWhenSent;

  /** Bytes taken for lost since it was sent, by this acknowledgment too. */
  int lostSinceSent;

  /** Starts with nothing acknowledged, delivered or lost. */
  void begin(long now, int flightSize, int underWay, boolean sackPermitted) {
    this.now = now;
    this.sackPermitted = sackPermitted;
    flightSizeBefore = flightSize;
    underWayBefore = underWay;
    acked = 0;
    delivered = 0;
    lost = 0;
    rttNanos = 0;
    congestionEchoed = false;
    recovering = false;
    endsRecovery = false;
    deliveryRate = 0;
    rateAppLimited = false;
    priorDelivered = 0;
    underWayWhenSent = 0;
    lostSinceSent = 0;
  }
}
