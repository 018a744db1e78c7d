package org.mosstack.header;

import org.mosstack.mbuf.Memory;

/** The options of an IPv4 header (RFC 791 section 3.1): none is needed, some aren't accepted. */
public final class Ipv4Options {
  private static final int END = 0;
  private static final int NO_OPERATION = 1;
  private static final int LOOSE_SOURCE_ROUTE = 131;
  private static final int STRICT_SOURCE_ROUTE = 137;

  private Ipv4Options() {}

  /** What to do with a packet because of its options. */
  public enum Verdict {
    /** They are skipped. */
    FINE,
    /** An option's length is less than 2, or beyond the header. */
    MALFORMED,
    /** It came by a source route, which hosts drop by default (RFC 7126 sections 4.3, 4.4). */
    SOURCE_ROUTE
  }

  /**
   * Checks all options.
   *
   * @param header the IPv4 header's address
   * @param headerBytes its length, 20 to 60
   */
  public static Verdict check(long header, int headerBytes) {
    for (int at = Ipv4Header.MIN_BYTES; at < headerBytes; ) {
      int type = Memory.getByte(header + at);
      if (type == END) {
        break;
      }
      int length = 1;
      if (type != NO_OPERATION) {
        length = at + 1 == headerBytes ? 0 : Memory.getByte(header + at + 1);
        if (length < 2 || at + length > headerBytes) {
          return Verdict.MALFORMED;
        }
      }
      if (type == LOOSE_SOURCE_ROUTE || type == STRICT_SOURCE_ROUTE) {
        return Verdict.SOURCE_ROUTE;
      }
      at += length;
    }
    return Verdict.FINE;
  }
}
