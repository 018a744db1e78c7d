package org.mosstack.tcp;

/**
 * The retransmission timeout of one connection (RFC 6298), in nanoseconds.
 *
 * <p>It is SRTT and four times RTTVAR, or 200 ms where that is more, as Linux has it. Section 2.4
 * has a second as the least of the sum instead: with millisecond paths that is an outage, and on a
 * long steady path, where the sum is more anyway, it leaves a delayed ACK no time.
 */
final class RttEstimator {
  /** Timeout before the first measurement: one second (section 2.1). */
  static final long INITIAL_RTO_NANOS = 1_000_000_000L;

  /**
   * The least that is added to SRTT: time for a delayed ACK, which may come up to 200 ms late with
   * common stacks, however steady the path is.
   */
  static final long MIN_VARIATION_NANOS = 200_000_000L;

  /** At least 60 seconds (section 2.5). */
  static final long MAX_RTO_NANOS = 60_000_000_000L;

  /** Three seconds after a handshake that needed a retransmission (section 5.7). */
  private static final long RTO_AFTER_SYN_TIMEOUT_NANOS = 3_000_000_000L;

  private long srtt;
  private long rttvar;
  private long rto;
  private int backoff;

  void reset() {
    srtt = 0;
    rttvar = 0;
    rto = INITIAL_RTO_NANOS;
    backoff = 0;
  }

  /** Takes a round-trip measurement (sections 2.2 and 2.3); it ends the back-off. */
  void sample(long rttNanos) {
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

  /** The timer expired: doubles the timeout until the next measurement (section 5.5). */
  void backOff() {
    backoff++;
  }

  /** Forward progress without a measurement, as after a handshake: ends the back-off. */
  void endBackOff() {
    backoff = 0;
  }

  /** The handshake is over after its SYN was sent more than once. */
  void synWasRetransmitted() {
    rto = RTO_AFTER_SYN_TIMEOUT_NANOS;
    backoff = 0;
  }

  /** How often the timeout was doubled since the last measurement. */
  int backoff() {
    return backoff;
  }

  /** The timeout now, back-off included. */
  long rtoNanos() {
    return Math.min(rto << Math.min(backoff, 16), MAX_RTO_NANOS);
  }

  /** Smoothed round-trip time; 0 before the first measurement. */
  long srttNanos() {
    return srtt;
  }

  /** Variation of the round-trip time. */
  long rttvarNanos() {
    return rttvar;
  }
}
