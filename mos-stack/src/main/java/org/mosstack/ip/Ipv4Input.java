package org.mosstack.ip;

import org.mosstack.header.EthernetHeader;
import org.mosstack.header.IcmpHeader;
import org.mosstack.header.Ipv4Fields;
import org.mosstack.header.Ipv4Header;
import org.mosstack.header.Ipv4Options;
import org.mosstack.header.TcpHeader;
import org.mosstack.header.UdpHeader;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.MbufPool;
import org.mosstack.stats.Counter;
import org.mosstack.stats.Counters;

/**
 * Checks received IPv4 packets as RFC 1122 section 3.2.1 asks, and hands them to their protocol
 * once they are whole, without what follows their total length. Options are skipped, except source
 * routes.
 */
final class Ipv4Input {
  private final LocalAddresses local;
  private final IcmpInput icmpInput;
  private final IcmpOutput icmpOutput;
  private final Ipv4Reassembly reassembly;
  private final MbufPool pool;
  private final Counters counters;

  /** Fields of the packet being processed. */
  private final Ipv4Fields fields = new Ipv4Fields();

  private TransportInput transport;
  private OtherCores others = OtherCores.NONE;

  Ipv4Input(
      LocalAddresses local,
      IcmpInput icmpInput,
      IcmpOutput icmpOutput,
      Ipv4Reassembly reassembly,
      MbufPool pool,
      Counters counters) {
    this.local = local;
    this.icmpInput = icmpInput;
    this.icmpOutput = icmpOutput;
    this.reassembly = reassembly;
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
   * Processes a packet; owns the mbuf.
   *
   * @param mbuf data at the Ethernet header
   * @param ip address of the IP header
   * @param length bytes from there on, which may include padding
   * @param linkBroadcast whether its frame was broadcast or multicast
   * @param origin where this core got it from
   */
  void input(
      NetInterface from,
      long mbuf,
      long ip,
      int length,
      boolean linkBroadcast,
      Origin origin,
      long nowNanos) {
    long checksums = from.checksumFlags(mbuf);
    Counter reason = checkHeader(ip, length, checksums & Mbuf.RX_IP_CKSUM_MASK);
    if (reason == null) {
      reason = checkAddresses(from, linkBroadcast);
    }
    if (reason == null && fields.headerBytes() > Ipv4Header.MIN_BYTES) {
      reason = checkOptions(ip);
    }
    if (reason != null) {
      drop(mbuf, reason);
      return;
    }
    boolean fragment = fields.isFragment();
    int protocol = fields.protocol();
    if (protocol == Ipv4Header.PROTOCOL_TCP && !fragment && transport != null) {
      if (origin == Origin.ARRIVAL_CORE || !servedElsewhere(from, mbuf, ip)) {
        tcp(mbuf, ip, checksums & Mbuf.RX_L4_CKSUM_MASK, origin);
      }
      return;
    }
    if (Mbuf.segments(mbuf) != 1) { // the claim to be a super-segment of TCP's is false
      drop(mbuf, Counter.DROP_ETHERNET_SEGMENTS);
      return;
    }
    Mbuf.setData(mbuf, ip, fields.totalLength());
    if (fragment) {
      fragment(from, mbuf, origin, nowNanos);
    } else if (protocol == Ipv4Header.PROTOCOL_ICMP) {
      icmpInput.input(from, mbuf, origin, nowNanos);
    } else if (origin != Origin.DEVICE) {
      drop(mbuf, Counter.DROP_IP_PROTOCOL); // nothing else is passed on between cores
    } else if (protocol == Ipv4Header.PROTOCOL_UDP) {
      udp(mbuf, ip, nowNanos);
    } else {
      unreachable(mbuf, Counter.DROP_IP_PROTOCOL, IcmpHeader.CODE_PROTOCOL, nowNanos);
    }
  }

  /** Reads {@link #fields}; returns the reason to drop the packet, or null. */
  private Counter checkHeader(long ip, int length, long checksum) {
    if (length < Ipv4Header.MIN_BYTES) {
      return Counter.DROP_IP_MALFORMED;
    }
    fields.read(ip);
    if (fields.version() != 4) {
      return Counter.DROP_IP_MALFORMED;
    }
    int headerBytes = fields.headerBytes();
    int totalLength = fields.totalLength();
    if (headerBytes < Ipv4Header.MIN_BYTES || headerBytes > totalLength || totalLength > length) {
      return Counter.DROP_IP_MALFORMED;
    }
    boolean good =
        checksum == Mbuf.RX_IP_CKSUM_GOOD
            || checksum != Mbuf.RX_IP_CKSUM_BAD && fields.checksumOk(ip);
    return good ? null : Counter.DROP_IP_CHECKSUM;
  }

  /** Returns the reason to drop the packet, or null. */
  private Counter checkAddresses(NetInterface from, boolean linkBroadcast) {
    int destination = fields.destination();
    if (!local.isSource(from, fields.source())) {
      return Counter.DROP_IP_SOURCE;
    }
    if (local.isBroadcast(destination) || Addresses.isGroup(destination)) {
      return Counter.DROP_IP_BROADCAST;
    }
    boolean strayLoopback = Addresses.isLoopback(destination) && !from.isLoopback();
    if (!local.isLocal(destination) || strayLoopback) {
      return Counter.DROP_IP_OTHER_HOST;
    }
    if (linkBroadcast) {
      return Counter.DROP_IP_LINK_BROADCAST;
    }
    if (fields.ttl() == 0) {
      return Counter.DROP_IP_TTL;
    }
    return null;
  }

  /** Returns the reason to drop a packet with options, or null. */
  private Counter checkOptions(long ip) {
    return switch (Ipv4Options.check(ip, fields.headerBytes())) {
      case FINE -> null;
      case MALFORMED -> Counter.DROP_IP_OPTION;
      case SOURCE_ROUTE -> Counter.DROP_IP_SOURCE_ROUTE;
    };
  }

  /** Keeps a fragment; once none is missing, processes the whole datagram in its place. */
  private void fragment(NetInterface from, long mbuf, Origin origin, long nowNanos) {
    long whole = reassembly.input(mbuf, fields, nowNanos);
    if (whole == 0) {
      return;
    }
    if (Mbuf.segments(whole) > 1) {
      large(from, whole, origin, nowNanos);
      return;
    }
    long ip = Mbuf.data(whole);
    int length = Mbuf.dataLength(whole);
    Mbuf.prepend(whole, EthernetHeader.BYTES); // the first fragment's, only trimmed off
    if (origin != Origin.DEVICE || !arrivesElsewhere(from, whole, ip)) {
      input(from, whole, ip, length, false, origin, nowNanos);
    }
  }

  /**
   * Passes a TCP segment that came in fragments on to the core where its flow's packets arrive:
   * fragments are spread by their addresses alone.
   */
  private boolean arrivesElsewhere(NetInterface from, long mbuf, long ip) {
    fields.read(ip);
    if (fields.protocol() != Ipv4Header.PROTOCOL_TCP) {
      return false;
    }
    long tcp = ip + fields.headerBytes(); // has 8 bytes, as it came in fragments
    int sourcePort = TcpHeader.sourcePort(tcp);
    int destinationPort = TcpHeader.destinationPort(tcp);
    int source = fields.source();
    int destination = fields.destination();
    if (others.toArrivalCore(from, mbuf, source, destination, sourcePort, destinationPort)) {
      pool.free(mbuf);
      return true;
    }
    return false;
  }

  /**
   * Processes a datagram in several buffers: an echo request, or something that nothing here
   * accepts.
   */
  private void large(NetInterface from, long mbuf, Origin origin, long nowNanos) {
    long ip = Mbuf.data(mbuf);
    int protocol = Ipv4Header.protocol(ip);
    if (protocol == Ipv4Header.PROTOCOL_ICMP) {
      icmpInput.input(from, mbuf, origin, nowNanos);
    } else if (origin != Origin.DEVICE
        || protocol == Ipv4Header.PROTOCOL_TCP && transport != null) {
      drop(mbuf, Counter.DROP_IP_DATAGRAM_TOO_LARGE); // larger than any MSS we advertise
    } else if (protocol == Ipv4Header.PROTOCOL_UDP) {
      udp(mbuf, ip, nowNanos);
    } else {
      unreachable(mbuf, Counter.DROP_IP_PROTOCOL, IcmpHeader.CODE_PROTOCOL, nowNanos);
    }
  }

  /** Passes on a segment whose flow another core serves; if none does, returns false. */
  private boolean servedElsewhere(NetInterface from, long mbuf, long ip) {
    int headerBytes = fields.headerBytes();
    long ticket =
        transport.ticket(
            ip + headerBytes,
            fields.totalLength() - headerBytes,
            fields.source(),
            fields.destination());
    if (ticket == Ticket.NONE) {
      return false;
    }
    if (!others.toServingCore(from, mbuf, ticket)) {
      transport.notPassedOn(ticket);
      return false;
    }
    pool.free(mbuf);
    return true;
  }

  private void tcp(long mbuf, long ip, long checksum, Origin origin) {
    if (checksum == Mbuf.RX_L4_CKSUM_BAD) {
      drop(mbuf, Counter.DROP_TCP_CHECKSUM);
      return;
    }
    int source = fields.source();
    int destination = fields.destination();
    long header = ip + fields.headerBytes();
    int length = fields.totalLength() - fields.headerBytes();
    boolean verified = ReceivedChecksums.isVerified(checksum, header, length, source, destination);
    if (origin == Origin.ARRIVAL_CORE) {
      transport.inputMoved(mbuf, header, length, source, destination, fields.tos(), verified);
    } else {
      transport.input(mbuf, header, length, source, destination, fields.tos(), verified);
    }
  }

  private void udp(long mbuf, long ip, long nowNanos) {
    if (isUdp(mbuf, ip)) {
      unreachable(mbuf, Counter.DROP_UDP_NO_PORT, IcmpHeader.CODE_PORT, nowNanos);
    } else {
      drop(mbuf, Counter.DROP_UDP_MALFORMED);
    }
  }

  /** RFC 768; if the datagram is in several buffers, the first holds the header. */
  private static boolean isUdp(long mbuf, long ip) {
    int headerBytes = Ipv4Header.headerBytes(ip);
    int length = Mbuf.packetLength(mbuf) - headerBytes;
    if (length < UdpHeader.BYTES) {
      return false;
    }
    long udp = ip + headerBytes;
    int udpLength = UdpHeader.length(udp);
    if (udpLength < UdpHeader.BYTES || udpLength > length) {
      return false;
    }
    return !UdpHeader.hasChecksum(udp)
        || UdpHeader.checksumOk(
            udp,
            PacketSum.sum(mbuf, headerBytes, udpLength),
            Ipv4Header.source(ip),
            Ipv4Header.destination(ip));
  }

  /** Tells the sender of a datagram that nothing here accepts it. */
  private void unreachable(long mbuf, Counter reason, int code, long nowNanos) {
    counters.increment(reason);
    pool.freeRest(mbuf); // an error quotes no more than the first holds
    icmpOutput.unreachable(mbuf, code, nowNanos);
  }

  private void drop(long mbuf, Counter reason) {
    counters.increment(reason);
    pool.free(mbuf);
  }
}
