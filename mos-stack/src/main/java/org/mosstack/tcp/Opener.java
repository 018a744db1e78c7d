package org.mosstack.tcp;

import java.io.IOException;
import java.net.BindException;
import java.net.NoRouteToHostException;
import java.util.concurrent.TimeUnit;
import org.mosstack.header.Ip4Address;
import org.mosstack.header.Ipv4Header;
import org.mosstack.header.TcpHeader;
import org.mosstack.ip.IpLayer;
import org.mosstack.ip.Path;
import org.mosstack.stats.Counter;
import org.mosstack.stats.Counters;

/**
 * Opens one core's connections: decides what they start with, when they are established, and when a
 * listener gets them.
 */
final class Opener {
  /** Time after which a deferred connection retries a full accept queue. */
  private static final long DEFERRED_RETRY_NANOS = 1_000_000_000;

  private static final int HEADERS_BYTES = Ipv4Header.MIN_BYTES + TcpHeader.MIN_BYTES;

  private final TcpCore core;
  private final IpLayer ip;
  private final TcpOutput output;
  private final TcpTimers timers;
  private final StartNumbers startNumbers;
  private final Ports ports;
  private final int largestPacket;
  private final Counters counters;

  private final OpeningConnections opening;

  Opener(
      TcpCore core,
      IpLayer ip,
      TcpOutput output,
      TcpTimers timers,
      StartNumbers startNumbers,
      Ports ports,
      OpeningConnections opening,
      int largestPacket,
      Counters counters) {
    this.core = core;
    this.ip = ip;
    this.output = output;
    this.timers = timers;
    this.startNumbers = startNumbers;
    this.ports = ports;
    this.opening = opening;
    this.largestPacket = largestPacket;
    this.counters = counters;
  }

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
  TcpConnection connect(
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
    if (!core.memory().mayOpen()) {
      counters.increment(Counter.DROP_TCP_MEMORY);
      throw new IOException("Out of memory: tcp_mem");
    }
    int source = localAddress;
    if (source == 0) {
      source = ip.sourceFor(path);
    } else if (!ip.isLocal(source)) {
      throw new BindException("Cannot assign requested address: " + Ip4Address.format(source));
    }
    int port = ports.choose(path, source, localPort, remoteAddress, remotePort);
    if (!core.makeRoom()) {
      throw new IOException(
          "Too many connections: max_concurrency = " + core.config().maxConnections());
    }
    int timeWait = core.timeWaits().find(source, port, remoteAddress, remotePort);
    TcpConnection c = core.spares().takeConnection();
    prepare(c, source, port, remoteAddress, remotePort, path, options);
    core.flows().add(c);
    c.handler(handler);
    c.active = true;
    c.state = TcpState.SYN_SENT;
    opening.add(c);
    c.windowScaling = true;
    c.timestamps = true;
    c.sack = true;
    core.ecn().open(c);
    startSending(c, isn(c, timeWait));
    core.fastOpen().open(c, options);
    if (c.fastOpen == FastOpenStep.WAITS_FOR_DATA) {
      core.pending().synLater(c);
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
   * Begins the connection that a SYN for a listener asks for. It sends nothing yet: see {@link
   * #answer}.
   */
  TcpConnection passive(TcpListener listener, Segment seg, Path path) {
    TcpConnection c = core.spares().takeConnection();
    prepare(c, listener, seg, path);
    FlowPlacement.give(c, seg);
    core.flows().add(c);
    listener.on(core.index()).synReceived++;
    return c;
  }

  /**
   * Sets up a connection for which a listener's SYN has come, before the SYN's options are taken.
   */
  void prepare(TcpConnection c, TcpListener listener, Segment seg, Path path) {
    SocketOptions options = listener.options();
    prepare(c, seg.destination, seg.destinationPort, seg.source, seg.sourcePort, path, options);
    c.listener = listener;
    c.state = TcpState.SYN_RECEIVED;
  }

  /**
   * Resumes a handshake whose SYN-ACK was sent without this object; its answer is about to be
   * processed.
   *
   * @param iss the SYN-ACK's sequence number
   */
  void resume(TcpConnection c, int iss) {
    startSending(c, iss);
    c.synSentNanos = 0; // nobody knows when it was sent
    TcpOutput.synWindow(c);
    timers.armRetransmit(c);
  }

  /**
   * Sends the SYN-ACK of a passive open.
   *
   * @param timeWait the TIME_WAIT record of a connection with the same ends, whose place this one
   *     takes, or none
   */
  void answer(TcpConnection c, int timeWait) {
    if (timeWait != TimeWaitTable.NONE) {
      FlowPlacement.handOver(core.timeWaits(), timeWait, c);
    }
    startSending(c, isn(c, timeWait));
    output.syn(c);
    timers.armRetransmit(c);
  }

  /**
   * Returns the initial sequence number: beyond those of a connection with the same ends in
   * TIME_WAIT, whose record is removed here (RFC 6191 section 2).
   */
  private int isn(TcpConnection c, int timeWait) {
    int iss = startNumbers.isn(c, core.now());
    if (timeWait == TimeWaitTable.NONE) {
      return iss;
    }
    int last = core.timeWaits().sndNxt(timeWait);
    core.timeWaits().remove(timeWait);
    counters.increment(Counter.TCP_TIME_WAIT_REUSED);
    return Seq.gt(iss, last) ? iss : last + 1;
  }

  /**
   * Sends the SYN-ACK of a connection whose SYN brought a valid Fast Open cookie, and goes on as if
   * it had been acknowledged.
   */
  void answerAtOnce(TcpConnection c) {
    startSending(c, startNumbers.isn(c, core.now()));
    c.sndUna = c.sndNxt;
    output.syn(c);
    timers.armSynAck(c);
    counters.increment(Counter.TCP_PASSIVE_OPENS);
    established(c);
    c.deferred = true;
    endDeferral(c);
  }

  private void prepare(
      TcpConnection c,
      int localAddress,
      int localPort,
      int remote,
      int remotePort,
      Path path,
      SocketOptions options) {
    c.reset(options);
    c.localAddress = localAddress;
    c.localPort = localPort;
    c.remoteAddress = remote;
    c.remotePort = remotePort;
    c.path = path;
    c.pathMtu = Math.min(path.mtu(), largestPacket);
    c.advMss = advertisedMss(c.pathMtu, options.maxSegment());
    c.sndMssBase = c.advMss;
    c.sndMss = c.sndMssBase;
    core.tuning().start(c, options.receiveBuffer(), options.sendBuffer());
    c.rcvWndShift = windowShift(c.receiveBufferMax);
    c.tsOffset = startNumbers.timestampOffset(c);
    long now = core.now();
    c.lastReceiveNanos = now;
    c.lastSendNanos = now;
    c.lastDataNanos = now;
  }

  /** Largest segment that fits a path and a packet buffer (RFC 9293 section 3.7.1). */
  private static int advertisedMss(int mtu, int maxSegment) {
    int mss = mtu - HEADERS_BYTES;
    return maxSegment == 0 ? mss : Math.min(mss, maxSegment);
  }

  /**
   * The least shift that can express the window of the largest size the receive buffer may grow to
   * (RFC 7323 section 2.3).
   */
  private static int windowShift(int receiveBuffer) {
    int shift = 0;
    while (shift < TcpOptions.MAX_WINDOW_SHIFT && receiveBuffer >>> shift > 0xFFFF) {
      shift++;
    }
    return shift;
  }

  private void startSending(TcpConnection c, int iss) {
    c.iss = iss;
    c.sndUna = iss;
    c.sndNxt = iss + 1;
    c.sndMax = iss + 1;
    c.draggedAt = iss;
    c.ecnRecover = iss;
    c.recovery.reset(iss);
    c.rttRound = iss + 1;
    c.synSentNanos = core.now();
  }

  // ---- Established ----

  /** Completes the handshake of a connection opened by our own SYN. */
  void connected(TcpConnection c) {
    counters.increment(Counter.TCP_ACTIVE_OPENS);
    established(c);
    core.pending().raise(c, TcpConnection.EVENT_CONNECTED);
    if (!c.receiveQueue.isEmpty()) {
      core.pending().raise(c, TcpConnection.EVENT_READABLE); // the data of a SYN that crossed ours
    }
    if (c.queuedBytes() > 0) {
      core.pending().scheduleOutput(c); // what was written for the SYN but not accepted with it
    }
  }

  /**
   * Completes the handshake of a connection in a listener's SYN queue. It can now be accepted,
   * unless the listener waits for data: then it still counts as half-open.
   */
  void handshakeDone(TcpConnection c) {
    counters.increment(Counter.TCP_PASSIVE_OPENS);
    established(c);
    int seconds = c.listener.options().deferAcceptSeconds();
    c.deferred = true;
    TcpListener.PerCore queues = c.listener.on(core.index());
    // Cookies let more connections through than the SYN queue holds: those don't stay in it.
    if (seconds > 0 && queues.synReceived <= c.listener.synQueueLimit) {
      queues.deferred.add(c);
      timers.armDefer(c, TimeUnit.SECONDS.toNanos(seconds));
    } else {
      endDeferral(c);
    }
  }

  private void established(TcpConnection c) {
    c.state = TcpState.ESTABLISHED;
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
    timers.armIdle(c, core.config().idleTimeoutNanos());
    timers.armKeepalive(c);
  }

  // ---- Accepting ----

  /**
   * Hands a deferred connection to its listener: data or the peer's FIN has come, or its time is
   * up.
   *
   * @return false when the accept queue is full, or when nobody listens any more, in which case the
   *     connection is reset
   */
  boolean endDeferral(TcpConnection c) {
    if (c.listener.isClosed()) {
      core.abort(c, TcpError.ABORTED);
      return false;
    }
    TcpListener.PerCore queues = c.listener.on(core.index());
    if (queues.established.size() >= c.listener.backlog) {
      counters.increment(Counter.DROP_TCP_ACCEPT_QUEUE_FULL);
      queues.dropped++;
      return false;
    }
    ConnectionChain.leave(c);
    c.deferred = false;
    c.deferDeadline = 0;
    queues.synReceived--;
    queues.add(c);
    c.inAcceptQueue = true;
    core.pending().acceptable(c.listener, queues);
    return true;
  }

  /** Handles the end of the time for which a deferred connection waits for data. */
  void deferralExpired(TcpConnection c) {
    if (!endDeferral(c) && c.state != TcpState.CLOSED) {
      timers.armDefer(c, DEFERRED_RETRY_NANOS);
    }
  }
}
