package org.mosstack.tcp;

/**
 * What one acknowledgment reports to congestion control. One object per core, refilled for each
 * segment. Sizes are in bytes, times in nanoseconds. A timer that detects losses fills one in too,
 * with nothing acknowledged or delivered.
 */
final class AckSample {
  /** When it arrived. */
  long now;

  /** SND.UNA and SND.MAX after it. */
  int sndUna;

  int sndMax;

  /** Bytes newly covered by the cumulative acknowledgment. */
  int acked;

  /** Bytes newly reported as arrived, cumulatively or selectively: DeliveredData. */
  int delivered;

  /** Bytes marked lost because of it. */
  int lost;

  /** Sequence space sent but not cumulatively acknowledged before it. */
  int flightSizeBefore;

  /** Bytes under way after it: the pipe. */
  int underWay;

  /** Bytes under way before it. */
  int underWayBefore;

  /** The shortest round-trip time it measured, of segments sent once; 0 if it measured none. */
  long rttNanos;

  /** Smoothed round-trip time; 0 before the first measurement. */
  long srttNanos;

  /**
   * Whether the congestion window, not the application or the receiver, limited the sender in the
   * last round trip (RFC 7661 section 4.3).
   */
  boolean windowLimited;

  /** Whether it echoes congestion (RFC 3168, ECE). */
  boolean congestionEchoed;

  /** Whether recovery is in progress: the window follows what is delivered (RFC 9937). */
  boolean recovering;

  /** Whether it ends the window's reduction; growth begins with the next acknowledgment. */
  boolean endsRecovery;

  /** Whether the peer uses SACK: without it, only one loss per round trip can be detected. */
  boolean sackPermitted;

  // About the newest segment that it acknowledges; see RateEstimator. Valid if delivered isn't 0;
  // all but the last two only if CongestionControl.usesDeliveryRate().

  /** Delivery rate in bytes per second; 0 if there is none. */
  long deliveryRate;

  /** Whether the rate was limited by an application that had no more to send. */
  boolean rateAppLimited;

  /** Bytes delivered before the segment was sent; used to count rounds. */
  long priorDelivered;

  /** Bytes delivered over the connection's lifetime, this acknowledgment included. */
  long totalDelivered;

  /** Bytes under way once the segment was sent, itself included. */
  int underWayWhenSent;

  /** Bytes marked lost since the segment was sent, including by this acknowledgment. */
  int lostSinceSent;

  /** Begins a sample with nothing acknowledged, delivered or lost. */
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
