package org.mosstack.tcp;

import org.mosstack.stats.Counter;
import org.mosstack.stats.Counters;

/**
 * ACKs that tell a peer where a connection stands, in answer to a segment that may not be its own
 * (RFC 5961 section 7), or that isn't acceptable. They are limited for each connection, which
 * nobody else can see, and challenges for the core, too.
 */
final class ChallengeAcks {
  /**
   * Least time between two ACKs of one connection to segments without data that it doesn't accept:
   * as on Linux. Two ends that don't accept each other's ACKs would answer them for ever.
   */
  private static final long ANSWER_INTERVAL_NANOS = 500_000_000;

  private final TcpCore core;
  private final TcpOutput output;
  private final ChallengeLimit limit;
  private final Counters counters;

  ChallengeAcks(TcpCore core, TcpOutput output, ChallengeLimit limit, Counters counters) {
    this.core = core;
    this.output = output;
    this.limit = limit;
    this.counters = counters;
  }

  /** Sends one, if both limits allow. */
  void challenge(TcpConnection c) {
    if (!mayAnswer(c)) {
      return;
    }
    if (!limit.take(core.now())) {
      counters.increment(Counter.DROP_TCP_ACK_RATE_LIMITED);
      return;
    }
    counters.increment(Counter.TCP_CHALLENGE_ACKS_SENT);
    output.ack(c);
  }

  /** Whether the connection's own limit allows an ACK now, which then counts as sent. */
  boolean mayAnswer(TcpConnection c) {
    if (c.state == TcpState.CLOSED) {
      return false;
    }
    long now = core.now();
    if (c.challengedNanos != 0 && now - c.challengedNanos < ANSWER_INTERVAL_NANOS) {
      counters.increment(Counter.DROP_TCP_ACK_RATE_LIMITED);
      return false;
    }
    c.challengedNanos = now;
    return true;
  }
}
