package org.mosstack.tcp;

import java.lang.invoke.VarHandle;
import java.util.concurrent.TimeUnit;
import org.mosstack.ip.Path;
import org.mosstack.ip.Ticket;

/**
 * The transmission control block (RFC 9293 section 3.3.1): what is known of one connection. The
 * fields are read and written by this package's roles: {@link TcpInput} for arriving segments,
 * {@link TcpOutput} for departing ones, {@link TcpTimers} for time; what the application may do
 * with them is in {@link TcpConnection}.
 */
abstract sealed class Tcb permits TcpConnection {
  static final int EVENT_CONNECTED = 1;
  static final int EVENT_READABLE = 2;
  static final int EVENT_WRITABLE = 4;
  static final int EVENT_CLOSED = 8;

  /** Segments acknowledged at once when a connection starts, so that slow start isn't slowed. */
  static final int QUICK_ACKS = 16;

  static final int DEFAULT_TTL = 64;
  static final int DEFAULT_KEEPALIVE_IDLE_SECONDS = 7200; // RFC 9293 section 3.8.4
  static final int DEFAULT_KEEPALIVE_INTERVAL_SECONDS = 75;
  static final int DEFAULT_KEEPALIVE_PROBES = 9;

  /**
   * After so many acknowledged bytes {@link #dragMarkers} is due: with the largest window, 2^30
   * bytes, no marker is ever 2^31 bytes away.
   */
  static final int DRAG_BYTES = 1 << 28;

  final TcpCore core;

  /**
   * Which connection the pooled object stands for; written by the core's thread only. See {@link
   * TcpConnection#info}.
   */
  private volatile int incarnation;

  // Identity.
  int localAddress;
  int localPort;
  int remoteAddress;
  int remotePort;
  int flowHash;

  /** The arrival core's, where that is another one: see {@link FlowPlacement}. */
  long ticket;

  Path path;
  TcpState state = TcpState.CLOSED;
  TcpListener listener;
  boolean inAcceptQueue;

  /** Established, but kept from being accepted until data has come (TCP_DEFER_ACCEPT). */
  boolean deferred;

  boolean active;

  // Send sequence space.
  int iss;
  int sndUna;
  int sndNxt;
  int sndMax;

  /** SND.UNA when {@link #dragMarkers} was last called. */
  int draggedAt;

  int sndWnd;
  int sndWl1;
  int sndWl2;
  int maxSndWnd;
  int sndWndShift;
  int sndMss;

  /** What is in flight, segment by segment; null while nothing is. */
  Flight flight;

  /** Bytes delivered when the last flight ended. */
  long delivered;

  /** Bytes under way when new data was last sent: how much of the window is used. */
  int underWayWhenSent;

  /** MSS before options are taken off: the lesser of the peer's and the path's. */
  int sndMssBase;

  /** Largest IP packet that gets through to the peer, as far as is known. */
  int pathMtu;

  FastOpenStep fastOpen = FastOpenStep.NONE;

  // The Fast Open cookie that our SYN, or SYN and ACK, has.
  int fastOpenBytes;
  long fastOpenHigh;
  long fastOpenLow;

  /** Bytes of data that our SYN takes along with its cookie. */
  int fastOpenRoom;

  /** Established by the cookie of the peer's SYN; nothing has acknowledged ours yet. */
  boolean synUnacked;

  /** When our SYN and ACK is sent again, while {@link #synUnacked}. */
  long synAckDeadline;

  int synAckTries;

  /** Whether a segment of the present {@link #sndMss} was ever acknowledged. */
  boolean fullSegmentArrived;

  /** MSS before options are taken off that the two ends alone would allow. */
  int mssLimit;

  /** The search for larger segments; null where the path takes all that the ends do. */
  MtuSearch mtuSearch;

  /** Whether routers may fragment segments: the path takes less than any MTU that is believed. */
  boolean mayFragment;

  /** MTU that ICMP claims and that isn't believed yet, 0 for none. See {@link PathMtu}. */
  int claimedMtu;

  /** Sequence number of the packet that was too big; valid with {@link #claimedMtu}. */
  int claimedSequence;

