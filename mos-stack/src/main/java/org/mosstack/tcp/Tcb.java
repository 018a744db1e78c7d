package org.mosstack.tcp;

import java.util.concurrent.TimeUnit;
import org.mosstack.socket.CongestionAlgorithm;
import org.mosstack.socket.SocketOptions;
import org.mosstack.socket.TcpConnection;
import org.mosstack.socket.TcpHandler;
import org.mosstack.tcp.congestion.CongestionControl;
import org.mosstack.tcp.segment.Seq;

/**
 * The transmission control block (RFC 9293 section 3.3.1): the state of one connection. The fields
 * are read and written by this package's roles: {@link Handshake}, {@link SegmentArrives} and
 * {@link Acknowledgments} for arriving segments, {@link TcpOutput} for outgoing ones, {@link
 * TcpTimers} for time; what the application may do with them is in {@link Connection}.
 */
abstract sealed class Tcb extends Schedule implements TcpConnection permits Connection {
  /** MSS before options are deducted: the lesser of the peer's and the path's. */
  int sndMssBase;

  /** Largest IP packet that gets through to the peer, as far as is known. */
  int pathMtu;

  FastOpenStep fastOpen = FastOpenStep.NONE;

  // The Fast Open cookie that our SYN, or SYN-ACK, carries.
  int fastOpenBytes;
  long fastOpenHigh;
  long fastOpenLow;

  /** Bytes of data that our SYN can carry beside its cookie. */
  int fastOpenRoom;

  /** Established by the cookie of the peer's SYN; nothing has acknowledged ours yet. */
  boolean synUnacked;

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

  /** The MSS that our SYN advertises, and an upper bound of what we send. */
  int advMss;

  // Links of the chain of connections in the same case: of a listener's, of opens, orphans, ends.
  ConnectionChain chain;
  Tcb chainNext;
  Tcb chainPrevious;

  /** Size up to which the buffer may grow; see {@link BufferAutoTuning}. */
  int receiveBufferMax;

  /** Start of the round trip in which reading is measured; 0 before the first read. */
  long rcvRoundStart;

  /** Round-trip time as the receiver of data sees it; 0 before the first measurement. */
  long rcvRttNanos;

  /** Bytes read in this round trip. */
  int rcvRoundBytes;

  /** The most bytes read in any round trip. */
  int rcvSpace;

  /** When our SYN was sent; 0 once it is retransmitted or acknowledged. */
  long synSentNanos;

  boolean synRetransmitted;
  int totalRetransmits;

  /** Whether partial segments before {@link #pushEnd} are sent despite the cork. */
  boolean pushing;

  int pushEnd;

  // What the application has set.
  boolean noDelay;
  boolean corked;
  boolean keepAlive;
  long keepAliveIdleNanos;
  long keepAliveIntervalNanos;
  int keepAliveProbes;
  long userTimeoutNanos;
  int sendBuffer;
  int sendBufferMax;
  long notSentLowat;
  int tos;
  int ttl;

  Tcb(TcpCore core) {
    super(core);
  }

  /** Resets a pooled object to its initial state, with these options. */
  final void reset(SocketOptions options) {
    reset();
    take(options);
  }

  @Override
  void reset() {
    super.reset();
    synSentNanos = 0;
    synRetransmitted = false;
    totalRetransmits = 0;
    pushing = false;
    fastOpen = FastOpenStep.NONE;
    synUnacked = false;
    synAckTries = 0;
    fullSegmentArrived = false;
    claimedMtu = 0;
    mtuSearch = null;
    mayFragment = false;
    noDelay = false;
    corked = false;
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
      congestion = CongestionControl.create(wanted);
    }
    choosePacing();
  }

  /** Decides whether to pace, for this congestion control. */
  final void choosePacing() {
    paced = congestion.needsPacing() || core.config().pacing();
  }

  @Override
  void dragMarkers() {
    super.dragMarkers();
    pushEnd = Seq.drag(pushEnd, sndUna);
    claimedSequence = Seq.drag(claimedSequence, sndUna);
    if (mtuSearch != null) {
      mtuSearch.probeEnd = Seq.drag(mtuSearch.probeEnd, sndUna);
    }
  }

  /** Whether a segment that probes for a larger size is in flight. */
  boolean isProbingMtu() {
    return mtuSearch != null && mtuSearch.probing;
  }

  /** Bytes that may still be received: free buffer space that a window can advertise. */
  int receiveSpace() {
    int space = core.memory().receiveBuffer(this) - receiveQueue.bytes();
    return Math.clamp(space, 0, TcpOutput.MAX_WINDOW_FIELD << rcvWndShift);
  }

  // ---- The application's side, for the roles of this package ----

  void releaseBuffer(Object buffer) {
    TcpHandler h = handler;
    if (h != null) {
      core.pending().released(h, this, buffer);
    }
  }

  /** Whether enough is free again to notify the application, by Linux's rule for either bound. */
  boolean isWritableAgain() {
    return sendBuffer - queuedBytes() >= sendBuffer / 2
        && (notSentLowat == 0 || unsentBytes() * 2L < notSentLowat);
  }

  /** Sends all queued data, as far as the windows allow, even on a corked connection. */
  void push() {
    pushing = corked;
    pushEnd = sndEnd();
    core.pending().scheduleOutput(this);
  }
}
