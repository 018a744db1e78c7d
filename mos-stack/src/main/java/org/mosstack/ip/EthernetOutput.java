package org.mosstack.ip;

import org.mosstack.header.EthernetHeader;

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
    return path.isResolved()
        ? path.netInterface.transmit(mbuf, path.mac, EthernetHeader.TYPE_IPV4)
        : waiting.add(path, mbuf);
  }
}
