package org.mosstack.header;

import org.mosstack.mbuf.Memory;

/** View of an ICMP message at an address (RFC 792). */
public final class IcmpHeader {
  /** Bytes before the message's body. */
  public static final int BYTES = 8;

  /** Type: echo reply. */
  public static final int ECHO_REPLY = 0;

  /** Type: destination unreachable. */
  public static final int UNREACHABLE = 3;

  /** Type: echo request. */
  public static final int ECHO_REQUEST = 8;

  /** Type: time exceeded. */
  public static final int TIME_EXCEEDED = 11;

  /** Type: parameter problem. */
  public static final int PARAMETER_PROBLEM = 12;

  /** Code of {@link #UNREACHABLE}: network unreachable. */
  public static final int CODE_NET = 0;

  /** Code of {@link #UNREACHABLE}: protocol unreachable. */
  public static final int CODE_PROTOCOL = 2;

  /** Code of {@link #UNREACHABLE}: port unreachable. */
  public static final int CODE_PORT = 3;

  /** Code of {@link #UNREACHABLE}: fragmentation needed and "don't fragment" set (RFC 1191). */
  public static final int CODE_FRAGMENTATION_NEEDED = 4;

  /** Code of {@link #TIME_EXCEEDED}: fragments of a datagram didn't all arrive in time. */
  public static final int CODE_REASSEMBLY = 1;

  private static final int SOURCE_QUENCH = 4;
  private static final int REDIRECT = 5;

  private static final int TYPE = 0;
  private static final int CODE = 1;
  private static final int CHECKSUM = 2;
  private static final int REST = 4;
  private static final int NEXT_HOP_MTU = 6;

  private IcmpHeader() {}

  /** Type. */
  public static int type(long header) {
    return Memory.getByte(header + TYPE);
  }

  /** Code. */
  public static int code(long header) {
    return Memory.getByte(header + CODE);
  }

  /** Whether a message of this type is about another packet: no error may answer one. */
  public static boolean isError(int type) {
    return switch (type) {
      case UNREACHABLE, SOURCE_QUENCH, REDIRECT, TIME_EXCEEDED, PARAMETER_PROBLEM -> true;
      default -> false;
    };
  }

  /** MTU of the next hop in a "fragmentation needed" message; 0 from routers before RFC 1191. */
  public static int nextHopMtu(long header) {
    return Memory.getShortBe(header + NEXT_HOP_MTU);
  }

  /**
   * Writes type, code, the second word and the checksum over {@code length} bytes, the body
   * included.
   */
  public static void write(long header, int type, int code, int rest, int length) {
    Memory.putByte(header + TYPE, type);
    Memory.putByte(header + CODE, code);
    Memory.putShort(header + CHECKSUM, 0);
    Memory.putIntBe(header + REST, rest);
    Memory.putShort(header + CHECKSUM, ~Checksum.fold(Checksum.sum(header, length)));
  }

  /**
   * Turns an echo request into its reply, with checksum 0 for now: {@link #writeChecksum}.
   *
   * <p>The checksum isn't updated incrementally (RFC 1624): for a reply that is all zeros that
   * would give 0, where 0xFFFF is right.
   */
  public static void makeEchoReply(long header) {
    Memory.putByte(header + TYPE, ECHO_REPLY);
    Memory.putByte(header + CODE, 0);
    Memory.putShort(header + CHECKSUM, 0);
  }

  /** Writes the checksum, given {@link Checksum#sum} of the message with 0 in its place. */
  public static void writeChecksum(long header, long sum) {
    Memory.putShort(header + CHECKSUM, ~Checksum.fold(sum));
  }
}
