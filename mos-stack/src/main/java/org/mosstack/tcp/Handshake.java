package org.mosstack.tcp;

import java.io.IOException;
import java.net.BindException;
import java.net.NoRouteToHostException;
import java.util.concurrent.TimeUnit;
import org.mosstack.config.SynCookieMode;
import org.mosstack.header.Ip4Address;
import org.mosstack.header.TcpHeader;
import org.mosstack.ip.IpLayer;
import org.mosstack.ip.Path;
import org.mosstack.socket.SocketOptions;
import org.mosstack.socket.TcpError;
import org.mosstack.socket.TcpHandler;
import org.mosstack.socket.TcpState;
import org.mosstack.stats.Counter;
import org.mosstack.stats.Counters;
import org.mosstack.tcp.segment.Segment;
import org.mosstack.tcp.segment.Seq;
import org.mosstack.tcp.segment.TcpOptions;

/**
 * The handshakes of one core's connections, from the call or the SYN that begins one until the
 * application has the connection (RFC 9293 sections 3.5 and 3.10.7.2 to 3.10.7.4).
 */
final class Handshake {
  /** MSS assumed of a peer that sent none (RFC 9293 section 3.7.1). */
  static final int DEFAULT_MSS = 536;

  /** Minimum MSS that is believed: less would make every segment mostly header. */
  static final int MIN_MSS = 64;

  /** Time after which a deferred connection retries a full accept queue. */
  private static final long DEFERRED_RETRY_NANOS = 1_000_000_000;

  private final TcpCore core;
  private final IpLayer ip;
  private final TcpOutput output;
  private final TcpTimers timers;
  private final TurnQueues pending;
  private final EphemeralPorts ports;
  private final OpeningConnections opening;
  private final Admission admission;
  private final ConnectionSetup setup;
  private final TimeWaitTable timeWaits;
  private final FastOpen fastOpen;
  private final PathMtu pathMtu;
  private final Ecn ecn;
  private final SynCookieMode synCookieMode;
  private final Counters counters;
  private final CookieHandshake cookies;

  Handshake(
      TcpCore core,
      IpLayer ip,
      TcpOutput output,
      TcpTimers timers,
      TurnQueues pending,
      EphemeralPorts ports,
      OpeningConnections opening,
      Admission admission,
      ConnectionSetup setup,
      TimeWaitTable timeWaits,
      FastOpen fastOpen,
      PathMtu pathMtu,
      Ecn ecn,
      SynCookieMode synCookieMode,
      SynCookies synCookies,
      Counters counters) {
    this.core = core;
    this.ip = ip;
    this.output = output;
    this.timers = timers;
    this.pending = pending;
    this.ports = ports;
    this.opening = opening;
    this.admission = admission;
    this.setup = setup;
    this.timeWaits = timeWaits;
    this.fastOpen = fastOpen;
    this.pathMtu = pathMtu;
    this.ecn = ecn;
    this.synCookieMode = synCookieMode;
    this.counters = counters;
    cookies = new CookieHandshake(core, this, setup, output, admission, synCookies, counters);
  }

  CookieHandshake cookies() {
    return cookies;
  }

  // ---- Active open ----

  /**
   * Opens a connection (RFC 9293 section 3.10.1).
   *
   * @param localAddress one of the stack's addresses, or 0 to choose one by route
   * @param localPort a port, or 0 to choose one at random among those whose replies come to this
   *     core
   * @param remoteAddress IPv4 address
   * @param remotePort 1 to 65535
   * @param timeoutNanos time until the open fails, or 0 to rely on the limit of retransmissions
   * @param options what it starts with
   * @param handler receives its events
   * @return the connection, its SYN sent
   * @throws NoRouteToHostException when there is no route to the peer
   * @throws BindException when the local address or port can't be used
   * @throws IOException when memory is used up, or the core has {@code max_concurrency} connections
   */
  Tcb connect(
      int localAddress,
      int localPort,
      int remoteAddress,
      int remotePort,
      long timeoutNanos,
      SocketOptions options,
      TcpHandler handler)
      throws IOException {
    Path path = ip.path(remoteAddress);
    if (path == null) {
      throw new NoRouteToHostException(
          "Network is unreachable: no route to " + Ip4Address.format(remoteAddress));
    }
    admission.requireMemory();
    int source = localAddress;
    if (source == 0) {
      source = ip.sourceFor(path);
    } else if (!ip.isLocal(source)) {
      throw new BindException("Cannot assign requested address: " + Ip4Address.format(source));
    }
    int port = ports.choose(path, source, localPort, remoteAddress, remotePort);
    admission.requireRoom();
    int timeWait = timeWaits.find(source, port, remoteAddress, remotePort);
    Tcb c = setup.begin(source, port, remoteAddress, remotePort, path, options);
    c.handler(handler);
    c.active = true;
    c.enter(TcpState.SYN_SENT);
    opening.add(c);
    c.windowScaling = true;
    c.timestamps = true;
    c.sack = true;
    ecn.open(c);
    setup.startSending(c, setup.isn(c, timeWait));
    fastOpen.open(c, options);
    if (c.fastOpen == FastOpenStep.WAITS_FOR_DATA) {
      pending.synLater(c);
    } else {
      output.syn(c);
    }
    timers.armRetransmit(c);
    if (timeoutNanos > 0) {
      timers.armClose(c, timeoutNanos);
    }
    return c;
  }

