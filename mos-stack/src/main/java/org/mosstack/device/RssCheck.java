package org.mosstack.device;

import org.mosstack.header.EthernetHeader;
import org.mosstack.header.Ipv4Header;
import org.mosstack.header.TcpHeader;
import org.mosstack.mbuf.Mbuf;

/**
 * Whether a port spreads flows as its key and table say: compares the TCP segments that arrive on
 * one queue, their hash where the driver notes it, with what {@link Rss} makes of them. For one
 * thread.
 */
final class RssCheck {
  /** New flows on the queue after which it is believed. */
  static final int FLOWS = 32;

  /** So many segments of known flows count as one new one. */
  private static final int SEGMENTS_PER_FLOW = 64;

  private static final int ENOUGH = FLOWS * SEGMENTS_PER_FLOW;

  private final Rss rss;
  private final int queue;
  private int passed;

  RssCheck(Rss rss, int queue) {
    this.rss = rss;
    this.queue = queue;
  }

  /** Whether enough was seen: no further packet need be looked at. */
  boolean isPassed() {
    return passed >= ENOUGH;
  }

  /**
   * Looks at a received packet.
   *
   * @param mbuf data at the Ethernet header, of any length
   * @return what contradicts key or table; null when nothing does, as for all but plain TCP
   *     segments over IPv4: of others, ports hash what they like
   */
  String problem(long mbuf) {
    long ip = Mbuf.data(mbuf) + EthernetHeader.BYTES;
    long tcp = ip + Ipv4Header.MIN_BYTES;
    int least = EthernetHeader.BYTES + Ipv4Header.MIN_BYTES + TcpHeader.MIN_BYTES;
    if (Mbuf.dataLength(mbuf) < least
        || EthernetHeader.type(Mbuf.data(mbuf)) != EthernetHeader.TYPE_IPV4
        || Ipv4Header.version(ip) != 4
        || Ipv4Header.headerBytes(ip) != Ipv4Header.MIN_BYTES
        || Ipv4Header.protocol(ip) != Ipv4Header.PROTOCOL_TCP
        || Ipv4Header.isFragment(ip)) {
      return null;
    }
    int hash =
        rss.hash(
            Ipv4Header.source(ip),
            Ipv4Header.destination(ip),
            TcpHeader.sourcePort(tcp),
            TcpHeader.destinationPort(tcp));
    if ((Mbuf.flags(mbuf) & Mbuf.RX_RSS_HASH) != 0 && Mbuf.rssHash(mbuf) != hash) {
      return "the port's hash of a packet is 0x%08x, by its key it would be 0x%08x"
          .formatted(Mbuf.rssHash(mbuf), hash);
    }
    if (rss.queue(hash) != queue) {
      return "a packet came on queue %d, by the port's key and table it belongs on queue %d"
          .formatted(queue, rss.queue(hash));
    }
    passed += (TcpHeader.flags(tcp) & TcpHeader.SYN) != 0 ? SEGMENTS_PER_FLOW : 1;
    return null;
  }
}
