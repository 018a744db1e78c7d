package org.mosstack.tcp;

import org.mosstack.header.IcmpHeader;
import org.mosstack.header.TcpHeader;
import org.mosstack.ip.Path;
import org.mosstack.ip.TransportInput;
import org.mosstack.stats.Counter;
import org.mosstack.stats.Counters;

/**
 * Arriving segments of one core: which connection they are for, and the states in which there is
 * none yet (RFC 9293 sections 3.10.7.1 to 3.10.7.3). {@link SegmentArrives} does the rest.
 */
final class TcpInput implements TransportInput {
  /** MSS of a peer that sent none (RFC 9293 section 3.7.1). */
  private static final int DEFAULT_MSS = 536;

  /** The least MSS that is believed: less would make every segment mostly header. */
  private static final int MIN_MSS = 64;

  /** The least MTU that ICMP is believed (RFC 5927 section 7.2 in spirit, as Linux has it). */
  private static final int MIN_PATH_MTU = 552;

  private static final int HEADERS_BYTES = 40;

  private final TcpCore core;
  private final TcpOutput output;
  private final TcpTimers timers;
  private final Counters counters;
  private final SegmentArrives segmentArrives;
  private final Segment seg = new Segment();

  TcpInput(TcpCore core, TcpOutput output, TcpTimers timers, Counters counters) {
    this.core = core;
    this.output = output;
    this.timers = timers;
    this.counters = counters;
    segmentArrives = new SegmentArrives(core, output, timers, counters);
  }

  @Override
  public void input(long mbuf, int source, int destination, boolean checksumVerified) {
    switch (seg.parse(mbuf, source, destination, checksumVerified)) {
      case OK -> process();
      case MALFORMED -> drop(mbuf, Counter.DROP_TCP_MALFORMED);
      case BAD_CHECKSUM -> drop(mbuf, Counter.DROP_TCP_CHECKSUM);
      case BAD_OPTION -> drop(mbuf, Counter.DROP_TCP_OPTION);
    }
  }

  @Override
  public int steer(long header, int length, int source, int destination) {
    if (length < TcpHeader.MIN_BYTES) {
      return HERE;
    }
    FlowSteering steering = core.listeners().steering();
    int sourcePort = TcpHeader.sourcePort(header);
    int port = TcpHeader.destinationPort(header);
    boolean opens = (TcpHeader.flags(header) & (TcpHeader.SYN | TcpHeader.ACK)) == TcpHeader.SYN;
    if (!opens && !steering.isUsed()
        || core.flows().find(destination, port, source, sourcePort) != null) {
      return HERE;
    }
    if (!opens) {
      return steering.target(port, core.index());
    }
    TcpListener listener =
        core.listeners().find(destination, port, core.index(), source * 31 + sourcePort);
    int target = listener == null ? core.index() : listener.handler.servingCore(core.index());
    if (target == core.index()) {
      return HERE;
    }
    steering.remember(port, core.index(), target);
    return target;
  }

  private void drop(long mbuf, Counter reason) {
    counters.increment(reason);
    seg.mbuf = mbuf;
    core.free(seg);
  }

  private void process() {
    counters.increment(Counter.TCP_SEGMENTS_RECEIVED);
    TcpConnection c =
        core.flows().find(seg.destination, seg.destinationPort, seg.source, seg.sourcePort);
    if (c != null
        && c.state == TcpState.TIME_WAIT
        && segmentArrives.reopens(c, seg)
        && findListener() != null) {
      int last = c.sndNxt;
      counters.increment(Counter.TCP_TIME_WAIT_REUSED);
      core.destroy(c, TcpError.NONE);
      listen(last);
    } else if (c == null) {
      listen(0);
    } else if (c.state == TcpState.SYN_SENT) {
      synSent(c);
    } else {
      segmentArrives.process(c, seg);
    }
    core.free(seg);
  }

  // ---- CLOSED and LISTEN ----

  /**
   * A segment without a connection: for a listener, or for nobody.
   *
   * @param lastSequence where a connection of the same ends in TIME_WAIT stood, or 0: the new one
   *     starts beyond it (RFC 6191 section 2)
   */
  private void listen(int lastSequence) {
    TcpListener listener = findListener();
    if (!seg.has(TcpHeader.SYN) && core.listeners().steering().isAmbiguous()) {
      counters.increment(Counter.DROP_TCP_STEERED_ELSEWHERE);
      return; // it went to all cores, and may be for another
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
      passiveOpen(listener, lastSequence);
    }
  }

  private TcpListener findListener() {
    int hash = seg.source * 31 + seg.sourcePort;
    return core.listeners().find(seg.destination, seg.destinationPort, core.index(), hash);
  }

