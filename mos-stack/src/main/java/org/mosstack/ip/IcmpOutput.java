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
  static final int ECHOES_BURST = 250;

  private static final int TTL = 64; // RFC 1700
  private static final int TOS_WITHOUT_ECN = 0xFC;
  private static final int MAX_ERROR_BYTES = 576; // RFC 1812 section 4.3.2.3

  private final Routing routing;
  private final Ipv4Output output;
  private final MbufPool pool;
  private final Counters counters;
  private final PeerLimit errors;
  private final PeerLimit echoes;

  IcmpOutput(
      Routing routing,
      Ipv4Output output,
      MbufPool pool,
      Counters counters,
      RandomGenerator random,
      long nowNanos) {
    this.routing = routing;
    this.output = output;
    this.pool = pool;
    this.counters = counters;
    errors = new PeerLimit(ERRORS_PER_SECOND, ERRORS_BURST, random, nowNanos);
    echoes = new PeerLimit(ECHOES_PER_SECOND, ECHOES_BURST, random, nowNanos);
  }

  /**
   * Answers an echo request (RFC 792; RFC 1122 section 3.2.2.6). Owns the mbuf.
   *
   * @param mbuf the request, data at the ICMP header, checked
   * @param tos type of service of the request
   * @param source who asked
   * @param destination which of our addresses was asked
   */
  void echoReply(long mbuf, int tos, int source, int destination, long nowNanos) {
    if (!echoes.take(source, nowNanos)) {
      drop(mbuf, Counter.DROP_ICMP_RATE_LIMITED);
      return;
    }
    long icmp = Mbuf.data(mbuf);
    int rest = IcmpHeader.rest(icmp);
    IcmpHeader.write(icmp, IcmpHeader.ECHO_REPLY, 0, rest, Mbuf.dataLength(mbuf));
    send(mbuf, destination, source, tos & TOS_WITHOUT_ECN, nowNanos);
  }

  /**
   * Tells a sender that its packet has no taker here. The caller has made sure that RFC 1122
   * section 3.2.2 allows it: a whole packet, for one of our addresses alone, from one host, no ICMP
   * error. Owns the mbuf.
   *
   * @param mbuf the packet, data at the IP header
   * @param code protocol or port unreachable
   */
  void unreachable(long mbuf, int code, long nowNanos) {
    long packet = Mbuf.data(mbuf);
    int source = Ipv4Header.source(packet);
    if (!errors.take(source, nowNanos)) {
      drop(mbuf, Counter.DROP_ICMP_RATE_LIMITED);
      return;
    }
    int destination = Ipv4Header.destination(packet);
    int excess = Mbuf.dataLength(mbuf) + Ipv4Header.MIN_BYTES + IcmpHeader.BYTES - MAX_ERROR_BYTES;
    if (excess > 0) {
      Mbuf.trimBack(mbuf, excess);
    }
    long icmp = Mbuf.prepend(mbuf, IcmpHeader.BYTES);
    IcmpHeader.write(icmp, IcmpHeader.UNREACHABLE, code, 0, Mbuf.dataLength(mbuf));
    send(mbuf, destination, source, 0, nowNanos);
  }

  private void send(long mbuf, int source, int destination, int tos, long nowNanos) {
    Path path = routing.path(destination, nowNanos);
    if (path == null) {
      drop(mbuf, Counter.DROP_IP_NO_ROUTE);
      return;
    }
    int protocol = Ipv4Header.PROTOCOL_ICMP;
    output.send(path, mbuf, source, destination, protocol, tos, TTL, true, nowNanos);
  }

  private void drop(long mbuf, Counter reason) {
    counters.increment(reason);
    pool.free(mbuf);
  }
}
