package org.mosstack.tcp;

import org.mosstack.config.EcnMode;
import org.mosstack.header.Ipv4Header;
import org.mosstack.header.TcpHeader;
import org.mosstack.socket.TcpState;
import org.mosstack.stats.Counter;
import org.mosstack.stats.Counters;
import org.mosstack.tcp.segment.Segment;
import org.mosstack.tcp.segment.Seq;

/**
 * Explicit Congestion Notification of one core's connections (RFC 3168): what the handshake
 * negotiates; the receiver's part, which tells the peer that the path is congested until the peer
 * confirms; and the sender's part, which is told so.
 */
final class Ecn {
  private static final int SETUP = TcpHeader.ECE | TcpHeader.CWR;

  private final TurnQueues pending;
  private final EcnMode mode;
  private final Counters counters;

  Ecn(TurnQueues pending, EcnMode mode, Counters counters) {
    this.pending = pending;
    this.mode = mode;
    this.counters = counters;
  }

  // ---- The handshake (section 6.1.1) ----

  /** Decides whether the SYN of an active open asks. */
  void open(Tcb c) {
    c.ecn = mode == EcnMode.ASK;
  }

  /** Our SYN is retransmitted: some hosts drop one that asks (section 6.1.1.1). */
  void synRetransmitted(Tcb c) {
    if (c.state() == TcpState.SYN_SENT) {
      c.ecn = false;
    }
  }

  /** Returns the flags of our SYN or SYN-ACK. */
  static int synFlags(Tcb c) {
    return !c.ecn ? 0 : c.state() == TcpState.SYN_SENT ? SETUP : TcpHeader.ECE;
  }

  /** The peer's SYN or SYN-ACK has arrived. */
  void synArrived(Tcb c, Segment seg) {
    boolean offered = c.active ? c.ecn : mode != EcnMode.OFF;
    int wanted = seg.has(TcpHeader.ACK) ? TcpHeader.ECE : SETUP;
    // A marked SYN violates the RFC: whoever sets these bits on the path would mark everything.
    boolean marked = Ipv4Header.ecn(seg.tos) != Ipv4Header.NOT_ECT;
    c.ecn = offered && !marked && (seg.flags & SETUP) == wanted;
  }

  /**
   * The SYN-ACK of a peer whose SYN crossed ours has arrived: it has to agree too, and its flags
   * don't signal congestion.
   */
  void synAckCrossed(Tcb c, Segment seg) {
    c.ecn &= (seg.flags & SETUP) == TcpHeader.ECE;
    seg.flags &= ~SETUP;
  }

  /** The peer has retransmitted its SYN: without asking, if the first wasn't answered in time. */
  void synRepeated(Tcb c, Segment seg) {
    c.ecn &= (seg.flags & SETUP) == SETUP;
  }

  // ---- The receiver (section 6.1.3) ----

  /**
   * A segment within the window has arrived and passed all checks. From a CE mark on, all ACKs echo
   * it until the peer signals that it has slowed down.
   */
  void received(Tcb c, Segment seg) {
    if (!c.ecn || seg.dataLen == 0) {
      return;
    }
    if (seg.has(TcpHeader.CWR)) {
      c.ecnEcho = false;
    }
    if (Ipv4Header.ecn(seg.tos) == Ipv4Header.CE) {
      counters.increment(Counter.TCP_ECN_CE_RECEIVED);
      c.ecnEcho = true;
      pending.ackNow(c);
    }
  }

  // ---- The sender (section 6.1.2) ----

  /**
   * Whether an acceptable ACK, not processed yet, echoes congestion that nothing has reacted to:
   * the first one per window, unless a loss has reduced the congestion window.
   */
  boolean isEchoed(Tcb c, Segment seg) {
    boolean echoes = c.ecn && seg.has(TcpHeader.ECE) && !seg.has(TcpHeader.SYN);
    if (!echoes || Seq.leq(seg.ack, c.ecnRecover) || Seq.gt(seg.ack, c.sndMax)) {
      return false;
    }
    counters.increment(Counter.TCP_ECN_REDUCTIONS);
    return true;
  }

  /**
   * The congestion window was reduced, for whatever reason: the next new data tells the peer, and
   * no acknowledgment of what was sent until now reduces the window again.
   */
  static void reduced(Tcb c) {
    c.ecnCwr = c.ecn;
    c.ecnRecover = c.sndMax;
  }

  /** Returns the flags of an established connection's segment other than an RST. */
  static int flags(Tcb c, boolean newData) {
    return (c.ecnEcho ? TcpHeader.ECE : 0) | (newData && c.ecnCwr ? TcpHeader.CWR : 0);
  }

  /**
   * Returns the type-of-service octet of a segment. Routers may mark only data that is sent for the
   * first time (sections 6.1.4 to 6.1.6).
   */
  static int tos(Tcb c, boolean newData) {
    return c.tos & ~Ipv4Header.ECN_MASK | (newData && c.ecn ? Ipv4Header.ECT_0 : 0);
  }

  /** A segment of new data was sent, and CWR with it. */
  static void sentNewData(Tcb c) {
    c.ecnCwr = false;
  }
}
