package org.mosstack.tcp;

import java.util.random.RandomGenerator;
import org.mosstack.random.SipHash;
import org.mosstack.tcp.segment.Segment;

/**
 * The cookies that a stack gives to clients (RFC 7413 section 4.1.2): a keyed hash of both
 * addresses and the day, so that they change without anything being stored, and every core
 * recognizes those of the others. Immutable; any thread.
 */
final class FastOpenCookies {
  /** Length of a cookie. */
  static final int BYTES = 8;

  /** A cookie is valid on its day and on the next: in effect, the key changes each day. */
  static final long PERIOD_NANOS = 24L * 3600 * 1_000_000_000;

  private final SipHash hash;

  /** Draws the secret. */
  FastOpenCookies(RandomGenerator random) {
    hash = new SipHash(random.nextLong(), random.nextLong());
  }

  /** Returns the cookie for the sender of a SYN. */
  long cookie(Segment syn, long nowNanos) {
    return ofPeriod(syn, nowNanos / PERIOD_NANOS);
  }

  /** Whether the SYN's cookie is one that was given to its sender. */
  boolean isGood(Segment syn, long nowNanos) {
    long period = nowNanos / PERIOD_NANOS;
    long cookie = syn.options.fastOpenHigh;
    return syn.options.fastOpenBytes == BYTES
        && (cookie == ofPeriod(syn, period) || cookie == ofPeriod(syn, period - 1));
  }

  private long ofPeriod(Segment syn, long period) {
    return hash.hash((long) syn.destination << 32 | syn.source & 0xFFFF_FFFFL, period);
  }
}
