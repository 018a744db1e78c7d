package org.mosstack.tcp;

import java.util.random.RandomGenerator;
import org.mosstack.random.SipHash;

/** Chooses initial sequence numbers and timestamp offsets that nobody else can guess. */
final class IsnGenerator {
  /** RFC 6528 section 3: M ticks every 4 microseconds. */
  private static final int ISN_TICK_NANOS = 4_000;

  private final SipHash isnHash;
  private final SipHash timestampHash;

  /** Draws the secrets. */
  IsnGenerator(RandomGenerator random) {
    isnHash = new SipHash(random.nextLong(), random.nextLong());
    timestampHash = new SipHash(random.nextLong(), random.nextLong());
  }

  /** Initial sequence number (RFC 6528 section 3): a clock plus a keyed hash of the connection. */
  int isn(Tcb c, long nowNanos) {
    long hash = isnHash.hash(c.localAddress, c.localPort, c.remoteAddress, c.remotePort);
    return (int) (hash + nowNanos / ISN_TICK_NANOS);
  }

  /** Offset of the connection's timestamps (RFC 7323 section 5.4). */
  int timestampOffset(Tcb c) {
    return (int) timestampHash.hash(c.localAddress, c.localPort, c.remoteAddress, c.remotePort);
  }
}
