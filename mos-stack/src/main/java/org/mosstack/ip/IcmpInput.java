package org.mosstack.ip;

import org.mosstack.header.Checksum;
import org.mosstack.header.EthernetHeader;
import org.mosstack.header.IcmpHeader;
import org.mosstack.header.Ipv4Header;
import org.mosstack.header.TcpHeader;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.MbufPool;
import org.mosstack.stats.Counter;
import org.mosstack.stats.Counters;

/**
 * Processes received ICMP messages: echo requests are answered, errors about our TCP segments go to
 * the transport of the core that serves the flow concerned, others are counted.
 */
final class IcmpInput {
  private static final int QUOTED_TRANSPORT_BYTES = 8; // RFC 792: always quoted

  private final LocalAddresses local;
  private final IcmpOutput output;
  private final MbufPool pool;
  private final Counters counters;
  private TransportInput transport;
  private OtherCores others = OtherCores.NONE;

  IcmpInput(LocalAddresses local, IcmpOutput output, MbufPool pool, Counters counters) {
    this.local = local;
    this.output = output;
    this.pool = pool;
    this.counters = counters;
  }

  void transport(TransportInput newTransport) {
    transport = newTransport;
  }

  void otherCores(OtherCores newOthers) {
    others = newOthers;
  }

  /**
   * Processes a message for one of our addresses; owns the mbuf.
   *
   * @param mbuf data at the IP header, which has been checked; several segments if it came in
   *     fragments, the first with that header and at least 8 bytes of the message
   * @param origin where this core got it from: only a message from a device is answered
   */
  void input(NetInterface from, long mbuf, Origin origin, long nowNanos) {
    long ip = Mbuf.data(mbuf);
    int headerBytes = Ipv4Header.headerBytes(ip);
    long icmp = ip + headerBytes;
    int length = Mbuf.dataLength(mbuf) - headerBytes;
    if (length < IcmpHeader.BYTES || Checksum.fold(PacketSum.sum(mbuf, headerBytes)) != 0xFFFF) {
      drop(mbuf, Counter.DROP_ICMP_MALFORMED);
      return;
    }
    int type = IcmpHeader.type(icmp);
    if (type == IcmpHeader.ECHO_REQUEST && origin == Origin.DEVICE) {
      Mbuf.trimFront(mbuf, headerBytes);
      int tos = Ipv4Header.tos(ip);
      output.echoReply(mbuf, tos, Ipv4Header.source(ip), Ipv4Header.destination(ip), nowNanos);
    } else if (Mbuf.segments(mbuf) > 1) {
      drop(mbuf, Counter.DROP_IP_DATAGRAM_TOO_LARGE);
    } else if (isToldToTransport(type)) {
      error(from, mbuf, icmp, length, origin);
    } else {
      drop(mbuf, Counter.DROP_ICMP_IGNORED);
    }
  }

  /** RFC 1122 sections 3.2.2.1, 3.2.2.4, 3.2.2.5; not source quench (RFC 6633), nor redirects. */
  private static boolean isToldToTransport(int type) {
    return type == IcmpHeader.UNREACHABLE
        || type == IcmpHeader.TIME_EXCEEDED
        || type == IcmpHeader.PARAMETER_PROBLEM;
  }

  private void error(NetInterface from, long mbuf, long icmp, int length, Origin origin) {
    long quoted = icmp + IcmpHeader.BYTES;
    int quotedLength = length - IcmpHeader.BYTES;
    if (!isWhole(quoted, quotedLength)) {
      drop(mbuf, Counter.DROP_ICMP_MALFORMED);
      return;
    }
    int source = Ipv4Header.source(quoted);
    boolean concernsUs =
        transport != null
            && Ipv4Header.protocol(quoted) == Ipv4Header.PROTOCOL_TCP
            && Ipv4Header.fragmentOffset(quoted) == 0 // has the TCP header (PathMtu clears DF)
            && local.isLocal(source);
    if (!concernsUs) {
      drop(mbuf, Counter.DROP_ICMP_IGNORED);
      return;
    }
    int destination = Ipv4Header.destination(quoted);
    long tcp = quoted + Ipv4Header.headerBytes(quoted);
    int sourcePort = TcpHeader.sourcePort(tcp);
    int destinationPort = TcpHeader.destinationPort(tcp);
    if (!passedOn(from, mbuf, origin, source, destination, sourcePort, destinationPort)) {
      int type = IcmpHeader.type(icmp);
      int code = IcmpHeader.code(icmp);
      boolean tooBig =
          type == IcmpHeader.UNREACHABLE && code == IcmpHeader.CODE_FRAGMENTATION_NEEDED;
      transport.icmpError(
          type,
          code,
          tooBig ? IcmpHeader.nextHopMtu(icmp) : 0,
          source,
          destination,
          sourcePort,
          destinationPort,
          TcpHeader.sequence(tcp));
    }
    pool.free(mbuf);
  }

  /** Whether an IP header and the first bytes after it are complete. */
  private static boolean isWhole(long quoted, int length) {
    if (length < Ipv4Header.MIN_BYTES || Ipv4Header.version(quoted) != 4) {
      return false;
    }
    int headerBytes = Ipv4Header.headerBytes(quoted);
    return headerBytes >= Ipv4Header.MIN_BYTES && headerBytes + QUOTED_TRANSPORT_BYTES <= length;
  }

  /**
   * Passes an error on to the core where its flow's packets arrive, and from there to the serving
   * core.
   */
  private boolean passedOn(
      NetInterface from,
      long mbuf,
      Origin origin,
      int source,
      int destination,
      int sourcePort,
      int destinationPort) {
    if (origin == Origin.ARRIVAL_CORE) {
      return false;
    }
    Mbuf.prepend(mbuf, EthernetHeader.BYTES); // the Ethernet header is still in front
    if (origin == Origin.DEVICE
        && others.toArrivalCore(from, mbuf, destination, source, destinationPort, sourcePort)) {
      return true;
    }
    long ticket = transport.ticketOf(source, sourcePort, destination, destinationPort);
    return ticket != Ticket.NONE && others.toServingCore(from, mbuf, ticket);
  }

  private void drop(long mbuf, Counter reason) {
    counters.increment(reason);
    pool.free(mbuf);
  }
}
