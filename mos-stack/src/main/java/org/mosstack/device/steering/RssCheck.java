package org.mosstack.device.steering;

import org.mosstack.device.Rss;
import org.mosstack.header.EthernetHeader;
import org.mosstack.header.Ipv4Header;
import org.mosstack.header.TcpHeader;
import org.mosstack.mbuf.Mbuf;

/**
 * Checks whether a port spreads flows as its key and table say: compares the TCP segments that
 * arrive on one queue, and their hash if the driver reports it, with what {@link Rss} computes. For
 * one thread.
 */
final class RssCheck {
  /**
   * Distinct flows on the queue after which it is trusted: enough that most of the table's entries
   * that lead to it have been used.
   */
  static final int FLOWS = 256;

  /** Segments after which only those with a SYN are checked: ongoing flows have been by then. */
  private static final int SEGMENTS = 2048;

  private static final int LEAST_BYTES = Ipv4Header.MIN_BYTES + TcpHeader.MIN_BYTES;
  private static final int SLOTS = 2 * FLOWS;

  /** Selects the highest bits: the lowest ones, which chose the queue, are much alike. */
  private static final int SLOT_SHIFT = Integer.numberOfLeadingZeros(SLOTS - 1);

  private final Rss rss;
  private final int queue;

  /** Hashes of the flows seen, each in the first free (0) slot from its highest bits on. */
  private final int[] seen = new int[SLOTS];

  private int flows;
  private int segments;

  RssCheck(Rss rss, int queue) {
    this.rss = rss;
    this.queue = queue;
  }

  /** Whether enough was seen, so that no further packet need be checked. */
  boolean isPassed() {
    return flows >= FLOWS;
  }

  /**
   * Checks a received packet.
   *
   * @param mbuf data at the Ethernet header, of any length
   * @return what contradicts the key or table; null if nothing does, as for all but plain TCP
   *     segments over IPv4 in good packets: ports hash others as they like
   */
  String problem(long mbuf) {
    long ip = Mbuf.data(mbuf) + EthernetHeader.BYTES;
    long tcp = ip + Ipv4Header.MIN_BYTES;
    if (Mbuf.dataLength(mbuf) < EthernetHeader.BYTES + LEAST_BYTES
        || segments >= SEGMENTS && (TcpHeader.flags(tcp) & TcpHeader.SYN) == 0
        || !isPlainTcp(mbuf, ip)) {
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
    segments = Math.min(segments + 1, SEGMENTS);
    note(hash);
    return null;
  }

  private static boolean isPlainTcp(long mbuf, long ip) {
    int length = Ipv4Header.totalLength(ip);
    return EthernetHeader.type(Mbuf.data(mbuf)) == EthernetHeader.TYPE_IPV4
        && Ipv4Header.version(ip) == 4
        && Ipv4Header.headerBytes(ip) == Ipv4Header.MIN_BYTES
        && Ipv4Header.protocol(ip) == Ipv4Header.PROTOCOL_TCP
        && !Ipv4Header.isFragment(ip)
        && length >= LEAST_BYTES
        && length <= Mbuf.packetLength(mbuf) - EthernetHeader.BYTES
        && Ipv4Header.checksumOk(ip, Ipv4Header.MIN_BYTES);
  }

  /**
   * Counts a flow by its hash, once; there is always a free slot, as no more than half are used.
   */
  private void note(int hash) {
    int value = hash == 0 ? 1 : hash;
    int slot = value >>> SLOT_SHIFT;
    while (seen[slot] != 0 && seen[slot] != value) {
      slot = slot + 1 & SLOTS - 1;
    }
    if (seen[slot] == 0) {
      seen[slot] = value;
      flows++;
    }
  }
}
