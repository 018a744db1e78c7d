package org.mosstack.header;

import org.mosstack.mbuf.Memory;

/** View of a UDP header at an address (RFC 768). */
public final class UdpHeader {
  /** Bytes of the header. */
  public static final int BYTES = 8;

  private static final int LENGTH = 4;
  private static final int CHECKSUM = 6;

  private UdpHeader() {}

  /** Length of header and payload, in bytes. */
  public static int length(long header) {
    return Memory.getShortBe(header + LENGTH);
  }

  /** Whether the sender computed a checksum; 0 means that it didn't. */
  public static boolean hasChecksum(long header) {
    return Memory.getShort(header + CHECKSUM) != 0;
  }

  /**
   * Whether the checksum over pseudo header, header and payload is right.
   *
   * @param sum {@link Checksum#sum} of as many bytes of header and payload as {@link #length} says
   */
  public static boolean checksumOk(long header, long sum, int source, int destination) {
    int length = length(header);
    long pseudo = Checksum.pseudoHeader(source, destination, Ipv4Header.PROTOCOL_UDP, length);
    return Checksum.fold(Checksum.add(pseudo, sum)) == 0xFFFF;
  }
}