  /**
   * Handles a segment in SYN_SENT.
   *
   * @return whether the connection is established by it: its text is still to be processed
   */
  boolean synSent(Tcb c, Segment seg) {
    boolean hasAck = seg.has(TcpHeader.ACK);
    int acked = seg.ack - c.iss - 1; // bytes of the SYN's data (RFC 7413 section 4.2.1)
    if (hasAck && (acked < 0 || Seq.gt(seg.ack, c.sndMax))) {
      counters.increment(Counter.DROP_TCP_BAD_ACK);
      output.resetFor(seg);
      return false;
    }
    if (seg.has(TcpHeader.RST)) {
      if (hasAck) {
        counters.increment(Counter.TCP_RESETS_RECEIVED);
        core.destroy(c, TcpError.REFUSED);
      }
      return false;
    }
    if (!seg.has(TcpHeader.SYN)) {
      return false;
    }
    ConnectionChain.leave(c);
    takeSyn(c, seg);
    c.lastReceiveNanos = core.now();
    if (hasAck) {
      return synAcknowledged(c, seg, acked);
    }
    simultaneousOpen(c, seg);
    return false;
  }

  private boolean synAcknowledged(Tcb c, Segment seg, int acked) {
    measure(c, seg);
    c.sndUna = seg.ack;
    c.sndNxt = seg.ack; // data that wasn't accepted counts as never sent
    c.sndMax = seg.ack;
    fastOpen.answered(c, seg, acked);
    connected(c);
    pending.ackNow(c);
    return fastOpen.release(c, acked);
  }

  /**
   * Handles a SYN that crossed ours: ours goes out again with an ACK. The peer may still have
   * accepted the data of the first one.
   */
  private void simultaneousOpen(Tcb c, Segment seg) {
    c.enter(TcpState.SYN_RECEIVED);
    c.fastOpen = FastOpenStep.NONE;
    fastOpen.keepText(c, seg, c.rcvWnd());
    output.syn(c);
    timers.armRetransmit(c);
  }

  // ---- Passive open ----

  /**
   * Answers a SYN for a listener.
   *
   * @param seg the SYN
   * @param timeWait the record of a connection in TIME_WAIT with the same endpoints, or none: the
   *     new one takes its place, and its sequence numbers start beyond it (RFC 6191 section 2)
   */
  void passiveOpen(Listener listener, Segment seg, int timeWait) {
    AcceptQueue queue = listener.on(core.index());
    boolean isNew = timeWait == TimeWaitTable.NONE;
    if (isNew && fastOpen.accept(listener, queue, seg, this)) {
      return;
    }
    boolean full = queue.isSynQueueFull();
    if (full && synCookieMode == SynCookieMode.OFF) {
      counters.increment(Counter.DROP_TCP_SYN_QUEUE_FULL);
      queue.dropped++;
      return;
    }
    // A cookie can't start beyond a given sequence number. TIME_WAIT limits how many go without.
    boolean cookie = (full || synCookieMode == SynCookieMode.ALWAYS) && isNew;
    Path path = cookie ? admission.mayAnswer(queue, seg) : admission.admit(queue, seg);
    if (path == null) {
      return;
    }
    if (cookie) {
      cookies.answer(listener, seg, path);
      return;
    }
    Tcb c = begin(listener, seg, path);
    takeSyn(c, seg);
    fastOpen.offer(c, seg);
    answer(c, timeWait);
  }

