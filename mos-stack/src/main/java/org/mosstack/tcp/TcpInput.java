package org.mosstack.tcp;

import org.mosstack.config.SynCookieMode;
import org.mosstack.header.IcmpHeader;
import org.mosstack.header.TcpHeader;
import org.mosstack.ip.Path;
import org.mosstack.ip.TransportInput;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.stats.Counter;
import org.mosstack.stats.Counters;

/**
 * Handles one core's incoming segments: finds their connections, and processes those of CLOSED,
 * LISTEN and SYN_SENT (RFC 9293 sections 3.10.7.1 to 3.10.7.3). {@link SegmentArrives} and {@link
 * TimeWaitArrives} do the rest.
 */
final class TcpInput implements TransportInput {
  /** MSS assumed of a peer that sent none (RFC 9293 section 3.7.1). */
  static final int DEFAULT_MSS = 536;

  /** Minimum MSS that is believed: less would make every segment mostly header. */
  static final int MIN_MSS = 64;

  private final TcpCore core;
  private final TcpOutput output;
  private final TcpTimers timers;
  private final Counters counters;
  private final SegmentArrives segmentArrives;
  private final TimeWaitArrives timeWaitArrives;
  private final FlowPlacement placement;
  private final CookieHandshake cookies;
  private final Segment seg = new Segment();

  TcpInput(
      TcpCore core,
      TcpOutput output,
      TcpTimers timers,
      FlowPlacement placement,
      ChallengeLimit challenges,
      TimeWaitArrives timeWaitArrives,
      Counters counters) {
    this.core = core;
    this.output = output;
    this.timers = timers;
    this.timeWaitArrives = timeWaitArrives;
    this.placement = placement;
    this.counters = counters;
    ChallengeAcks challengeAcks = new ChallengeAcks(core, output, challenges, counters);
    segmentArrives = new SegmentArrives(core, output, timers, challengeAcks, counters);
    cookies = new CookieHandshake(core, this, segmentArrives, output, counters);
  }

  @Override
  public void input(long mbuf, int source, int destination, int tos, boolean checksumVerified) {
    seg.tos = tos;
    switch (seg.parse(mbuf, source, destination, checksumVerified)) {
      case OK -> process();
      case MALFORMED -> drop(mbuf, Counter.DROP_TCP_MALFORMED);
      case BAD_CHECKSUM -> drop(mbuf, Counter.DROP_TCP_CHECKSUM);
      case BAD_OPTION -> drop(mbuf, Counter.DROP_TCP_OPTION);
    }
  }