  /** What ICMP has said since the last progress: why nothing comes, or NONE. */
  TcpError softError = TcpError.NONE;

  /** The MSS that our SYN says, and the bound of what we send. */
  int advMss;

  /** Whether partial segments before {@link #pushEnd} are sent though the connection is corked. */
  boolean pushing;

  int pushEnd;

  boolean finQueued;
  SendQueue sendQueue;
  boolean writeBlocked;

  // Receive sequence space.
  int irs;
  int rcvNxt;

  /** Right edge of the window advertised last: RCV.NXT + RCV.WND at that time. */
  int rcvAdv;

  int rcvWndShift;
  boolean windowScaling;
  boolean finReceived;

  /** Sequence number of a FIN that arrived ahead of a gap; valid with {@link #finSeen}. */
  int finSeq;

  boolean finSeen;
  final ReceiveQueue receiveQueue = new ReceiveQueue();
  Reassembly reassembly;

  /**
   * Both ends take SACK options (RFC 2018). In SYN_SENT, as with {@link #windowScaling} and {@link
   * #timestamps}: whether our SYN offers it.
   */
  boolean sack;

  // Timestamps (RFC 7323).
  boolean timestamps;
  int tsOffset;
  int tsRecent;
  long tsRecentNanos;
  int lastAckSent;

  // Round trip, congestion, loss.
  final RttEstimator rtt = new RttEstimator();
  CongestionAlgorithm congestionAlgorithm = CongestionAlgorithm.CUBIC;
  CongestionControl congestion = congestionAlgorithm.create();
  final LossRecovery recovery = new LossRecovery();

  /** When the only SYN was sent; 0 once it was sent again, or is acknowledged. */
  long synSentNanos;

  /** The round trip is measured again by an ACK behind this sequence number. */
  int rttRound;

  /** ECN is used (RFC 3168); in SYN_SENT: our SYN asks for it. */
  boolean ecn;

  /** A mark of congestion came that the peer hasn't answered. */
  boolean ecnEcho;

  /** The next new data says that the congestion window was reduced. */
  boolean ecnCwr;

  /** SND.MAX when the congestion window was last reduced. */
  int ecnRecover;

  int retransmits;
  int totalRetransmits;
  int persistBackoff;
  int unansweredProbes;
  boolean synRetransmitted;

  // Deadlines, absolute; 0 for none. The wheel holds the earliest.
  long retransmitDeadline;

  /** Whether the deadline was put off because the thread came late. */
  boolean retransmitPutOff;

  /** When to look for losses by time, or to probe for a lost tail: see {@link #lossTimerProbes}. */
  long lossDeadline;

  boolean lossTimerProbes;

  /** Times that {@link #lossDeadline} was put off because input waited. */
  byte lossPutOffs;

  /** Whether segments leave at {@link CongestionControl#pacingRate}, and not at once. */
  boolean paced;

  /**
   * When the pace of sending lets the next segment go; see {@link CongestionControl#pacingRate}.
   */
  long nextSendNanos;

  long pacingDeadline;
  long persistDeadline;
  long delayedAckDeadline;
  long keepaliveDeadline;
  long idleDeadline;
  long closeDeadline;

  /** When what a cork holds back is sent all the same. */
  long corkDeadline;

  /** When a deferred connection can be accepted though no data has come. */
  long deferDeadline;

  int keepaliveProbesSent;
  long lastReceiveNanos;

  /** When data last came; valid once {@link #rcvMss} isn't 0. */
  long lastDataReceivedNanos;

  /** Payload of the largest segment that came. */
  int rcvMss;

  long lastSendNanos;

  /** When data, or a FIN, was last sent. */
  long lastDataNanos;

  /** When an ACK was last sent to a segment that should not be: they are rate limited. */
  long challengedNanos;

  /** When the oldest unacknowledged data was first waiting without progress; 0 for none. */
  long stalledSinceNanos;

  // Links of the timer wheel.
  TcpConnection wheelNext;
  TcpConnection wheelPrevious;
  int wheelSlot = -1;
  long wheelDeadline;