  private void passiveOpen(TcpListener listener, int lastSequence) {
    TcpListener.PerCore queues = listener.on(core.index());
    if (queues.synReceived >= listener.synQueueLimit) {
      counters.increment(Counter.DROP_TCP_SYN_QUEUE_FULL);
      queues.dropped++;
      return;
    }
    if (queues.established.size() >= listener.backlog) {
      counters.increment(Counter.DROP_TCP_ACCEPT_QUEUE_FULL);
      queues.dropped++;
      return;
    }
    if (core.flows().size() >= core.config().maxConnections()) {
      counters.increment(Counter.DROP_TCP_MAX_CONCURRENCY);
      return;
    }
    Path path = core.ip().path(seg.source);
    if (path == null) {
      counters.increment(Counter.DROP_IP_NO_ROUTE);
      return;
    }
    TcpConnection c = core.opener().passive(listener, seg, path);
    takeSyn(c);
    core.opener().answer(c, lastSequence);
  }

  /** Takes the peer's sequence number, window and options from its SYN. */
  private void takeSyn(TcpConnection c) {
    c.irs = seg.seq;
    c.rcvNxt = seg.seq + 1;
    c.rcvAdv += c.rcvNxt; // what our own SYN promised, if one was sent: it counted from 0
    c.sndWnd = seg.wnd; // never scaled in a SYN (RFC 7323 section 2.2)
    c.maxSndWnd = seg.wnd;
    c.sndWl1 = seg.seq;
    c.sndWl2 = seg.ack;
    TcpOptions options = seg.options;
    boolean weOffer = !c.active;
    c.windowScaling = options.windowShift >= 0 && (weOffer || c.windowScaling);
    c.sndWndShift = c.windowScaling ? options.windowShift : 0;
    if (!c.windowScaling) {
      c.rcvWndShift = 0;
    }
    c.timestamps = options.timestamps && (weOffer || c.timestamps);
    if (c.timestamps) {
      c.tsRecent = options.tsVal;
      c.tsRecentNanos = core.now();
    }
    int peerMss = options.mss == 0 ? DEFAULT_MSS : Math.max(options.mss, MIN_MSS);
    setMss(c, Math.min(peerMss, c.advMss));
  }

  private static void setMss(TcpConnection c, int base) {
    c.sndMssBase = base;
    c.sndMss = base - (c.timestamps ? TcpOutput.PADDED_TIMESTAMPS_BYTES : 0);
  }

  // ---- SYN_SENT (RFC 9293 section 3.10.7.3) ----

  private void synSent(TcpConnection c) {
    boolean hasAck = seg.has(TcpHeader.ACK);
    if (hasAck && seg.ack != c.iss + 1) {
      counters.increment(Counter.DROP_TCP_BAD_ACK);
      output.resetFor(seg);
      return;
    }
    if (seg.has(TcpHeader.RST)) {
      if (hasAck) {
        counters.increment(Counter.TCP_RESETS_RECEIVED);
        core.destroy(c, TcpError.REFUSED);
      }
      return;
    }
    if (!seg.has(TcpHeader.SYN)) {
      return;
    }
    ConnectionChain.leave(c);
    takeSyn(c);
    c.lastReceiveNanos = core.now();
    if (hasAck) {
      synAcknowledged(c);
    } else {
      simultaneousOpen(c);
    }
  }

  private void synAcknowledged(TcpConnection c) {
    segmentArrives.measure(c, seg);
    c.timing = false;
    c.sndUna = seg.ack;
    core.opener().connected(c);
    core.pending().ackNow(c);
  }

  /** Both ends sent a SYN: ours goes out again with an ACK. */
  private void simultaneousOpen(TcpConnection c) {
    c.state = TcpState.SYN_RECEIVED;
    output.syn(c);
    timers.armRetransmit(c);
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
    TcpConnection c = core.flows().find(source, sourcePort, destination, destinationPort);
    // RFC 5927 section 4.1: only errors about something in flight are believed.
    if (c == null || Seq.lt(sequence, c.sndUna) || Seq.geq(sequence, c.sndMax)) {
      counters.increment(Counter.DROP_ICMP_IGNORED);
      return;
    }
    if (type == IcmpHeader.UNREACHABLE && code == IcmpHeader.CODE_FRAGMENTATION_NEEDED) {
      fragmentationNeeded(c, mtu);
    } else if (c.state == TcpState.SYN_SENT) {
      core.destroy(c, errorFor(type, code));
    } else {
      counters.increment(Counter.DROP_ICMP_IGNORED); // soft errors (RFC 5461)
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

  /** Smaller segments from here on; what was lost is sent again at once (RFC 1191). */
  private void fragmentationNeeded(TcpConnection c, int mtu) {
    int believed = Math.max(mtu, MIN_PATH_MTU);
    c.pathMtu = Math.min(c.pathMtu, believed);
    int base = believed - HEADERS_BYTES;
    if (base >= c.sndMssBase) {
      return;
    }
    setMss(c, base);
    c.congestion.mss(c.sndMss);
    if (c.state.maySend() && c.queuedBytes() > 0) {
      c.sndNxt = c.sndUna;
      c.timing = false;
      c.recovery.onTimeout(c.sndMax, 0, false, c.congestion); // nothing was lost by congestion
      core.pending().scheduleOutput(c);
    }
  }

  @Override
  public void unreachable(int destination) {
    TcpConnection next;
    for (TcpConnection c = core.opener().opening().first(); c != null; c = next) {
      next = c.chainNext;
      if (c.remoteAddress == destination) {
        core.destroy(c, TcpError.HOST_UNREACHABLE);
      }
    }
  }
}