  @Override
  public void inputMoved(
      long mbuf, int source, int destination, int tos, boolean checksumVerified) {
    seg.ticket = Mbuf.ticket(mbuf);
    try {
      input(mbuf, source, destination, tos, checksumVerified);
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
    counters.increment(Counter.TCP_SEGMENTS_RECEIVED);
    try {
      TcpConnection c =
          core.flows().find(seg.destination, seg.destinationPort, seg.source, seg.sourcePort);
      if (c == null) {
        withoutConnection();
      } else if (c.state == TcpState.SYN_SENT) {
        synSent(c);
      } else {
        segmentArrives.process(c, seg);
      }
    } finally {
      core.free(seg);
    }
  }

  // ---- CLOSED, LISTEN and TIME_WAIT ----

  private void withoutConnection() {
    int record =
        core.timeWaits().find(seg.destination, seg.destinationPort, seg.source, seg.sourcePort);
    if (record == TimeWaitTable.NONE) {
      listen();
      return;
    }
    TcpListener listener = timeWaitArrives.reopens(record, seg) ? findListener() : null;
    if (listener == null) {
      timeWaitArrives.process(record, seg);
    } else if (placement.isServedHere(listener)) {
      FlowPlacement.inherit(seg, core.timeWaits().ticket(record));
      passiveOpen(listener, record);
    } else {
      counters.increment(Counter.DROP_TCP_FLOW_MOVED); // served elsewhere now: the SYN comes again
      core.timeWaits().remove(record);
    }
  }

  /** Handles a segment without a connection: it is for a listener, or for nobody. */
  private void listen() {
    TcpListener listener = findListener();
    if (listener != null && mayBringCookie() && cookies.accept(listener, seg)) {
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
      passiveOpen(listener, TimeWaitTable.NONE);
    }
  }

  private boolean mayBringCookie() {
    return (seg.flags & (TcpHeader.SYN | TcpHeader.RST | TcpHeader.ACK)) == TcpHeader.ACK;
  }

  private TcpListener findListener() {
    return placement.listener(
        seg.destination, seg.destinationPort, seg.source, seg.sourcePort, seg.ticket);
  }

  /**
   * Answers a SYN.
   *
   * @param timeWait the record of a connection in TIME_WAIT with the same endpoints, or none: the
   *     new one takes its place, and its sequence numbers start beyond it (RFC 6191 section 2)
   */
  private void passiveOpen(TcpListener listener, int timeWait) {
    TcpListener.PerCore queues = listener.on(core.index());
    boolean isNew = timeWait == TimeWaitTable.NONE;
    if (isNew && core.fastOpen().accept(listener, queues, seg)) {
      return;
    }
    SynCookieMode mode = core.config().protection().synCookies();
    boolean full = queues.synReceived >= listener.synQueueLimit;
    if (full && mode == SynCookieMode.OFF) {
      counters.increment(Counter.DROP_TCP_SYN_QUEUE_FULL);
      queues.dropped++;
      return;
    }
    // A cookie can't start beyond a given sequence number. TIME_WAIT limits how many go without.
    boolean cookie = (full || mode == SynCookieMode.ALWAYS) && isNew;
    Path path = cookie ? mayAnswer(listener, queues, seg) : admit(listener, queues, seg);
    if (path == null) {
      return;
    }
    if (cookie) {
      cookies.answer(listener, seg, path);
      return;
    }
    TcpConnection c = core.opener().passive(listener, seg, path);
    takeSyn(c);
    core.fastOpen().offer(c, seg);
    core.opener().answer(c, timeWait);
  }

  /**
   * Makes room for one more connection of a listener, and finds the path to the peer.
   *
   * @return the path, or null; the reason is then counted
   */
  Path admit(TcpListener listener, TcpListener.PerCore queues, Segment from) {
    Path path = mayAnswer(listener, queues, from);
    return path != null && core.makeRoom() ? path : null;
  }

  /** The same where no connection follows yet, so that nothing has to make room for it. */
  private Path mayAnswer(TcpListener listener, TcpListener.PerCore queues, Segment from) {
    if (queues.established.size() >= listener.backlog) {
      counters.increment(Counter.DROP_TCP_ACCEPT_QUEUE_FULL);
      queues.dropped++;
      return null;
    }
    if (!core.hasRoom() || !core.memory().mayAccept(queues)) {
      return null;
    }
    Path path = core.ip().pathForAnswer(from.source); // counts why there is none
    return path != null && placement.claim(from) ? path : null;
  }

  /** Takes the peer's sequence number, window and options from its SYN. */
  void takeSyn(TcpConnection c) {
    c.irs = seg.seq;
    c.rcvNxt = seg.seq + 1;
    c.rcvAdv += c.rcvNxt; // what our own SYN, if sent, promised: counted from 0
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
    core.ecn().synArrived(c, seg);
    c.sack = options.sackPermitted && (weOffer || c.sack);
    c.timestamps = options.timestamps && (weOffer || c.timestamps);
    if (c.timestamps) {
      c.tsRecent = options.tsVal;
      c.tsRecentNanos = core.now();
    }
    core.pathMtu().start(c, Math.min(offeredMss(seg), c.advMss));
  }

  /** The MSS that a SYN offers, as far as it is believed. */
  static int offeredMss(Segment syn) {
    int mss = syn.options.mss;
    return mss == 0 ? DEFAULT_MSS : Math.max(mss, MIN_MSS);
  }

  // ---- SYN_SENT (RFC 9293 section 3.10.7.3) ----

  private void synSent(TcpConnection c) {
    boolean hasAck = seg.has(TcpHeader.ACK);
    int acked = seg.ack - c.iss - 1; // bytes of the SYN's data (RFC 7413 section 4.2.1)
    if (hasAck && (acked < 0 || Seq.gt(seg.ack, c.sndMax))) {
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
      synAcknowledged(c, acked);
    } else {
      simultaneousOpen(c);
    }
  }

  private void synAcknowledged(TcpConnection c, int acked) {
    segmentArrives.measureHandshake(c, seg);
    c.sndUna = seg.ack;
    c.sndNxt = seg.ack; // data that wasn't accepted counts as never sent
    c.sndMax = seg.ack;
    core.fastOpen().answered(c, seg, acked);
    core.opener().connected(c);
    core.pending().ackNow(c);
    if (core.fastOpen().release(c, acked)) {
      segmentArrives.textOfSynAck(c, seg);
    }
  }

  /**
   * Handles a SYN that crossed ours: ours goes out again with an ACK. The peer may still have
   * accepted the data of the first one.
   */
  private void simultaneousOpen(TcpConnection c) {
    c.state = TcpState.SYN_RECEIVED;
    c.fastOpen = FastOpenStep.NONE;
    core.fastOpen().keepText(c, seg, c.rcvWnd());
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
      if (!core.pathMtu().claimed(c, mtu, sequence)) {
        counters.increment(Counter.DROP_ICMP_IGNORED);
      }
    } else if (c.state == TcpState.SYN_SENT) {
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
    core.opening().unreachable(destination);
  }
}