  /** Begins the connection that a SYN for a listener asks for, without sending anything yet. */
  Tcb begin(Listener listener, Segment seg, Path path) {
    Tcb c = setup.begin(listener, seg, path);
    c.enter(TcpState.SYN_RECEIVED);
    FlowPlacement.give(c, seg);
    listener.on(core.index()).synReceived++;
    return c;
  }

  /** Takes the peer's sequence number, window and options from its SYN. */
  void takeSyn(Tcb c, Segment seg) {
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
    ecn.synArrived(c, seg);
    c.sack = options.sackPermitted && (weOffer || c.sack);
    c.timestamps = options.timestamps && (weOffer || c.timestamps);
    if (c.timestamps) {
      c.tsRecent = options.tsVal;
      c.tsRecentNanos = core.now();
    }
    pathMtu.start(c, Math.min(offeredMss(seg), c.advMss));
  }

  /** The MSS that a SYN offers, as far as it is believed. */
  static int offeredMss(Segment syn) {
    int mss = syn.options.mss;
    return mss == 0 ? DEFAULT_MSS : Math.max(mss, MIN_MSS);
  }

  /**
   * Sends the SYN-ACK of a passive open.
   *
   * @param timeWait the TIME_WAIT record of a connection with the same ends, whose place this one
   *     takes, or none
   */
  void answer(Tcb c, int timeWait) {
    if (timeWait != TimeWaitTable.NONE) {
      FlowPlacement.handOver(timeWaits, timeWait, c);
    }
    setup.startSending(c, setup.isn(c, timeWait));
    output.syn(c);
    timers.armRetransmit(c);
  }

  /**
   * Answers a repeated SYN in SYN_RECEIVED with the SYN-ACK again. In a simultaneous open, the SYN
   * is removed from the peer's SYN-ACK, so that its ACK is processed.
   *
   * @return whether that was all there is to do
   */
  boolean repeats(Tcb c, Segment seg) {
    if (!seg.has(TcpHeader.SYN) || seg.seq != c.irs || seg.has(TcpHeader.RST)) {
      return false;
    }
    if (seg.has(TcpHeader.ACK)) {
      ecn.synAckCrossed(c, seg);
      seg.flags &= ~TcpHeader.SYN;
      seg.seq = seg.len() == 0 ? c.rcvNxt : seg.seq + 1; // its SYN may have brought data before
      seg.wnd >>>= c.sndWndShift; // a SYN's window isn't scaled (RFC 7323 section 2.2)
      return false;
    }
    counters.increment(Counter.TCP_RETRANSMITS);
    c.totalRetransmits++;
    c.synSentNanos = 0; // Karn: the ACK may be for either
    ecn.synRepeated(c, seg);
    output.syn(c);
    return true;
  }

  /**
   * Processes the ACK that ends the handshake.
   *
   * @return whether the segment is to be processed any further
   */
  boolean acknowledged(Tcb c, Segment seg) {
    if (c.listener != null) {
      if (c.listener.isClosed()) {
        core.abort(c, TcpError.ABORTED);
        return false;
      }
      if (!c.listener.on(core.index()).hasRoom(counters)) {
        return false; // peer and we send again, and by then there may be room
      }
    }
    measure(c, seg);
    int acked = seg.ack - c.iss - 1;
    c.sndUna = seg.ack;
    c.sndNxt = seg.ack; // data of the SYN that wasn't accepted counts as never sent
    c.sndMax = seg.ack;
    c.sndWnd = seg.wnd << c.sndWndShift;
    c.maxSndWnd = Math.max(c.maxSndWnd, c.sndWnd);
    c.sndWl1 = seg.seq;
    c.sndWl2 = seg.ack;
    if (c.listener != null) {
      handshakeDone(c);
    } else {
      connected(c);
    }
    if (acked > 0) {
      counters.increment(Counter.TCP_FAST_OPEN_ACTIVE);
    }
    return fastOpen.release(c, acked);
  }

