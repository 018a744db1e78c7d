package org.mosstack.tcp;

import org.mosstack.socket.CongestionAlgorithm;
import org.mosstack.socket.TcpError;
import org.mosstack.tcp.congestion.CongestionControl;
import org.mosstack.tcp.scoreboard.RttEstimator;
import org.mosstack.tcp.scoreboard.Scoreboard;
import org.mosstack.tcp.segment.Seq;

/**
 * The send sequence space (RFC 9293 section 3.3.1), and how much of it may be in flight: the second
 * part of a {@link Tcb}.
 */
abstract sealed class SendSequence extends Identity permits ReceiveSequence {
  /**
   * Acknowledged bytes after which {@link #dragMarkers} is due: even with the largest window, 2^30
   * bytes, no marker is then ever 2^31 bytes away.
   */
  static final int DRAG_BYTES = 1 << 28;

  int iss;
  int sndUna;
  int sndNxt;
  int sndMax;
  int sndWnd;
  int sndWl1;
  int sndWl2;
  int maxSndWnd;
  int sndWndShift;
  int sndMss;

  /** What is in flight, segment by segment; null while nothing is. */
  Scoreboard scoreboard;

  SendQueue sendQueue;
  boolean finQueued;
  boolean writeBlocked;

  // Round trip, congestion, loss.
  CongestionAlgorithm congestionAlgorithm = CongestionAlgorithm.CUBIC;
  CongestionControl congestion = CongestionControl.create(congestionAlgorithm);
  final LossRecovery recovery = new LossRecovery();
  final RttEstimator rtt = new RttEstimator();

  /** The next ACK of this sequence number or beyond measures the round trip again. */
  int rttRound;

  /** SND.UNA when {@link #dragMarkers} was last called. */
  int draggedAt;

  /** Bytes delivered when the last scoreboard was dropped. */
  long delivered;

  /** Bytes under way when new data was last sent: how much of the window is used. */
  int underWayWhenSent;

  int retransmits;

  /** Whether segments are sent at {@link CongestionControl#pacingRate} instead of at once. */
  boolean paced;

  /** When pacing lets the next segment go; see {@link CongestionControl#pacingRate}. */
  long nextSendNanos;

  /** Whether ECN is used (RFC 3168); in SYN_SENT, whether our SYN asks for it. */
  boolean ecn;

  /** Whether the next new data carries CWR: the congestion window was reduced. */
  boolean ecnCwr;

  /** SND.MAX when the congestion window was last reduced. */
  int ecnRecover;

  int persistBackoff;
  int unansweredProbes;

  /** The last ICMP error since there was progress, as the reason why nothing arrives; or NONE. */
  TcpError softError = TcpError.NONE;

  SendSequence(TcpCore core) {
    super(core);
  }

  @Override
  void reset() {
    super.reset();
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
    softError = TcpError.NONE;
    delivered = 0;
    underWayWhenSent = 0;
    rttRound = 0;
    finQueued = false;
    writeBlocked = false;
    ecn = false;
    ecnCwr = false;
    retransmits = 0;
    persistBackoff = 0;
    unansweredProbes = 0;
    nextSendNanos = 0;
    rtt.reset();
  }

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

  /** Estimate of the bytes in the network (RFC 6675 section 2). */
  int pipe() {
    return scoreboard == null
        ? 0
        : Math.max(0, scoreboard.underWayBytes() - recovery.leftTheNetwork(sndMss));
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
    rttRound = Seq.drag(rttRound, sndUna);
    ecnRecover = Seq.drag(ecnRecover, sndUna);
    recovery.dragMarkers(sndUna);
    congestion.dragMarkers(sndUna);
  }
}
