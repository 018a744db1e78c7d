package org.mosstack.tcp;

import org.mosstack.header.Ipv4Header;
import org.mosstack.header.TcpHeader;
import org.mosstack.stats.Counter;
import org.mosstack.stats.Counters;

/**
 * Explicit congestion notification of one core's connections (RFC 3168): what is agreed on in the
 * handshake; the receiver's part, which tells the peer that the path is congested until the peer
 * says that it has heard; and the sender's, which is told so.
 */
final class Ecn {
  private static final int SETUP = TcpHeader.ECE | TcpHeader.CWR;

  private final TcpCore core;
  private final Counters counters;

  Ecn(TcpCore core, Counters counters) {
    this.core = core;
    this.counters = counters;
  }

  // ---- The handshake (section 6.1.1) ----

  /** An open from this side: whether its SYN asks. */
  void open(TcpConnection c) {
    c.ecn = core.config().ecn() == EcnMode.ASK;
  }

  /** Our SYN goes out again: there are those who drop one that asks (section 6.1.1.1). */
  void synRetransmitted(TcpConnection c) {
    if (c.state == TcpState.SYN_SENT) {
      c.ecn = false;
    }
  }

  /** The flags of our SYN, or of our SYN and ACK. */
  static int synFlags(TcpConnection c) {
    return !c.ecn ? 0 : c.state == TcpState.SYN_SENT ? SETUP : TcpHeader.ECE;
  }

  /** The peer's SYN, or its SYN and ACK, has come. */
  void synArrived(TcpConnection c, Segment seg) {
    boolean offered = c.active ? c.ecn : core.config().ecn() != EcnMode.OFF;
    int wanted = seg.has(TcpHeader.ACK) ? TcpHeader.ECE : SETUP;
    // A marked SYN isn't by the RFC: whoever sets these bits on the way would mark everything.
    boolean marked = Ipv4Header.ecn(seg.tos) != Ipv4Header.NOT_ECT;
    c.ecn = offered && !marked && (seg.flags & SETUP) == wanted;
  }

  /**
   * The SYN and ACK of a peer whose SYN crossed ours: it has to agree, too, and its flags tell of
   * no congestion.
   */
  void synAckCrossed(TcpConnection c, Segment seg) {
    c.ecn &= (seg.flags & SETUP) == TcpHeader.ECE;
    seg.flags &= ~SETUP;
  }

  /** The peer's SYN has come again: without asking, when the first wasn't answered in time. */
  void synRepeated(TcpConnection c, Segment seg) {
    c.ecn &= (seg.flags & SETUP) == SETUP;
  }

  // ---- The receiver (section 6.1.3) ----

  /**
   * A segment within the window has come, and has passed all checks. From a mark on, all ACKs tell
   * of it until the peer says that it has slowed down.
   */
  void received(TcpConnection c, Segment seg) {
    if (!c.ecn || seg.dataLen == 0) {
      return;
    }
    if (seg.has(TcpHeader.CWR)) {
      c.ecnEcho = false;
    }
    if (Ipv4Header.ecn(seg.tos) == Ipv4Header.CE) {
      counters.increment(Counter.TCP_ECN_CE_RECEIVED);
      c.ecnEcho = true;
      core.pending().ackNow(c);
    }
  }

  // ---- The sender (section 6.1.2) ----

  /**
   * Whether an acceptable ACK, which isn't processed yet, tells of congestion that nothing has
   * answered: the first one of a window, unless a loss has reduced the congestion window.
   */
  boolean isEchoed(TcpConnection c, Segment seg) {
    boolean echoes = c.ecn && seg.has(TcpHeader.ECE) && !seg.has(TcpHeader.SYN);
    if (!echoes || Seq.leq(seg.ack, c.ecnRecover) || Seq.gt(seg.ack, c.sndMax)) {
      return false;
    }
    counters.increment(Counter.TCP_ECN_REDUCTIONS);
    return true;
  }

  /**
   * The congestion window was reduced, for whatever reason: the peer is told with the next new
   * data, and nothing that it has acknowledged, or will, of what was sent till now reduces it
   * again.
   */
  static void reduced(TcpConnection c) {
    c.ecnCwr = c.ecn;
    c.ecnRecover = c.sndMax;
  }

  /** Flags of a segment of an established connection that isn't RST. */
  static int flags(TcpConnection c, boolean newData) {
    return (c.ecnEcho ? TcpHeader.ECE : 0) | (newData && c.ecnCwr ? TcpHeader.CWR : 0);
  }

  /**
   * The type-of-service octet of a segment. Only data that is sent for the first time may be marked
   * by routers (sections 6.1.4 to 6.1.6).
   */
  static int tos(TcpConnection c, boolean newData) {
    return c.tos & ~Ipv4Header.ECN_MASK | (newData && c.ecn ? Ipv4Header.ECT_0 : 0);
  }

  /** A segment of new data was sent: CWR has been said. */
  static void sentNewData(TcpConnection c) {
    c.ecnCwr = false;
  }
}
