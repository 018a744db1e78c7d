package org.mosstack.ip;

import org.mosstack.header.Ipv4Header;
import org.mosstack.header.TcpHeader;
import org.mosstack.mbuf.Mbuf;

/** Whether checksums of received packets are right: by what the device reports, or computed. */
final class ReceivedChecksums {
  /** All flags about checksums. */
  static final long MASK = Mbuf.RX_IP_CKSUM_MASK | Mbuf.RX_L4_CKSUM_MASK;

  /** The flags of a super-segment whose checksums were right. */
  static final long JOINED = Mbuf.RX_IP_CKSUM_GOOD | Mbuf.RX_L4_CKSUM_GOOD | Mbuf.RX_LRO;

  private ReceivedChecksums() {}

  /**
   * Whether an IPv4 header's checksum is right.
   *
   * @param flags what the device reports
   * @param ip address of the header
   */
  static boolean ipOk(long flags, long ip, int headerBytes) {
    long reported = flags & Mbuf.RX_IP_CKSUM_MASK;
    return reported == Mbuf.RX_IP_CKSUM_GOOD
        || reported != Mbuf.RX_IP_CKSUM_BAD && Ipv4Header.checksumOk(ip, headerBytes);
  }

  /**
   * Whether a TCP segment's checksum is right.
   *
   * @param flags what the device reports
   * @param header address of the TCP header
   * @param length bytes of header and payload
   */
  static boolean tcpOk(long flags, long header, int length, int source, int destination) {
    long reported = flags & Mbuf.RX_L4_CKSUM_MASK;
    return reported != Mbuf.RX_L4_CKSUM_BAD
        && (isVerified(reported, header, length, source, destination)
            || TcpHeader.checksumOk(header, length, source, destination));
  }

  /**
   * Whether nothing is left to verify.
   *
   * @param reported about the TCP checksum by the device
   */
  static boolean isVerified(long reported, long header, int length, int source, int destination) {
    return reported == Mbuf.RX_L4_CKSUM_GOOD
        || reported == Mbuf.RX_L4_CKSUM_NONE && isUnfinished(header, length, source, destination);
  }

  /**
   * Whether the sender left the checksum to a device and no device was involved: a neighbour on the
   * same machine. Some drivers report "none" for packets they haven't examined, so this is checked.
   */
  private static boolean isUnfinished(long header, int length, int source, int destination) {
    return length >= TcpHeader.MIN_BYTES
        && TcpHeader.holdsPseudoHeaderSum(header, length, source, destination);
  }
}
