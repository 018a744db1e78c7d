package org.mosstack.header;

import org.mosstack.mbuf.Memory;

/** View of an IPv4 header at an address (RFC 791). Addresses are ints, first octet highest. */
public final class Ipv4Header {
  /** Bytes of a header without options. */
  public static final int MIN_BYTES = 20;

  /** Most bytes of a datagram, header and payload (RFC 791 section 3.1). */
  public static final int MAX_TOTAL_LENGTH = 65_535;

  /** Unit of fragment offsets in bytes; the length of all fragments but the last is a multiple. */
  public static final int FRAGMENT_UNIT = 8;

  /** Protocol number of ICMP. */
  public static final int PROTOCOL_ICMP = 1;

  /** Protocol number of TCP. */
  public static final int PROTOCOL_TCP = 6;

  /** Protocol number of UDP. */
  public static final int PROTOCOL_UDP = 17;

  /** The two bits of the type-of-service octet that are for congestion (RFC 3168 section 5). */
  public static final int ECN_MASK = 3;

  /** ECN field: the transport isn't ECN-capable. */
  public static final int NOT_ECT = 0;

  /** ECN field: the transport is ECN-capable; the senders' default. */
  public static final int ECT_0 = 2;

  /** ECN field: congestion was experienced on the way. */
  public static final int CE = 3;

  /** Offset of the source address, where the pseudo header's 8 address bytes start. */
  static final int SOURCE = 12;

  private static final int VERSION_IHL = 0;
  private static final int TOS = 1;
  private static final int TOTAL_LENGTH = 2;
  private static final int FRAGMENT = 6;
  static final int TTL = 8;
  private static final int PROTOCOL = 9;
  private static final int CHECKSUM = 10;
  static final int DESTINATION = 16;
  private static final int DONT_FRAGMENT = 0x4000;
  static final int MORE_FRAGMENTS = 0x2000;
  static final int OFFSET_MASK = 0x1FFF;
  static final int MORE_FRAGMENTS_AND_OFFSET = MORE_FRAGMENTS | OFFSET_MASK;

  private Ipv4Header() {}

  /** IP version; 4. */
  public static int version(long header) {
    return Memory.getByte(header + VERSION_IHL) >>> 4;
  }

  /** Header length with options, in bytes: 0 to 60. */
  public static int headerBytes(long header) {
    return (Memory.getByte(header + VERSION_IHL) & 0x0F) << 2;
  }

  /** Type of service: DSCP and ECN. */
  public static int tos(long header) {
    return Memory.getByte(header + TOS);
  }

  /** The ECN field of a type-of-service octet, 0 to 3. */
  public static int ecn(int tos) {
    return tos & ECN_MASK;
  }

  /** Length of header and payload, in bytes. */
  public static int totalLength(long header) {
    return Memory.getShortBe(header + TOTAL_LENGTH);
  }

  /** Whether this is one of several fragments: more follow, or the offset isn't 0. */
  public static boolean isFragment(long header) {
    return (Memory.getShortBe(header + FRAGMENT) & MORE_FRAGMENTS_AND_OFFSET) != 0;
  }

  /** Where in its datagram's payload a fragment's bytes belong, in bytes; 0 if it is whole. */
  public static int fragmentOffset(long header) {
    return (Memory.getShortBe(header + FRAGMENT) & OFFSET_MASK) * FRAGMENT_UNIT;
  }

  /** Protocol number of the payload. */
  public static int protocol(long header) {
    return Memory.getByte(header + PROTOCOL);
  }

  /** Source address. */
  public static int source(long header) {
    return Memory.getIntBe(header + SOURCE);
  }

  /** Destination address. */
  public static int destination(long header) {
    return Memory.getIntBe(header + DESTINATION);
  }

  /** Whether the header checksum is right; {@code headerBytes} must lie within the packet. */
  public static boolean checksumOk(long header, int headerBytes) {
    long sum = sum(header);
    if (headerBytes > MIN_BYTES) {
      sum = Checksum.add(sum, Checksum.sum(header + MIN_BYTES, headerBytes - MIN_BYTES));
    }
    return Checksum.fold(sum) == 0xFFFF;
  }

