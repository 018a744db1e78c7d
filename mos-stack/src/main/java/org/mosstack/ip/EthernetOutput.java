package org.mosstack.ip;

import org.mosstack.header.EthernetHeader;
import org.mosstack.mbuf.Mbuf;

/** Sends IPv4 packets to next hops, at once or when ARP has found their MAC addresses. */
final class EthernetOutput {
  private final ArpTable arp;
  private final WaitingPackets waiting;

  EthernetOutput(ArpTable arp, WaitingPackets waiting) {
    this.arp = arp;
    this.waiting = waiting;
  }

  /**
   * Sends a packet to a path's next hop, or queues it until the MAC address is known. Owns the
   * mbuf, whose data starts at the IP header.
   *
   * @return false if it was dropped
   */
  boolean send(Path given, long mbuf, long nowNanos) {
    Path path = arp.resolve(given, nowNanos);
    if (path.isResolved()) {
      return path.netInterface.transmit(mbuf, path.mac, EthernetHeader.TYPE_IPV4);
    }
    return Mbuf.requestsSegmentation(mbuf) ? waitCut(path, mbuf) : waiting.add(path, mbuf);
  }

  /** Cuts a super-segment, as packets that wait use the link between segments. */
  private boolean waitCut(Path path, long head) {
    long mbuf = head;
    boolean kept = true;
    for (int left = Gso.cut(head, 0, path.netInterface.txChecksum()); left > 0; left--) {
      long next = Mbuf.next(mbuf);
      Mbuf.setNext(mbuf, 0);
      kept &= waiting.add(path, mbuf);
      mbuf = next;
    }
    return kept;
  }
}
