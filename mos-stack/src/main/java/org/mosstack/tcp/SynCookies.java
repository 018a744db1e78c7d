package org.mosstack.tcp;

import java.util.random.RandomGenerator;
import org.mosstack.random.SipHash;
import org.mosstack.tcp.segment.Segment;
import org.mosstack.tcp.segment.Seq;
import org.mosstack.tcp.segment.TcpOptions;

/**
 * Initial sequence numbers that encode all that must be known of a half-open connection (RFC 4987
 * section 3.6, after Bernstein), so that no state need be kept.
 *
 * <p>A cookie is {@code H1 + IRS + (t << 24) + ((H2(IRS, t) + m) mod 2^24)}, where both hashes are
 * keyed and cover the addresses and ports, {@code t} counts periods and {@code m} is the index of
 * the largest MSS in the table that the peer accepts. As in RFC 6528, the numbers of one pair of
 * endpoints grow with the peer's own and with time. The peer's number is hashed too, or a probe of
 * the byte before its first would pass for the answer to another SYN.
 *
 * <p>At any time, 16 of the 2^32 numbers that an attacker may guess are valid. {@link
 * CookieHandshake} therefore checks them only if cookies were sent recently.
 *
 * <p>The window scale, whether SACK is permitted and whether ECN is used are in the low-order bits
 * of the SYN-ACK's timestamp, which the peer echoes. They need no proof: a peer that changes them
 * could have said the same in its SYN.
 */
final class SynCookies {
  /**
   * A cookie is valid in the period in which it was made and in the next, thus for one to two of
   * these: time for the peer to repeat its ACK or to send the data that follows it.
   */
  static final long PERIOD_NANOS = 64_000_000_000L;

  /** Bits of the timestamp that hold what the peer's SYN offered. */
  static final int OPTION_BITS = 6;

  private static final int OPTION_MASK = (1 << OPTION_BITS) - 1;
  private static final int NO_WINDOW_SHIFT = 15;
  private static final int WINDOW_SHIFT_MASK = 15;
  private static final int SACK_BIT = 16;
  private static final int ECN_BIT = 32;

  /** MSS of common links: the minimum, RFC 9293's default, IPv6, tunnels, DSL, Ethernet. */
  private static final int[] MSS = {
    Handshake.MIN_MSS, Handshake.DEFAULT_MSS, 1024, 1220, 1380, 1440, 1460, 8960
  };

  private static final int COUNT_SHIFT = 24;
  private static final int LOW_MASK = (1 << COUNT_SHIFT) - 1;

  private final SipHash ofEnds;
  private final SipHash ofTime;

  /** Draws the secrets. */
  SynCookies(RandomGenerator random) {
    ofEnds = new SipHash(random.nextLong(), random.nextLong());
    ofTime = new SipHash(random.nextLong(), random.nextLong());
  }

  /**
   * Returns the cookie for a SYN.
   *
   * @param seg has its addresses and ports
   * @param irs its sequence number
   * @param mss the MSS that it offers, in bytes
   */
  int cookie(Segment seg, int irs, int mss, long nowNanos) {
    int index = MSS.length - 1;
    while (index > 0 && MSS[index] > mss) {
      index--;
    }
    long period = nowNanos / PERIOD_NANOS;
    long ends = ends(seg);
    return (int) ends + irs + high(period) + (timed(ends, irs, period) + index & LOW_MASK);
  }

  /**
   * Checks whether a cookie is one of ours.
   *
   * @param seg the segment that returns it
   * @param irs the sequence number of the SYN it was for
   * @param cookie the sequence number of our SYN-ACK
   * @return the MSS that it encodes, in bytes; 0 if it isn't ours or is too old
   */
  int mss(Segment seg, int irs, int cookie, long nowNanos) {
    return mss(ends(seg), irs, cookie, nowNanos);
  }

  /** Whether a cookie is one of ours and not too old: {@link #mss} without a segment. */
  boolean isGood(
      int localAddress,
      int localPort,
      int remoteAddress,
      int remotePort,
      int irs,
      int cookie,
      long nowNanos) {
    long ends = ofEnds.hash(localAddress, localPort, remoteAddress, remotePort);
    return mss(ends, irs, cookie, nowNanos) != 0;
  }

  private int mss(long ends, int irs, int cookie, long nowNanos) {
    long now = nowNanos / PERIOD_NANOS;
    int rest = cookie - (int) ends - irs;
    for (long period = now; period >= now - 1; period--) {
      if ((rest - high(period) & ~LOW_MASK) == 0) {
        int index = rest - timed(ends, irs, period) & LOW_MASK;
        return index < MSS.length ? MSS[index] : 0;
      }
    }
    return 0;
  }

  private static int high(long period) {
    return (int) period << COUNT_SHIFT;
  }

  private long ends(Segment seg) {
    return ofEnds.hash(seg.destination, seg.destinationPort, seg.source, seg.sourcePort);
  }

  private int timed(long ends, int irs, long period) {
    return (int) ofTime.hash(ends, period << 32 | irs & 0xFFFF_FFFFL);
  }

  // ---- The timestamp's low-order bits ----

  /**
   * Returns the latest timestamp not after {@code timestamp} whose low-order bits encode what the
   * SYN offers.
   */
  static int stamp(int timestamp, TcpOptions options, boolean ecn) {
    int bits = options.windowShift < 0 ? NO_WINDOW_SHIFT : options.windowShift;
    bits |= (options.sackPermitted ? SACK_BIT : 0) | (ecn ? ECN_BIT : 0);
    int stamped = timestamp & ~OPTION_MASK | bits;
    return Seq.gt(stamped, timestamp) ? stamped - (1 << OPTION_BITS) : stamped;
  }

  /** Restores the SYN's options from a stamp. */
  static void read(int stamp, TcpOptions options) {
    int shift = stamp & WINDOW_SHIFT_MASK;
    options.windowShift = shift == NO_WINDOW_SHIFT ? -1 : shift;
    options.sackPermitted = (stamp & SACK_BIT) != 0;
  }

  /** Whether a stamp says that the peer's SYN asked for ECN. */
  static boolean ecn(int stamp) {
    return (stamp & ECN_BIT) != 0;
  }
}