  /** {@link Checksum#sum} of a header without options. */
  private static long sum(long header) {
    long sum = Checksum.add(Memory.getLong(header), Memory.getLong(header + TTL));
    return sum + (Memory.getInt(header + DESTINATION) & 0xFFFF_FFFFL);
  }

  /** Writes a header without options, with "don't fragment" set. */
  public static void write(
      long header,
      int tos,
      int totalLength,
      int identification,
      int ttl,
      int protocol,
      int source,
      int destination) {
    int fragment = identification << 16 | DONT_FRAGMENT;
    write(header, tos, totalLength, fragment, ttl << 8 | protocol, source, destination);
  }

  /** As {@link #write}, for a packet that routers may fragment: "don't fragment" isn't set. */
  public static void writeFragmentable(
      long header,
      int tos,
      int totalLength,
      int identification,
      int ttl,
      int protocol,
      int source,
      int destination) {
    int fragment = identification << 16;
    write(header, tos, totalLength, fragment, ttl << 8 | protocol, source, destination);
  }

  /** As the fields are numbers here, so is their sum. */
  private static void write(
      long header, int tos, int totalLength, int fragment, int life, int source, int destination) {
    int version = 0x4500 << 16 | tos << 16 | totalLength & 0xFFFF;
    long lengths = (long) version << 32 | fragment & 0xFFFF_FFFFL;
    long lifeToSource = (long) life << 48 | source & 0xFFFF_FFFFL;
    long sum = Checksum.add(lengths, lifeToSource) + (destination & 0xFFFF_FFFFL);
    long checksum = ~Checksum.fold(sum) & 0xFFFF;
    Memory.putLongBe(header + VERSION_IHL, lengths);
    Memory.putLongBe(header + TTL, lifeToSource | checksum << 32);
    Memory.putIntBe(header + DESTINATION, destination);
  }

  /** Sets the checksum field to 0, which a device expects that fills in the checksum itself. */
  public static void clearChecksum(long header) {
    Memory.putShort(header + CHECKSUM, 0);
  }

  /**
   * Turns a header that {@link #write} wrote into that of a fragment, without "don't fragment". Its
   * checksum is to be {@linkplain #writeChecksum written} afterwards.
   *
   * @param offset where in the datagram's payload its bytes belong, a multiple of {@link
   *     #FRAGMENT_UNIT}
   * @param more whether it isn't the last
   */
  public static void setFragment(long header, int offset, boolean more) {
    int flags = more ? MORE_FRAGMENTS : 0;
    Memory.putShortBe(header + FRAGMENT, flags | offset / FRAGMENT_UNIT);
  }

  /**
   * Turns a fragment's header into that of its whole datagram: offset and flags are 0, the checksum
   * is right.
   *
   * @param header with options or without
   * @param totalLength length of header and payload
   * @param tos the datagram's type of service
   */
  public static void makeWhole(long header, int totalLength, int tos) {
    Memory.putByte(header + TOS, tos);
    Memory.putShortBe(header + TOTAL_LENGTH, totalLength);
    Memory.putShortBe(header + FRAGMENT, 0);
    clearChecksum(header);
    Memory.putShort(header + CHECKSUM, ~Checksum.fold(Checksum.sum(header, headerBytes(header))));
  }

  /**
   * Changes the total length of a header without options.
   *
   * @param leavesChecksum whether a device is to fill in the checksum; its field is 0 then
   */
  public static void changeLength(long header, int totalLength, boolean leavesChecksum) {
    Memory.putShortBe(header + TOTAL_LENGTH, totalLength);
    if (leavesChecksum) {
      clearChecksum(header);
    } else {
      writeChecksum(header);
    }
  }

  /** Fills in the checksum of a header without options, after a change. */
  public static void writeChecksum(long header) {
    clearChecksum(header);
    Memory.putShort(header + CHECKSUM, ~Checksum.fold(sum(header)));
  }
}
