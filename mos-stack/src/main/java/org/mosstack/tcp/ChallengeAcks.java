package org.mosstack.tcp;

import org.mosstack.socket.TcpState;
import org.mosstack.stats.Counter;
import org.mosstack.stats.Counters;

/**
 * Sends ACKs that tell a peer where a connection stands, in answer to a segment that may not be the
 * peer's own (RFC 5961 section 7) or isn't acceptable. They are rate-limited per connection, which
 * nobody else can observe, and challenges also per core.
 */
final class ChallengeAcks {
  /**
   * Shortest time between two ACKs of a connection to unacceptable segments without data, as on
   * Linux. Two ends that reject each other's ACKs would otherwise answer them forever.
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

  /** Sends a challenge ACK if both limits allow. */
  void challenge(Tcb c) {
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
  boolean mayAnswer(Tcb c) {
    if (c.state() == TcpState.CLOSED) {
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