  // Links of the chain of connections in the same case: of a listener's, of opens, orphans, ends.
  ConnectionChain chain;
  TcpConnection chainNext;
  TcpConnection chainPrevious;

  // What is to be done this turn.
  boolean ackNow;
  int quickAcks;
  int unackedSegments;
  boolean onSynList;
  boolean onAckList;
  boolean onOutputList;
  boolean onEventList;
  boolean onClosedList;
  int events;
  TcpError error = TcpError.NONE;

  // The application's side.
  TcpHandler handler;
  boolean appClosed;

  /** {@link TcpHandler#closed} was called. */
  boolean closedTold;

  /** What was received stays readable after {@link TcpHandler#closed}. */
  boolean keepsUnread;

  boolean inputShutdown;
  boolean noDelay;
  boolean corked;
  boolean quickAck;
  boolean keepAlive;
  long keepAliveIdleNanos;
  long keepAliveIntervalNanos;
  int keepAliveProbes;
  long userTimeoutNanos;
  int receiveBuffer;
  int sendBuffer;

  /** What the buffers may grow to; see {@link BufferTuning}. */
  int receiveBufferMax;

  int sendBufferMax;

  /** When the round trip began in which reading is measured; 0 before the first read. */
  long rcvRoundStart;

  /** Round-trip time as the receiver of data sees it; 0 before the first measurement. */
  long rcvRttNanos;

  /** Bytes read in this round trip. */
  int rcvRoundBytes;

  /** The most bytes that were read in a round trip. */
  int rcvSpace;

  long notSentLowat;
  int tos;
  int ttl;

  Tcb(TcpCore core) {
    this.core = core;
  }

  /** Brings a pooled object back to its first state, with these options. */
  void reset(SocketOptions options) {
    // Before anything else changes: see sameIncarnation().
    incarnation++;
    VarHandle.storeStoreFence();
    path = null;
    listener = null;
    ticket = Ticket.NONE;
    inAcceptQueue = false;
    deferred = false;
    active = false;
    iss = 0;
    sndUna = 0;
    sndNxt = 0;
    sndMax = 0;
    draggedAt = 0;
    sndWnd = 0;
    sndWl1 = 0;
    sndWl2 = 0;
    maxSndWnd = 0;
    sndWndShift = 0;
    fastOpen = FastOpenStep.NONE;
    synUnacked = false;
    synAckTries = 0;
    fullSegmentArrived = false;
    claimedMtu = 0;
    mtuSearch = null;
    mayFragment = false;
    softError = TcpError.NONE;
    pushing = false;
    delivered = 0;
    underWayWhenSent = 0;
    rttRound = 0;
    finQueued = false;
    writeBlocked = false;
    irs = 0;
    rcvNxt = 0;
    rcvAdv = 0;
    rcvWndShift = 0;
    windowScaling = false;
    sack = false;
    ecn = false;
    ecnEcho = false;
    ecnCwr = false;
    finReceived = false;
    finSeen = false;
    timestamps = false;
    tsRecent = 0;
    lastAckSent = 0;
    rtt.reset();
    synSentNanos = 0;
    retransmits = 0;
    totalRetransmits = 0;
    persistBackoff = 0;
    unansweredProbes = 0;
    synRetransmitted = false;
    nextSendNanos = 0;
    lossPutOffs = 0;
    forgetDeadlines();
    keepaliveProbesSent = 0;
    stalledSinceNanos = 0;
    rcvMss = 0;
    challengedNanos = 0;
    ackNow = false;
    quickAcks = QUICK_ACKS;
    unackedSegments = 0;
    events = 0;
    error = TcpError.NONE;
    handler = null;
    appClosed = false;
    closedTold = false;
    keepsUnread = false;
    inputShutdown = false;
    noDelay = false;
    corked = false;
    quickAck = false;
    take(options);
  }

  /** Nothing is to happen at any time; the wheel is the caller's. */
  void forgetDeadlines() {
    retransmitDeadline = 0;
    lossDeadline = 0;
    pacingDeadline = 0;
    persistDeadline = 0;
    delayedAckDeadline = 0;
    keepaliveDeadline = 0;
    idleDeadline = 0;
    closeDeadline = 0;
    corkDeadline = 0;
    deferDeadline = 0;
    synAckDeadline = 0;
  }

