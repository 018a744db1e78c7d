package org.mosstack.tcp.scoreboard;

/**
 * The retransmission timeout of one connection (RFC 6298), in nanoseconds.
 *
 * <p>It is SRTT plus four times RTTVAR, or plus 200 ms where that is more, as on Linux. Section 2.4
 * instead asks for a sum of at least one second: on millisecond paths that is an outage, and on a
 * long, steady path, where the sum is larger anyway, it leaves a delayed ACK no time.
 */
public final class RttEstimator {
  /** Timeout before the first measurement: one second (section 2.1). */
  public static final long INITIAL_RTO_NANOS = 1_000_000_000L;

  /**
   * The least that is added to SRTT: time for a delayed ACK, which common stacks may send up to 200
   * ms late, however steady the path is.
   */
  public static final long MIN_VARIATION_NANOS = 200_000_000L;

  /** Upper bound of the timeout, at least 60 seconds (section 2.5). */
  public static final long MAX_RTO_NANOS = 60_000_000_000L;

  /** Timeout after a handshake that needed a retransmission: three seconds (section 5.7). */
  private static final long RTO_AFTER_SYN_TIMEOUT_NANOS = 3_000_000_000L;

  private long srtt;
  private long rttvar;
  private long rto;
  private int backoff;

  /** Forgets all measurements. */
  public void reset() {
    srtt = 0;
    rttvar = 0;
    rto = INITIAL_RTO_NANOS;
    backoff = 0;
  }

  /** Takes a round-trip measurement (sections 2.2 and 2.3), which ends the back-off. */
  public void sample(long rttNanos) {
    long r = Math.max(rttNanos, 1);
    if (srtt == 0) {
      srtt = r;
      rttvar = r / 2;
    } else {
      rttvar += (Math.abs(srtt - r) - rttvar) / 4;
      srtt += (r - srtt) / 8;
    }
    rto = Math.min(srtt + Math.max(MIN_VARIATION_NANOS, 4 * rttvar), MAX_RTO_NANOS);
    backoff = 0;
  }

  /** Doubles the timeout until the next measurement, as the timer expired (section 5.5). */
  public void backOff() {
    backoff++;
  }

  /** Ends the back-off on progress without a measurement, as after a handshake. */
  public void endBackOff() {
    backoff = 0;
  }

  /** Sets the timeout after a handshake whose SYN was sent more than once. */
  public void synWasRetransmitted() {
    rto = RTO_AFTER_SYN_TIMEOUT_NANOS;
    backoff = 0;
  }

  /** How often the timeout has been doubled since the last measurement. */
  public int backoff() {
    return backoff;
  }

  /** The current timeout, back-off included. */
  public long rtoNanos() {
    return Math.min(rto << Math.min(backoff, 16), MAX_RTO_NANOS);
  }

  /** Smoothed round-trip time; 0 before the first measurement. */
  public long srttNanos() {
    return srtt;
  }

  /** Variation of the round-trip time. */
  public long rttvarNanos() {
    return rttvar;
  }
}
