package org.mosstack.ip;

import org.mosstack.header.Ipv4Header;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.MbufPool;
import org.mosstack.stats.Counter;
import org.mosstack.stats.Counters;

/** Prepends the IPv4 header to a packet and hands it to its path. */
final class Ipv4Output {
  private final EthernetOutput ethernet;
  private final MbufPool pool;
  private final Counters counters;
  private final Identifications identifications;

  Ipv4Output(
      EthernetOutput ethernet, MbufPool pool, Counters counters, Identifications identifications) {
    this.ethernet = ethernet;
    this.pool = pool;
    this.counters = counters;
    this.identifications = identifications;
  }

  /**
   * See {@link IpLayer#send}.
   *
   * @param fragmentable whether routers may fragment the packet
   */
  boolean send(
      Path path,
      long mbuf,
      int source,
      int destination,
      int protocol,
      int tos,
      int ttl,
      boolean fragmentable,
      long nowNanos) {
    if (Mbuf.segments(mbuf) != 1 && !Mbuf.requestsSegmentation(mbuf)) {
      return drop(mbuf, Counter.DROP_IP_SEGMENTS);
    }
    int length = Ipv4Header.MIN_BYTES + Mbuf.dataLength(mbuf);
    if (length > path.mtu()) {
      return drop(mbuf, Counter.DROP_IP_TOO_BIG);
    }
    long ip = Mbuf.prepend(mbuf, Ipv4Header.MIN_BYTES);
    if (fragmentable) {
      int id = identifications.next(source, destination, protocol);
      Ipv4Header.writeFragmentable(ip, tos, length, id, ttl, protocol, source, destination);
    } else {
      // Needs no identification (RFC 6864 section 4.1), and a counter would reveal other traffic.
      Ipv4Header.write(ip, tos, length, 0, ttl, protocol, source, destination);
    }
    // A device that fills in TCP's checksum fills in this one, too.
    if (path.netInterface.txChecksum() && Mbuf.requestsTcpChecksum(mbuf)) {
      Ipv4Header.clearChecksum(ip);
    }
    return ethernet.send(path, mbuf, nowNanos);
  }

  private boolean drop(long mbuf, Counter reason) {
    counters.increment(reason);
    pool.free(mbuf);
    return false;
  }
}
