package org.mosstack.ip;

import static org.mosstack.header.Ipv4Header.MIN_BYTES;

import org.mosstack.header.EthernetHeader;
import org.mosstack.header.Ipv4Header;
import org.mosstack.header.TcpFrame;
import org.mosstack.header.TcpHeader;
import org.mosstack.mbuf.Mbuf;

/**
 * Generic segmentation offload, as Linux calls it: cuts super-segments ({@link
 * Mbuf#requestSegmentation}) for ports that don't. Nothing is copied but headers, as each segment's
 * payload is in an mbuf of its own, with the {@link Mbuf#payloadSum} where the device leaves
 * checksums to us.
 */
final class Gso {
  private static final int NOT_IN_ALL = TcpHeader.PSH | TcpHeader.FIN | TcpHeader.CWR;

  private Gso() {}

  /**
   * Makes each mbuf of a super-segment a packet of its own. They stay linked by {@link Mbuf#next}.
   *
   * @param head data at the IPv4 header, which has no options, or at the Ethernet header
   * @param l2Bytes bytes of the Ethernet header; 0 if it is still to come
   * @param txChecksum whether the device fills in the checksums
   * @return the number of packets
   */
  static int cut(long head, int l2Bytes, boolean txChecksum) {
    int segments = Mbuf.segments(head);
    long ip = Mbuf.data(head) + l2Bytes;
    long tcp = ip + MIN_BYTES;
    int headerBytes = l2Bytes + MIN_BYTES + TcpHeader.headerBytesOf(control(tcp));
    int flags = TcpHeader.flags(tcp);
    int sequence = TcpHeader.sequence(tcp);
    Mbuf.unchain(head);
    int payload = Mbuf.dataLength(head) - headerBytes;
    long mbuf = head;
    for (int i = 1; i < segments; i++) {
      mbuf = Mbuf.next(mbuf);
      sequence += payload;
      payload = Mbuf.dataLength(mbuf);
      TcpFrame.copy(Mbuf.data(head), Mbuf.prepend(mbuf, headerBytes), headerBytes);
      int own = i == segments - 1 ? TcpHeader.CWR : NOT_IN_ALL;
      finish(mbuf, l2Bytes, sequence, flags & ~own, txChecksum);
    }
    finish(
        head,
        l2Bytes,
        TcpHeader.sequence(tcp),
        flags & ~(TcpHeader.PSH | TcpHeader.FIN),
        txChecksum);
    return segments;
  }

  private static long control(long tcp) {
    return TcpHeader.acknowledgmentToWindow(tcp);
  }

  /** Fills in what differs from the first segment's headers. */
  private static void finish(long mbuf, int l2Bytes, int sequence, int flags, boolean txChecksum) {
    long ip = Mbuf.data(mbuf) + l2Bytes;
    long tcp = ip + MIN_BYTES;
    int length = Mbuf.dataLength(mbuf) - l2Bytes;
    Ipv4Header.changeLength(ip, length, txChecksum);
    TcpHeader.change(tcp, sequence, flags);
    int source = Ipv4Header.source(ip);
    int destination = Ipv4Header.destination(ip);
    Mbuf.setFlags(mbuf, 0);
    if (txChecksum) {
      TcpHeader.writePseudoHeaderSum(tcp, length - MIN_BYTES, source, destination);
      Mbuf.requestTcpChecksum(mbuf, EthernetHeader.BYTES, MIN_BYTES);
    } else {
      int tcpBytes = TcpHeader.headerBytesOf(control(tcp));
      long payloadSum = Mbuf.payloadSum(mbuf);
      TcpHeader.writeChecksum(tcp, tcpBytes, length - MIN_BYTES, source, destination, payloadSum);
    }
  }
}
