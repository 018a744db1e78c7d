package org.mosstack.tcp;

/**
 * The receive sequence space (RFC 9293 section 3.3.1), and what the peer is told of it: the third
 * part of a {@link Tcb}.
 */
abstract sealed class ReceiveSequence extends SendSequence permits Schedule {
  /** Segments acknowledged at once when a connection starts, so that slow start isn't slowed. */
  static final int QUICK_ACKS = 16;

  int irs;
  int rcvNxt;

  /** Right edge of the window last advertised: RCV.NXT + RCV.WND at that time. */
  int rcvAdv;

  int rcvWndShift;
  boolean windowScaling;

  /**
   * Whether both ends accept SACK options (RFC 2018). In SYN_SENT, as with {@link #windowScaling}
   * and {@link #timestamps}, whether our SYN offers them.
   */
  boolean sack;

  boolean finReceived;
  boolean finSeen;

  /** Sequence number of a FIN that arrived out of order; valid with {@link #finSeen}. */
  int finSeq;

  final ReceiveQueue receiveQueue = new ReceiveQueue();
  Reassembly reassembly;

  // Timestamps (RFC 7323).
  boolean timestamps;
  int tsOffset;
  int tsRecent;
  long tsRecentNanos;
  int lastAckSent;

  /** Payload of the largest segment received. */
  int rcvMss;

  // When the next segment, or the turn, is acknowledged.
  boolean ackNow;
  boolean quickAck;
  int quickAcks;
  int unackedSegments;

  /** Whether a CE mark arrived that the peer hasn't answered with CWR. */
  boolean ecnEcho;

  boolean inputShutdown;
  int receiveBuffer;

  ReceiveSequence(TcpCore core) {
    super(core);
  }

  @Override
  void reset() {
    super.reset();
    irs = 0;
    rcvNxt = 0;
    rcvAdv = 0;
    rcvWndShift = 0;
    windowScaling = false;
    sack = false;
    ecnEcho = false;
    finReceived = false;
    finSeen = false;
    timestamps = false;
    tsRecent = 0;
    lastAckSent = 0;
    rcvMss = 0;
    ackNow = false;
    quickAcks = QUICK_ACKS;
    unackedSegments = 0;
    inputShutdown = false;
    quickAck = false;
  }

  /** RCV.WND as the peer knows it. */
  int rcvWnd() {
    return Math.max(0, rcvAdv - rcvNxt);
  }
}
