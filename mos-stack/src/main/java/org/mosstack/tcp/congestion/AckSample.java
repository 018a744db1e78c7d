package org.mosstack.tcp.congestion;

/**
 * What one acknowledgment reports to congestion control. One object per core, refilled for each
 * segment. Sizes are in bytes, times in nanoseconds. A timer that detects losses fills one in too,
 * with nothing acknowledged or delivered.
 */
public final class AckSample {
  /** When it arrived. */
  public long now;

  /** SND.UNA after it. */
  public int sndUna;

  /** SND.MAX after it. */
  public int sndMax;

  /** Bytes newly covered by the cumulative acknowledgment. */
  public int acked;

  /** Bytes newly reported as arrived, cumulatively or selectively: DeliveredData. */
  public int delivered;

  /** Bytes marked lost because of it. */
  public int lost;

  /** Sequence space sent but not cumulatively acknowledged before it. */
  public int flightSizeBefore;

  /** Bytes under way after it: the pipe. */
  public int underWay;

  /** Bytes under way before it. */
  public int underWayBefore;

  /** The shortest round-trip time it measured, of segments sent once; 0 if it measured none. */
  public long rttNanos;

  /** Smoothed round-trip time; 0 before the first measurement. */
  public long srttNanos;

  /**
   * Whether the congestion window, not the application or the receiver, limited the sender in the
   * last round trip (RFC 7661 section 4.3).
   */
  public boolean windowLimited;

  /** Whether it echoes congestion (RFC 3168, ECE). */
  public boolean congestionEchoed;

  /** Whether recovery is in progress: the window follows what is delivered (RFC 9937). */
  public boolean recovering;

  /** Whether it ends the window's reduction; growth begins with the next acknowledgment. */
  public boolean endsRecovery;

  /** Whether the peer uses SACK: without it, only one loss per round trip can be detected. */
  boolean sackPermitted;

  // About the newest segment that it acknowledges; see RateEstimator. Valid if delivered isn't 0;
  // all but the last two only if CongestionControl.usesDeliveryRate().

  /** Delivery rate in bytes per second; 0 if there is none. */
  public long deliveryRate;

  /** Whether the rate was limited by an application that had no more to send. */
  public boolean rateAppLimited;

  /** Bytes delivered before the segment was sent; used to count rounds. */
  public long priorDelivered;

  /** Bytes delivered over the connection's lifetime, this acknowledgment included. */
  public long totalDelivered;

  /** Bytes under way once the segment was sent, itself included. */
  public int underWayWhenSent;

  /** Bytes marked lost since the segment was sent, including by this acknowledgment. */
  public int lostSinceSent;

  /** Begins a sample with nothing acknowledged, delivered or lost. */
  public void begin(long now, int flightSize, int underWay, boolean sackPermitted) {
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