  /**
   * Completes the handshake of a connection in a listener's SYN queue. It can now be accepted,
   * unless the listener waits for data: then it still counts as half-open.
   */
  private void handshakeDone(Tcb c) {
    counters.increment(Counter.TCP_PASSIVE_OPENS);
    established(c);
    int seconds = c.listener.options().deferAcceptSeconds();
    c.deferred = true;
    AcceptQueue queue = c.listener.on(core.index());
    // Cookies let more connections through than the SYN queue holds: those don't stay in it.
    if (seconds > 0 && queue.synReceived <= queue.synQueueLimit) {
      queue.deferred.add(c);
      timers.armDefer(c, TimeUnit.SECONDS.toNanos(seconds));
    } else {
      endDeferral(c);
    }
  }

  // ---- By a cookie ----

  /**
   * Resumes a handshake whose SYN-ACK was sent without this object; its answer is about to be
   * processed.
   *
   * @param iss the SYN-ACK's sequence number
   */
  void resume(Tcb c, int iss) {
    setup.startSending(c, iss);
    c.synSentNanos = 0; // nobody knows when it was sent
    TcpOutput.synWindow(c);
    timers.armRetransmit(c);
  }

  /**
   * Sends the SYN-ACK of a connection whose SYN brought a valid Fast Open cookie, and goes on as if
   * it had been acknowledged.
   */
  void answerAtOnce(Tcb c) {
    setup.startSending(c, setup.isn(c, TimeWaitTable.NONE));
    c.sndUna = c.sndNxt;
    output.syn(c);
    timers.armSynAck(c);
    counters.increment(Counter.TCP_PASSIVE_OPENS);
    established(c);
    c.deferred = true;
    endDeferral(c);
  }

  // ---- Established ----

  /** Measures the round trip of a SYN that was sent once, or else by the echoed timestamp. */
  private void measure(Tcb c, Segment seg) {
    if (c.synSentNanos != 0) {
      c.rtt.sample(core.now() - c.synSentNanos);
      c.synSentNanos = 0;
    } else if (c.timestamps) {
      Acknowledgments.measureByTimestamp(c, seg);
    }
  }

  private void established(Tcb c) {
    c.enter(TcpState.ESTABLISHED);
    c.closeDeadline = 0;
    c.retransmitDeadline = 0;
    c.retransmits = 0;
    c.congestion.reset(c.sndMss, c.rtt.srttNanos());
    c.recovery.rack().onHandshake(c.rtt.srttNanos(), core.now());
    if (c.synRetransmitted) {
      c.congestion.onHandshakeTimeout();
      if (c.rtt.srttNanos() == 0) { // timestamps may have measured the path nevertheless
        c.rtt.synWasRetransmitted();
      }
    } else {
      c.rtt.endBackOff();
    }
    timers.armIdle(c);
    timers.armKeepalive(c);
  }

  /** Completes the handshake of a connection opened by our own SYN. */
  private void connected(Tcb c) {
    counters.increment(Counter.TCP_ACTIVE_OPENS);
    established(c);
    pending.raise(c, Schedule.EVENT_CONNECTED);
    if (!c.receiveQueue.isEmpty()) {
      pending.raise(c, Schedule.EVENT_READABLE); // the data of a SYN that crossed ours
    }
    if (c.queuedBytes() > 0) {
      pending.scheduleOutput(c); // what was written for the SYN but not accepted with it
    }
  }

  // ---- Accepting ----

  /**
   * Hands a deferred connection to its listener: data or the peer's FIN has come, or its time is
   * up.
   *
   * @return false when the accept queue is full, or when nobody listens any more, in which case the
   *     connection is reset
   */
  boolean endDeferral(Tcb c) {
    if (c.listener.isClosed()) {
      core.abort(c, TcpError.ABORTED);
      return false;
    }
    AcceptQueue queue = c.listener.on(core.index());
    if (!queue.hasRoom(counters)) {
      return false;
    }
    ConnectionChain.leave(c);
    c.deferred = false;
    c.deferDeadline = 0;
    queue.synReceived--;
    queue.add(c);
    c.inAcceptQueue = true;
    pending.acceptable(c.listener, queue);
    return true;
  }

  /** Handles the end of the time for which a deferred connection waits for data. */
  void deferralExpired(Tcb c) {
    if (!endDeferral(c) && c.state() != TcpState.CLOSED) {
      timers.armDefer(c, DEFERRED_RETRY_NANOS);
    }
  }
}
