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
    if (Mbuf.segments(mbuf) != 1 && !Mbuf.isSuperSegment(mbuf)) {
      drop(mbuf, Counter.DROP_ETHERNET_SEGMENTS);
      return;
    }
    int length = Mbuf.dataLength(mbuf);
    if (length < EthernetHeader.BYTES) {
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
    if (type == EthernetHeader.TYPE_VLAN) {
      int tag = untag(mbuf, frame, length);
      frame += tag;
      length -= tag;
      type = EthernetHeader.type(frame);
    }
    long payload = frame + EthernetHeader.BYTES;
    switch (type) {
      case EthernetHeader.TYPE_IPV4 ->
          ipv4.input(from, mbuf, payload, length - EthernetHeader.BYTES, group, origin, nowNanos);
      case EthernetHeader.TYPE_ARP -> arp.input(from, mbuf, origin, nowNanos);
      default -> drop(mbuf, Counter.DROP_ETHERNET_TYPE);
    }
  }

  /**
   * Removes a priority tag, which would be in the way of other cores and of answers' headers.
   *
   * @return the bytes by which the frame is shorter now; 0 if the tag stays
   */
  private static int untag(long mbuf, long frame, int length) {
    int bytes = EthernetHeader.priorityTagBytes(frame, length);
    if (bytes > 0) {
      EthernetHeader.moveOverTag(frame, bytes);
      Mbuf.trimFront(mbuf, bytes);
    }
    return bytes;
  }

  private void drop(long mbuf, Counter reason) {
    counters.increment(reason);
    pool.free(mbuf);
  }
}
