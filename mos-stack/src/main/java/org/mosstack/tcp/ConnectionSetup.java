package org.mosstack.tcp;

import org.mosstack.header.Ipv4Header;
import org.mosstack.header.TcpHeader;
import org.mosstack.ip.Path;
import org.mosstack.socket.SocketOptions;
import org.mosstack.stats.Counter;
import org.mosstack.stats.Counters;
import org.mosstack.tcp.segment.Segment;
import org.mosstack.tcp.segment.Seq;
import org.mosstack.tcp.segment.TcpOptions;

/** What a connection starts with: its ends, sizes, options and initial sequence number. */
final class ConnectionSetup {
  private static final int HEADERS_BYTES = Ipv4Header.MIN_BYTES + TcpHeader.MIN_BYTES;

  private final TcpCore core;
  private final FlowTable flows;
  private final TimeWaitTable timeWaits;
  private final SpareParts spares;
  private final BufferAutoTuning tuning;
  private final IsnGenerator isnGenerator;
  private final int largestPacket;
  private final Counters counters;

  ConnectionSetup(
      TcpCore core,
      FlowTable flows,
      TimeWaitTable timeWaits,
      SpareParts spares,
      BufferAutoTuning tuning,
      IsnGenerator isnGenerator,
      int largestPacket,
      Counters counters) {
    this.core = core;
    this.flows = flows;
    this.timeWaits = timeWaits;
    this.spares = spares;
    this.tuning = tuning;
    this.isnGenerator = isnGenerator;
    this.largestPacket = largestPacket;
    this.counters = counters;
  }

  /**
   * Begins a connection for which a listener's SYN has come, before the SYN's options are taken.
   */
  Tcb begin(Listener listener, Segment seg, Path path) {
    Tcb c = spares.takeConnection();
    prepare(c, listener, seg, path);
    flows.add(c);
    return c;
  }

  /** Begins a connection with these ends, before anything is known of its peer. */
  Tcb begin(
      int localAddress,
      int localPort,
      int remote,
      int remotePort,
      Path path,
      SocketOptions options) {
    Tcb c = spares.takeConnection();
    prepare(c, localAddress, localPort, remote, remotePort, path, options);
    flows.add(c);
    return c;
  }

  /**
   * Sets up a connection for which a listener's SYN has come, before the SYN's options are taken.
   */
  void prepare(Tcb c, Listener listener, Segment seg, Path path) {
    SocketOptions options = listener.options();
    prepare(c, seg.destination, seg.destinationPort, seg.source, seg.sourcePort, path, options);
    c.listener = listener;
  }

  private void prepare(
      Tcb c,
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
    tuning.start(c, options.receiveBuffer(), options.sendBuffer());
    c.rcvWndShift = windowShift(c.receiveBufferMax);
    c.tsOffset = isnGenerator.timestampOffset(c);
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

  /** Starts the send sequence space at a number. */
  void startSending(Tcb c, int iss) {
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

  /**
   * Returns the initial sequence number: beyond those of a connection with the same ends in
   * TIME_WAIT, whose record is removed here (RFC 6191 section 2).
   */
  int isn(Tcb c, int timeWait) {
    int iss = isnGenerator.isn(c, core.now());
    if (timeWait == TimeWaitTable.NONE) {
      return iss;
    }
    int last = timeWaits.sndNxt(timeWait);
    timeWaits.remove(timeWait);
    counters.increment(Counter.TCP_TIME_WAIT_REUSED);
    return Seq.gt(iss, last) ? iss : last + 1;
  }
}
