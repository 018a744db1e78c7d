package org.mosstack.header;

import org.mosstack.mbuf.Memory;

/** View of a UDP header at an address (RFC 768). */
public final class UdpHeader {
  /** Bytes of the header. */
  public static final int BYTES = 8;

  private static final int SOURCE_PORT = 0;
  private static final int DESTINATION_PORT = 2;
  private static final int LENGTH = 4;
  private static final int CHECKSUM = 6;

  private UdpHeader() {}

  /** Source port. */
  public static int sourcePort(long header) {
    return Memory.getShortBe(header + SOURCE_PORT);
  }

  /** Destination port. */
  public static int destinationPort(long header) {
    return Memory.getShortBe(header + DESTINATION_PORT);
  }

  /** Length of header and payload, in bytes. */
  public static int length(long header) {
    return Memory.getShortBe(header + LENGTH);
  }

  /**
   * Whether the checksum over pseudo header, header and payload is right, or left out by the
   * sender.
   *
   * @param length bytes of header and payload, as the header says
   */
  public static boolean checksumOk(long header, int length, int source, int destination) {
    return Memory.getShort(header + CHECKSUM) == 0
        || isRight(Checksum.sum(header, length), length, source, destination);
  }

  /**
   * Whether the header's length is that of a whole datagram whose bytes don't stand in one place,
   * and its checksum right, or left out by the sender.
   *
   * @param sum {@link Checksum#sum} of the datagram
   * @param length its bytes, header and payload
   */
  public static boolean checksumOk(long header, long sum, int length, int source, int destination) {
    return length(header) == length
        && (Memory.getShort(header + CHECKSUM) == 0 || isRight(sum, length, source, destination));
  }

  private static boolean isRight(long sum, int length, int source, int destination) {
    long pseudo = Checksum.pseudoHeader(source, destination, Ipv4Header.PROTOCOL_UDP, length);
    return Checksum.fold(Checksum.add(pseudo, sum)) == 0xFFFF;
  }
}
