package org.mosstack.ip;

import org.mosstack.header.EthernetHeader;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.MbufPool;
import org.mosstack.stats.Counter;
import org.mosstack.stats.Counters;

/**
 * Checks received frames and hands them to ARP or IPv4. Frames with a priority tag, which switches
 * and hypervisors leave on, are accepted like those without, as in Linux; a VLAN's frames aren't
 * for us.
 */
final class EthernetInput {
  private final ArpInput arp;
  private final Ipv4Input ipv4;
  private final MbufPool pool;
  private final Counters counters;

  EthernetInput(ArpInput arp, Ipv4Input ipv4, MbufPool pool, Counters counters) {
    this.arp = arp;
    this.ipv4 = ipv4;
    this.pool = pool;
    this.counters = counters;
  }

  /**
   * Processes a frame; owns the mbuf.
   *
   * @param origin where this core got it from
   */
  void input(NetInterface from, long mbuf, Origin origin, long nowNanos) {
    if (Mbuf.segments(mbuf) != 1) {
      drop(mbuf, Counter.DROP_ETHERNET_SEGMENTS);
      return;
    }
    if (Mbuf.dataLength(mbuf) < EthernetHeader.BYTES) {
      drop(mbuf, Counter.DROP_ETHERNET_SHORT);
      return;
    }
    long frame = Mbuf.data(mbuf);
    long destination = EthernetHeader.destination(frame);
    boolean group = Addresses.isGroupMac(destination);
    if (destination != from.mac() && !group) {
      drop(mbuf, Counter.DROP_ETHERNET_OTHER_HOST);
      return;
    }
    int type = EthernetHeader.type(frame);
    switch (type == EthernetHeader.TYPE_VLAN ? untag(mbuf, frame) : type) {
      case EthernetHeader.TYPE_IPV4 -> {
        Mbuf.trimFront(mbuf, EthernetHeader.BYTES);
        ipv4.input(from, mbuf, group, origin, nowNanos);
      }
      case EthernetHeader.TYPE_ARP -> arp.input(from, mbuf, origin, nowNanos);
      default -> drop(mbuf, Counter.DROP_ETHERNET_TYPE);
    }
  }

  /**
   * Removes a priority tag, which would be in the way of other cores and of answers' headers.
   *
   * @return the EtherType behind it; that of the tag if it stays
   */
  private static int untag(long mbuf, long frame) {
    int bytes = EthernetHeader.priorityTagBytes(frame, Mbuf.dataLength(mbuf));
    if (bytes > 0) {
      EthernetHeader.moveOverTag(frame, bytes);
      Mbuf.trimFront(mbuf, bytes);
    }
    return EthernetHeader.type(frame + bytes);
  }

  private void drop(long mbuf, Counter reason) {
    counters.increment(reason);
    pool.free(mbuf);
  }
}
