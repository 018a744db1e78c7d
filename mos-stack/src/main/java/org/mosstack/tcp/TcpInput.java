package org.mosstack.tcp;

import org.mosstack.header.IcmpHeader;
import org.mosstack.header.TcpHeader;
import org.mosstack.ip.TransportInput;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.socket.TcpError;
import org.mosstack.socket.TcpState;
import org.mosstack.stats.Counter;
import org.mosstack.stats.Counters;
import org.mosstack.tcp.segment.Segment;
import org.mosstack.tcp.segment.Seq;

/**
 * Finds whom one core's incoming segments are for: {@link Handshake}, {@link SegmentArrives} or
 * {@link TimeWaitArrives}, or nobody (CLOSED, RFC 9293 section 3.10.7.1).
 */
final class TcpInput implements TransportInput {
  private final TcpCore core;
  private final FlowTable flows;
  private final TimeWaitTable timeWaits;
  private final FlowPlacement placement;
  private final Handshake handshake;
  private final SegmentArrives segmentArrives;
  private final TimeWaitArrives timeWaitArrives;
  private final OpeningConnections opening;
  private final PathMtu pathMtu;
  private final TcpOutput output;
  private final Counters counters;
  private final Segment seg = new Segment();

  TcpInput(
      TcpCore core,
      FlowTable flows,
      TimeWaitTable timeWaits,
      FlowPlacement placement,
      Handshake handshake,
      SegmentArrives segmentArrives,
      TimeWaitArrives timeWaitArrives,
      OpeningConnections opening,
      PathMtu pathMtu,
      TcpOutput output,
      Counters counters) {
    this.core = core;
    this.flows = flows;
    this.timeWaits = timeWaits;
    this.placement = placement;
    this.handshake = handshake;
    this.segmentArrives = segmentArrives;
    this.timeWaitArrives = timeWaitArrives;
    this.opening = opening;
    this.pathMtu = pathMtu;
    this.output = output;
    this.counters = counters;
  }

  @Override
  public void input(
      long mbuf,
      long header,
      int length,
      int source,
      int destination,
      int tos,
      boolean checksumVerified) {
    seg.tos = tos;
    switch (seg.parse(mbuf, header, length, source, destination, checksumVerified)) {
      case OK -> process();
      case MALFORMED -> drop(mbuf, Counter.DROP_TCP_MALFORMED);
      case BAD_CHECKSUM -> drop(mbuf, Counter.DROP_TCP_CHECKSUM);
      case BAD_OPTION -> drop(mbuf, Counter.DROP_TCP_OPTION);
    }
  }

  @Override
  public void inputMoved(
      long mbuf,
      long header,
      int length,
      int source,
      int destination,
      int tos,
      boolean checksumVerified) {
    seg.ticket = Mbuf.ticket(mbuf);
    try {
      input(mbuf, header, length, source, destination, tos, checksumVerified);
    } finally {
      placement.settle(seg); // whatever happens: the next segment may have no ticket
    }
  }

  @Override
  public long ticket(long header, int length, int source, int destination) {
    return placement.ticket(header, length, source, destination);
  }

  @Override
  public long ticketOf(int localAddress, int localPort, int remoteAddress, int remotePort) {
    return placement.ticketOf(localAddress, localPort, remoteAddress, remotePort);
  }

  @Override
  public void notPassedOn(long ticket) {
    placement.notPassedOn(ticket);
  }

  private void drop(long mbuf, Counter reason) {
    counters.increment(reason);
    seg.mbuf = mbuf;
    core.free(seg);
  }

  private void process() {
    Tcb c = flows.find(seg.destination, seg.destinationPort, seg.source, seg.sourcePort);
    if (seg.segments != 1 && (c == null || !segmentArrives.takesWhole(c, seg))) {
      processEach();
    } else {
      process(c);
    }
  }

  /** Processes the segments of a super-segment one by one, as if they had come so. */
  private void processEach() {
    int left = seg.segments;
    int flags = seg.flags;
    int sequence = seg.seq;
    long mbuf = seg.takeMbuf();
    try {
      while (left > 0) {
        long next = left == 1 ? 0 : Mbuf.next(mbuf);
        left--;
        seg.become(mbuf, sequence, left == 0 ? flags : flags & ~(TcpHeader.PSH | TcpHeader.FIN));
        mbuf = next;
        sequence += seg.dataLen;
        process(flows.find(seg.destination, seg.destinationPort, seg.source, seg.sourcePort));
      }
    } finally {
      for (; left > 0; left--) { // something was thrown
        long next = Mbuf.next(mbuf);
        seg.become(mbuf, sequence, flags);
        core.free(seg);
        mbuf = next;
      }
    }
  }