  private void take(SocketOptions options) {
    keepAlive = options.keepAlive();
    keepAliveIdleNanos = TimeUnit.SECONDS.toNanos(options.keepIdleSeconds());
    keepAliveIntervalNanos = TimeUnit.SECONDS.toNanos(options.keepIntervalSeconds());
    keepAliveProbes = options.keepProbes();
    userTimeoutNanos = TimeUnit.MILLISECONDS.toNanos(options.userTimeoutMillis());
    notSentLowat = options.notSentLowat();
    tos = options.tos();
    ttl = options.ttl();
    CongestionAlgorithm wanted =
        options.congestion() == null ? core.config().congestion() : options.congestion();
    if (congestionAlgorithm != wanted) {
      congestionAlgorithm = wanted;
      congestion = wanted.create();
    }
    choosePacing();
  }

  /** Whether to pace, for this congestion control. */
  final void choosePacing() {
    paced = congestion.needsPacing() || core.config().pacing();
  }

  // ---- Other threads ----

  /**
   * The number of the connection that this object stands for now. Whoever reads fields from another
   * thread takes it before, and asks {@link #sameIncarnation} after that.
   */
  int currentIncarnation() {
    return incarnation;
  }

  /** Whether all that was read since {@link #currentIncarnation} is of that one connection. */
  boolean sameIncarnation(int number) {
    VarHandle.loadLoadFence();
    return incarnation == number;
  }

  // ---- Sequence space, for the roles of this package ----

  /** Bytes queued and not acknowledged; SYN and FIN aren't counted. */
  int queuedBytes() {
    return sendQueue == null ? 0 : sendQueue.bytes();
  }

  /** Sequence number behind the last byte queued: that of the FIN, once one is queued. */
  int sndEnd() {
    return sndUna + queuedBytes();
  }

  /** Bytes queued that were never sent. */
  int unsentBytes() {
    return Math.max(0, sndEnd() - sndMax);
  }

  /** Sequence space that is sent and not acknowledged: FlightSize of RFC 5681. */
  int flightSize() {
    return sndNxt - sndUna;
  }

  /** Whether a segment that probes for a larger size is in flight. */
  boolean isProbingMtu() {
    return mtuSearch != null && mtuSearch.probing;
  }

  /** Bytes that are in the network, as far as is known (RFC 6675 section 2). */
  int pipe() {
    return flight == null
        ? 0
        : Math.max(0, flight.underWayBytes() - recovery.leftTheNetwork(sndMss));
  }

  /** Whether everything queued, the FIN included, was sent at least once. */
  boolean allSent() {
    return Seq.geq(sndNxt, sndEnd() + (finQueued ? 1 : 0));
  }

  /**
   * Takes along what was kept of the send sequence space and lies behind SND.UNA, before it is so
   * far behind that it would seem to lie ahead. What moves on with each acknowledgment (SND.WL2) or
   * segment (SND.WL1) isn't among it.
   */
  void dragMarkers() {
    draggedAt = sndUna;
    pushEnd = Seq.drag(pushEnd, sndUna);
    if (mtuSearch != null) {
      mtuSearch.probeEnd = Seq.drag(mtuSearch.probeEnd, sndUna);
    }
    claimedSequence = Seq.drag(claimedSequence, sndUna);
    rttRound = Seq.drag(rttRound, sndUna);
    ecnRecover = Seq.drag(ecnRecover, sndUna);
    recovery.dragMarkers(sndUna);
    congestion.dragMarkers(sndUna);
  }

  /** Bytes that may still be received: what is left of the buffer and a window can say. */
  int receiveSpace() {
    int space = core.memory().receiveBuffer(this) - receiveQueue.bytes();
    return Math.clamp(space, 0, TcpOutput.MAX_WINDOW_FIELD << rcvWndShift);
  }

  /** RCV.WND as the peer knows it. */
  int rcvWnd() {
    return Math.max(0, rcvAdv - rcvNxt);
  }
}
