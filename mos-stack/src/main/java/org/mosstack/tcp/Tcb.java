package org.mosstack.tcp;

import java.lang.invoke.VarHandle;
import java.util.concurrent.TimeUnit;
import org.mosstack.ip.Path;
import org.mosstack.ip.Ticket;

/**
 * The transmission control block (RFC 9293 section 3.3.1): the state of one connection. The fields
 * are read and written by this package's roles: {@link TcpInput} for arriving segments, {@link
 * TcpOutput} for outgoing ones, {@link TcpTimers} for time; what the application may do with them
 * is in {@link TcpConnection}.
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
   * Acknowledged bytes after which {@link #dragMarkers} is due: even with the largest window, 2^30
   * bytes, no marker is then ever 2^31 bytes away.
   */
  static final int DRAG_BYTES = 1 << 28;

  final TcpCore core;

  /**
   * Identifies the connection that the pooled object represents; written by the core's thread only.
   * See {@link TcpConnection#info}.
   */
  private volatile int incarnation;

  // Identity.
  int localAddress;
  int localPort;
  int remoteAddress;
  int remotePort;
  int flowHash;

  /** The arrival core's ticket, if that is another core: see {@link FlowPlacement}. */
  long ticket;

  Path path;
  TcpState state = TcpState.CLOSED;
  TcpListener listener;
  boolean inAcceptQueue;

  /** Established, but can't be accepted before data has arrived (TCP_DEFER_ACCEPT). */
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

  /** MSS before options are deducted: the lesser of the peer's and the path's. */
  int sndMssBase;

  /** Largest IP packet that gets through to the peer, as far as is known. */
  int pathMtu;

  FastOpenStep fastOpen = FastOpenStep.NONE;

  // The Fast Open cookie in our SYN or SYN-ACK.
  int fastOpenBytes;
  long fastOpenHigh;
  long fastOpenLow;

  /** Bytes of data that our SYN can carry beside its cookie. */
  int fastOpenRoom;

  /** Established by the cookie of the peer's SYN; nothing has acknowledged ours yet. */
  boolean synUnacked;

  /** When our SYN-ACK is retransmitted, while {@link #synUnacked}. */
  long synAckDeadline;

  int synAckTries;

  /** Whether a segment of the current {@link #sndMss} was ever acknowledged. */
  boolean fullSegmentArrived;

  /** MSS that the two ends alone would allow, before options are deducted. */
  int mssLimit;

  /** The search for larger segments; null unless the path takes less than the ends do. */
  MtuSearch mtuSearch;

  /** Whether routers may fragment segments: the path takes less than the smallest MTU believed. */
  boolean mayFragment;

  /** MTU that ICMP claims but that isn't believed yet; 0 for none. See {@link PathMtu}. */
  int claimedMtu;

  /** Sequence number of the packet that was too big; valid with {@link #claimedMtu}. */
  int claimedSequence;

  /** The last ICMP error since there was progress, as the reason why nothing arrives; or NONE. */
  TcpError softError = TcpError.NONE;

  /** The MSS that our SYN advertises, and an upper bound of what we send. */
  int advMss;

  /** Whether partial segments before {@link #pushEnd} are sent despite the cork. */
  boolean pushing;

  int pushEnd;

  boolean finQueued;
  SendQueue sendQueue;
  boolean writeBlocked;

  // Receive sequence space.
  int irs;
  int rcvNxt;

  /** Right edge of the window last advertised: RCV.NXT + RCV.WND at that time. */
  int rcvAdv;

  int rcvWndShift;
  boolean windowScaling;
  boolean finReceived;

  /** Sequence number of a FIN that arrived out of order; valid with {@link #finSeen}. */
  int finSeq;

  boolean finSeen;
  final ReceiveQueue receiveQueue = new ReceiveQueue();
  Reassembly reassembly;

  /**
   * Whether both ends accept SACK options (RFC 2018). In SYN_SENT, as with {@link #windowScaling}
   * and {@link #timestamps}, whether our SYN offers them.
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

  /** When our SYN was sent; 0 once it is retransmitted or acknowledged. */
  long synSentNanos;

  /** The next ACK of this sequence number or beyond measures the round trip again. */
  int rttRound;

  /** Whether ECN is used (RFC 3168); in SYN_SENT, whether our SYN asks for it. */
  boolean ecn;

  /** Whether a CE mark arrived that the peer hasn't answered with CWR. */
  boolean ecnEcho;

  /** Whether the next new data carries CWR: the congestion window was reduced. */
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

  /** Whether the deadline was postponed because the thread was late. */
  boolean retransmitPutOff;

  /** When to detect losses by time, or to probe for a lost tail: see {@link #lossTimerProbes}. */
  long lossDeadline;

  boolean lossTimerProbes;

  /** Number of times {@link #lossDeadline} was postponed because input was waiting. */
  byte lossPutOffs;

  /** Whether segments are sent at {@link CongestionControl#pacingRate} instead of at once. */
  boolean paced;

  /** When pacing lets the next segment go; see {@link CongestionControl#pacingRate}. */
  long nextSendNanos;

  long pacingDeadline;
  long persistDeadline;
  long delayedAckDeadline;
  long keepaliveDeadline;
  long idleDeadline;
  long closeDeadline;

  /** When data that a cork holds back is sent regardless. */
  long corkDeadline;

  /** When a deferred connection can be accepted even without data. */
  long deferDeadline;

  int keepaliveProbesSent;
  long lastReceiveNanos;

  /** When data last arrived; valid once {@link #rcvMss} isn't 0. */
  long lastDataReceivedNanos;

  /** Payload of the largest segment received. */
  int rcvMss;

  long lastSendNanos;

  /** When data, or a FIN, was last sent. */
  long lastDataNanos;

  /** When a challenge ACK, or one to an unacceptable segment, was last sent; for rate limiting. */
  long challengedNanos;

  /** Since when the oldest unacknowledged data has waited without progress; 0 for none. */
  long stalledSinceNanos;

  // Links of the timer wheel.
  TcpConnection wheelNext;
  TcpConnection wheelPrevious;
  int wheelSlot = -1;
  long wheelDeadline;

  // Links of the chain the connection is in: that of a listener, opens, orphans or ended ones.
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

  /** Whether {@link TcpHandler#closed} was called. */
  boolean closedTold;

  /** Whether received data stays readable after {@link TcpHandler#closed}. */
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

  /** Sizes up to which the buffers may grow; see {@link BufferTuning}. */
  int receiveBufferMax;

  int sendBufferMax;

  /** Start of the round trip in which reading is measured; 0 before the first read. */
  long rcvRoundStart;

  /** Round-trip time as the receiver of data sees it; 0 before the first measurement. */
  long rcvRttNanos;

  /** Bytes read in this round trip. */
  int rcvRoundBytes;

  /** The most bytes read in any round trip. */
  int rcvSpace;

  long notSentLowat;
  int tos;
  int ttl;

  Tcb(TcpCore core) {
    this.core = core;
  }

  /** Resets a pooled object to its initial state, with these options. */
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

  /** Clears all deadlines; the caller takes care of the wheel. */
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

  /** Decides whether to pace, for this congestion control. */
  final void choosePacing() {
    paced = congestion.needsPacing() || core.config().pacing();
  }

  // ---- Other threads ----

  /**
   * Returns the number of the connection that this object currently represents. Whoever reads
   * fields from another thread gets it first, and checks {@link #sameIncarnation} afterwards.
   */
  int currentIncarnation() {
    return incarnation;
  }

  /** Whether everything read since {@link #currentIncarnation} is of that one connection. */
  boolean sameIncarnation(int number) {
    VarHandle.loadLoadFence();
    return incarnation == number;
  }

  // ---- Sequence space, for the roles of this package ----

  /** Bytes queued and not acknowledged; SYN and FIN aren't counted. */
  int queuedBytes() {
    return sendQueue == null ? 0 : sendQueue.bytes();
  }

  /** Sequence number following the last byte queued: that of the FIN, once one is queued. */
  int sndEnd() {
    return sndUna + queuedBytes();
  }

  /** Bytes queued that were never sent. */
  int unsentBytes() {
    return Math.max(0, sndEnd() - sndMax);
  }

  /** Sequence space sent but not acknowledged: FlightSize of RFC 5681. */
  int flightSize() {
    return sndNxt - sndUna;
  }

  /** Whether a segment that probes for a larger size is in flight. */
  boolean isProbingMtu() {
    return mtuSearch != null && mtuSearch.probing;
  }

  /** Estimate of the bytes in the network (RFC 6675 section 2). */
  int pipe() {
    return flight == null
        ? 0
        : Math.max(0, flight.underWayBytes() - recovery.leftTheNetwork(sndMss));
  }

  /** Whether everything queued, the FIN included, has been sent, since the last rewind if any. */
  boolean allSent() {
    return Seq.geq(sndNxt, sndEnd() + (finQueued ? 1 : 0));
  }

  /**
   * Drags along the stored send sequence numbers that lie behind SND.UNA, before they are so far
   * behind that they would appear to lie ahead. Those updated with each acknowledgment (SND.WL2) or
   * segment (SND.WL1) don't need it.
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

  /** Bytes that may still be received: free buffer space that a window can advertise. */
  int receiveSpace() {
    int space = core.memory().receiveBuffer(this) - receiveQueue.bytes();
    return Math.clamp(space, 0, TcpOutput.MAX_WINDOW_FIELD << rcvWndShift);
  }

  /** RCV.WND as the peer knows it. */
  int rcvWnd() {
    return Math.max(0, rcvAdv - rcvNxt);
  }
}