  /**
   * Processes the segment.
   *
   * @param c the connection that it is for, or null
   */
  private void process(Tcb c) {
    counters.add(Counter.TCP_SEGMENTS_RECEIVED, seg.segments);
    try {
      if (c == null) {
        withoutConnection();
      } else if (c.state() == TcpState.SYN_SENT) {
        if (handshake.synSent(c, seg)) {
          segmentArrives.textOfSynAck(c, seg);
        }
      } else {
        segmentArrives.process(c, seg);
      }
    } finally {
      core.free(seg);
    }
  }

  // ---- CLOSED, LISTEN and TIME_WAIT ----

  private void withoutConnection() {
    int record = timeWaits.find(seg.destination, seg.destinationPort, seg.source, seg.sourcePort);
    if (record == TimeWaitTable.NONE) {
      listen();
      return;
    }
    Listener listener = timeWaitArrives.reopens(record, seg) ? findListener() : null;
    if (listener == null) {
      timeWaitArrives.process(record, seg);
    } else if (placement.isServedHere(listener)) {
      FlowPlacement.inherit(seg, timeWaits.ticket(record));
      handshake.passiveOpen(listener, seg, record);
    } else {
      counters.increment(Counter.DROP_TCP_FLOW_MOVED); // served elsewhere now: the SYN comes again
      timeWaits.remove(record);
    }
  }

  /** Handles a segment without a connection: it is for a listener, or for nobody. */
  private void listen() {
    Listener listener = findListener();
    if (listener != null
        && mayBringCookie()
        && handshake.cookies().accept(listener, seg, segmentArrives)) {
      return;
    }
    if (listener == null) {
      counters.increment(Counter.DROP_TCP_NO_LISTENER);
      output.resetFor(seg);
      return;
    }
    if (seg.has(TcpHeader.RST)) {
      return;
    }
    if (seg.has(TcpHeader.ACK)) {
      output.resetFor(seg);
      return;
    }
    if (seg.has(TcpHeader.SYN) && !seg.has(TcpHeader.FIN)) {
      handshake.passiveOpen(listener, seg, TimeWaitTable.NONE);
    }
  }

  private boolean mayBringCookie() {
    return (seg.flags & (TcpHeader.SYN | TcpHeader.RST | TcpHeader.ACK)) == TcpHeader.ACK;
  }

  private Listener findListener() {
    return placement.listener(
        seg.destination, seg.destinationPort, seg.source, seg.sourcePort, seg.ticket);
  }

  // ---- ICMP (RFC 9293 section 3.9.2.2, RFC 5927) ----

  @Override
  public void icmpError(
      int type,
      int code,
      int mtu,
      int source,
      int destination,
      int sourcePort,
      int destinationPort,
      int sequence) {
    Tcb c = flows.find(source, sourcePort, destination, destinationPort);
    // RFC 5927 section 4.1: only errors about something in flight are believed.
    if (c == null || Seq.lt(sequence, c.sndUna) || Seq.geq(sequence, c.sndMax)) {
      counters.increment(Counter.DROP_ICMP_IGNORED);
      return;
    }
    if (type == IcmpHeader.UNREACHABLE && code == IcmpHeader.CODE_FRAGMENTATION_NEEDED) {
      if (!pathMtu.claimed(c, mtu, sequence)) {
        counters.increment(Counter.DROP_ICMP_IGNORED);
      }
    } else if (c.state() == TcpState.SYN_SENT) {
      core.destroy(c, errorFor(type, code)); // soft errors too: RFC 5461 section 4.1
    } else {
      // Hard errors count as soft too (RFC 5927 section 5.2): reported only if no answer comes.
      counters.increment(Counter.TCP_SOFT_ERRORS);
      boolean net = type == IcmpHeader.UNREACHABLE && code == IcmpHeader.CODE_NET;
      c.softError = net ? TcpError.NET_UNREACHABLE : TcpError.HOST_UNREACHABLE;
    }
  }

  private static TcpError errorFor(int type, int code) {
    if (type != IcmpHeader.UNREACHABLE) {
      return TcpError.HOST_UNREACHABLE;
    }
    return switch (code) {
      case IcmpHeader.CODE_NET -> TcpError.NET_UNREACHABLE;
      case IcmpHeader.CODE_PORT, IcmpHeader.CODE_PROTOCOL -> TcpError.REFUSED;
      default -> TcpError.HOST_UNREACHABLE;
    };
  }

  @Override
  public void unreachable(int destination) {
    opening.unreachable(destination);
  }
}
