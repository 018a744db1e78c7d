package org.mosstack.ip;

import org.mosstack.header.ArpHeader;
import org.mosstack.header.EthernetHeader;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.MbufPool;
import org.mosstack.stats.Counter;
import org.mosstack.stats.Counters;

/** Builds and sends ARP packets (RFC 826; announcements: RFC 5227). */
final class ArpOutput {
  static final int FRAME_BYTES = EthernetHeader.BYTES + ArpHeader.BYTES;

  private final MbufPool pool;
  private final Counters counters;

  ArpOutput(MbufPool pool, Counters counters) {
    this.pool = pool;
    this.counters = counters;
  }

  /**
   * Requests the path's next hop, by broadcast or by unicast to the neighbour's known MAC address.
   */
  void request(Path path, boolean broadcast) {
    NetInterface to = path.netInterface;
    send(to, broadcast ? Addresses.MAC_BROADCAST : path.mac, path.nextHop);
  }

  /** Announces the interface's MAC address on the link (RFC 5227 section 2.3). */
  void announce(NetInterface to) {
    send(to, Addresses.MAC_BROADCAST, to.address());
  }

  private void send(NetInterface to, long destinationMac, int targetIp) {
    long mbuf = pool.alloc();
    if (mbuf == 0) {
      counters.increment(Counter.NO_MBUF);
      return;
    }
    long arp = Mbuf.appendFirst(mbuf, ArpHeader.BYTES);
    long targetMac = 0; // unknown, or ignored
    ArpHeader.write(arp, ArpHeader.REQUEST, to.mac(), to.address(), targetMac, targetIp);
    to.transmit(mbuf, destinationMac, EthernetHeader.TYPE_ARP);
  }

  /** Turns a received request for the interface's address into the reply and sends it. */
  void reply(NetInterface to, long mbuf) {
    Mbuf.trimFront(mbuf, EthernetHeader.BYTES);
    long arp = Mbuf.data(mbuf);
    long mac = ArpHeader.senderMac(arp);
    int ip = ArpHeader.senderIp(arp);
    Mbuf.setLength(mbuf, ArpHeader.BYTES); // without the padding
    ArpHeader.write(arp, ArpHeader.REPLY, to.mac(), to.address(), mac, ip);
    to.transmit(mbuf, mac, EthernetHeader.TYPE_ARP);
  }
}
