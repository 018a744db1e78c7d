package org.mosstack.ip;

import java.util.random.RandomGenerator;
import org.mosstack.header.IcmpHeader;
import org.mosstack.header.Ipv4Header;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.MbufPool;
import org.mosstack.stats.Counter;
import org.mosstack.stats.Counters;

/**
 * ICMP messages that this stack sends: echo replies and errors, each kind with limits of its own
 * (RFC 1812 section 4.3.2.8), by {@link PeerLimit group of peers}. Both are made in the buffer of
 * the packet that they answer, and may be fragmented on their way: nobody would make them smaller.
 */
final class IcmpOutput {
  /** Errors a second to a group of peers; to all of them 1,024, about what Linux allows a host. */
  static final int ERRORS_PER_SECOND = 16;

  /** Errors to a group at once: as Linux allows a peer. */
  static final int ERRORS_BURST = 6;

  /** Echo replies a second to a group: enough to measure with; all of them don't load a core. */
  static final int ECHOES_PER_SECOND = 1000;

  /** Echo replies to a group at once. */
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
   * Answers an echo request (RFC 792; RFC 1122 section 3.2.2.6), in fragments where the request is
   * larger than the link's MTU. Owns the mbuf.
   *
   * @param mbuf the request, data at the ICMP header, checked; any number of segments
   * @param tos type of service of the request
   * @param source who asked
   * @param destination which of our addresses was asked
   */
  void echoReply(long mbuf, int tos, int source, int destination, long nowNanos) {
    if (!echoes.take(source, nowNanos)) {
      drop(mbuf, Counter.DROP_ICMP_RATE_LIMITED);
      return;
    }
    Path path = routing.pathForAnswer(source, nowNanos);
    if (path == null) {
      pool.free(mbuf); // it was counted why
      return;
    }
    int length = Mbuf.packetLength(mbuf);
    boolean whole = Ipv4Header.MIN_BYTES + length <= path.mtu();
    // Each frame counts: the answer to one large request is as much work as those to many.
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
   * What is sent whole stands in one buffer. A request that came in fragments may stand in several
   * although it isn't larger than the MTU: where its first one left no room behind it.
   *
   * @return the packet or its copy; 0 when there is no buffer for that
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
   * Tells a sender that its packet has no taker here. The caller has made sure that RFC 1122
   * section 3.2.2 allows it: a whole packet, for one of our addresses alone, from one host, no ICMP
   * error. Owns the mbuf.
   *
   * @param mbuf the packet, or what its first segment held of it, data at the IP header
   * @param code protocol or port unreachable
   */
  void unreachable(long mbuf, int code, long nowNanos) {
    error(mbuf, IcmpHeader.UNREACHABLE, code, nowNanos);
  }

  /**
   * Tells a sender that some fragments of its datagram didn't come in time (RFC 792). As for {@link
   * #unreachable}, and what has come is no ICMP error. Owns the mbuf.
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
      pool.free(mbuf); // it was counted why
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
