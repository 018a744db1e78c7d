package org.mosstack.device;

import java.util.Arrays;
import org.mosstack.header.EthernetHeader;
import org.mosstack.header.Ipv4Header;
import org.mosstack.header.TcpHeader;
import org.mosstack.mbuf.Mbuf;

/**
 * Finds the queue of a frame as a NIC with receive-side scaling does: TCP and UDP over unfragmented
 * IPv4 by addresses and ports, other IPv4 by addresses alone, with or without a priority tag. For
 * devices that spread in software. Immutable; any thread may use it.
 */
public final class FlowClassifier {
  private static final int PORTS_BYTES = 4;

  private final Rss rss;
  private final boolean spreads;

  /**
   * Uses this hash and table.
   *
   * @param rss what the device's {@link Capabilities#rss} reports
   */
  public FlowClassifier(Rss rss) {
    this.rss = rss;
    spreads = Arrays.stream(rss.reta()).distinct().count() > 1;
  }

  /**
   * The queue of a frame; stores the hash in the mbuf, 0 if the frame has none. Nothing is read
   * past the end of the mbuf's (first) segment: a frame cut short there counts as the kind that its
   * first bytes indicate.
   *
   * @param mbuf data at the Ethernet header, of any length
   * @param otherwise the result for frames that have no hash: ARP and all else that isn't IPv4
   */
  public int queue(long mbuf, int otherwise) {
    if (!spreads) {
      Mbuf.setRssHash(mbuf, 0);
      return rss.queue(0);
    }
    long data = Mbuf.data(mbuf);
    int length = Mbuf.dataLength(mbuf);
    int tag = length < EthernetHeader.BYTES ? 0 : EthernetHeader.priorityTagBytes(data, length);
    int headerBytes = tag + EthernetHeader.BYTES;
    long ip = data + headerBytes;
    if (length < headerBytes + Ipv4Header.MIN_BYTES
        || EthernetHeader.type(data + tag) != EthernetHeader.TYPE_IPV4
        || Ipv4Header.version(ip) != 4) {
      Mbuf.setRssHash(mbuf, 0);
      return otherwise;
    }
    int hash = hash(ip, length - headerBytes);
    Mbuf.setRssHash(mbuf, hash);
    return rss.queue(hash);
  }

  private int hash(long ip, int length) {
    int source = Ipv4Header.source(ip);
    int destination = Ipv4Header.destination(ip);
    int headerBytes = Ipv4Header.headerBytes(ip);
    int protocol = Ipv4Header.protocol(ip);
    boolean ports =
        (protocol == Ipv4Header.PROTOCOL_TCP || protocol == Ipv4Header.PROTOCOL_UDP)
            && !Ipv4Header.isFragment(ip)
            && headerBytes >= Ipv4Header.MIN_BYTES
            && length >= headerBytes + PORTS_BYTES;
    if (!ports) {
      return rss.hash(source, destination);
    }
    long transport = ip + headerBytes; // TCP and UDP have their ports in the same place
    return rss.hash(
        source, destination, TcpHeader.sourcePort(transport), TcpHeader.destinationPort(transport));
  }
}
