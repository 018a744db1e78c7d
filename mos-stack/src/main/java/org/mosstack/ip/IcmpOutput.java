package org.mosstack.ip;

import java.util.random.RandomGenerator;
import org.mosstack.header.IcmpHeader;
import org.mosstack.header.Ipv4Header;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.MbufPool;
import org.mosstack.stats.Counter;
import org.mosstack.stats.Counters;

/**
 * Sends ICMP messages: echo replies and errors, each kind with rate limits of its own (RFC 1812
 * section 4.3.2.8) per {@link PeerLimit group of peers}. Both are built in the buffer of the packet
 * that they answer, and may be fragmented on their way, as nothing would make them smaller.
 */
final class IcmpOutput {
  /** Errors per second to a group of peers; 1,024 to all groups, about what Linux allows a host. */
  static final int ERRORS_PER_SECOND = 16;

  /** Burst of errors to a group: what Linux allows a peer. */
  static final int ERRORS_BURST = 6;

  /** Echo replies per second to a group: enough for measuring; those to all don't load a core. */
  static final int ECHOES_PER_SECOND = 1000;

  /** Burst of echo replies to a group. */
  static final int ECHOES_BURST = 1000;

  private static final int TTL = 64; // RFC 1700
  private static final int TOS_WITHOUT_ECN = 0xFC;
  private static final int MAX_ERROR_BYTES = 576; // RFC 1812 section 4.3.2.3

  private final Routing routing;
  private final Ipv4Output output;
  private final Ipv4Fragmentation fragmentation;
  private final MbufPool pool;
  private final Counters counters;
  private final PeerLimit errors;
  private final PeerLimit echoes;

  IcmpOutput(
      Routing routing,
      Ipv4Output output,
      Ipv4Fragmentation fragmentation,
      MbufPool pool,
      Counters counters,
      RandomGenerator random,
      long nowNanos) {
    this.routing = routing;
    this.output = output;
    this.fragmentation = fragmentation;
    this.pool = pool;
    this.counters = counters;
    errors = new PeerLimit(ERRORS_PER_SECOND, ERRORS_BURST, random, nowNanos);
    echoes = new PeerLimit(ECHOES_PER_SECOND, ECHOES_BURST, random, nowNanos);
  }

  /**
   * Answers an echo request (RFC 792; RFC 1122 section 3.2.2.6), in fragments if the request is
   * larger than the link's MTU. Owns the mbuf.
   *
   * @param mbuf the request, data at the ICMP header, checked; any number of segments
   * @param tos type of service of the request
   * @param source who sent the request
   * @param destination our address that it was sent to
   */
  void echoReply(long mbuf, int tos, int source, int destination, long nowNanos) {
    if (!echoes.take(source, nowNanos)) {
      drop(mbuf, Counter.DROP_ICMP_RATE_LIMITED);
      return;
    }
    Path path = routing.pathForAnswer(source, nowNanos);
    if (path == null) {
      pool.free(mbuf); // the reason was counted
      return;
    }
    int length = Mbuf.packetLength(mbuf);
    boolean whole = Ipv4Header.MIN_BYTES + length <= path.mtu();
    // Each frame counts: answering one large request is as much work as answering many small ones.
    if (!whole && !echoes.take(source, Ipv4Fragmentation.count(path, length) - 1, nowNanos)) {
      drop(mbuf, Counter.DROP_ICMP_RATE_LIMITED);
      return;
    }
    long reply = whole ? inOneBuffer(mbuf) : mbuf;
    if (reply == 0) {
      counters.increment(Counter.NO_MBUF);
      return;
    }
    long icmp = Mbuf.data(reply);
    IcmpHeader.makeEchoReply(icmp);
    IcmpHeader.writeChecksum(icmp, PacketSum.sum(reply, 0));
    int replyTos = tos & TOS_WITHOUT_ECN;
    int protocol = Ipv4Header.PROTOCOL_ICMP;
    if (whole) {
      output.send(path, reply, destination, source, protocol, replyTos, TTL, true, nowNanos);
    } else {
      fragmentation.send(path, reply, destination, source, protocol, replyTos, TTL, nowNanos);
    }
  }

  /**
   * Moves a packet that is sent unfragmented into one buffer. A request that came in fragments may
   * be in several even if it isn't larger than the MTU, when its first one had no tailroom.
   *
   * @return the packet or its copy; 0 if there is no buffer for the copy
   */
  private long inOneBuffer(long mbuf) {
    if (Mbuf.segments(mbuf) == 1) {
      return mbuf;
    }
    long copy = pool.copy(mbuf);
    pool.free(mbuf);
    return copy;
  }

  /**
   * Tells a sender that nothing here accepts its packet. The caller has made sure that RFC 1122
   * section 3.2.2 allows it: a whole packet, sent to one of our addresses, from a single host, not
   * an ICMP error. Owns the mbuf.
   *
   * @param mbuf the packet, or its first segment, data at the IP header
   * @param code protocol or port unreachable
   */
  void unreachable(long mbuf, int code, long nowNanos) {
    error(mbuf, IcmpHeader.UNREACHABLE, code, nowNanos);
  }

  /**
   * Tells a sender that some fragments of its datagram didn't arrive in time (RFC 792). As for
   * {@link #unreachable}, the datagram must not be an ICMP error. Owns the mbuf.
   *
   * @param mbuf the first fragment, data at the IP header
   */
  void timeExceeded(long mbuf, long nowNanos) {
    error(mbuf, IcmpHeader.TIME_EXCEEDED, IcmpHeader.CODE_REASSEMBLY, nowNanos);
  }

  private void error(long mbuf, int type, int code, long nowNanos) {
    long packet = Mbuf.data(mbuf);
    int source = Ipv4Header.source(packet);
    if (!errors.take(source, nowNanos)) {
      drop(mbuf, Counter.DROP_ICMP_RATE_LIMITED);
      return;
    }
    int destination = Ipv4Header.destination(packet);
    Path path = routing.pathForAnswer(source, nowNanos);
    if (path == null) {
      pool.free(mbuf); // the reason was counted
      return;
    }
    int excess = Mbuf.dataLength(mbuf) + Ipv4Header.MIN_BYTES + IcmpHeader.BYTES - MAX_ERROR_BYTES;
    if (excess > 0) {
      Mbuf.trimBack(mbuf, excess);
    }
    long icmp = Mbuf.prepend(mbuf, IcmpHeader.BYTES);
    IcmpHeader.write(icmp, type, code, 0, Mbuf.dataLength(mbuf));
    int protocol = Ipv4Header.PROTOCOL_ICMP;
    output.send(path, mbuf, destination, source, protocol, 0, TTL, true, nowNanos);
  }

  private void drop(long mbuf, Counter reason) {
    counters.increment(reason);
    pool.free(mbuf);
  }
}
