package org.mosstack.tcp;

import org.mosstack.header.Ipv4Header;
import org.mosstack.header.TcpHeader;
import org.mosstack.stats.Counter;

/**
 * What ICMP says of the largest packet that a path takes (RFC 1191), believed as far as RFC 5927
 * section 7.2 goes: at once only while no segment of the present size has ever been acknowledged.
 * Later a claim waits until the retransmission timer agrees that packets are lost, and is forgotten
 * when the packet that it speaks of turns out to have arrived. Where full segments vanish without a
 * word from the start, smaller ones are tried (black holes: RFC 2923 section 2.1, RFC 4821 section
 * 7.7); nothing grows again.
 */
final class PathMtu {
  /** The least MTU that is believed (as Linux's min_pmtu). */
  static final int MIN_BYTES = 552;

  /**
   * What is tried first where a black hole is suspected: 1024 bytes of data (RFC 4821 section 7.2).
   */
  private static final int BASE_BYTES = 1064;

  /** Timeouts of one full segment that make a black hole likely. */
  private static final int BLACK_HOLE_TIMEOUTS = 2;

  private static final int HEADERS_BYTES = Ipv4Header.MIN_BYTES + TcpHeader.MIN_BYTES;

  private final TcpCore core;

  PathMtu(TcpCore core) {
    this.core = core;
  }

  /** Takes the MSS, options not yet off. */
  static void setMss(TcpConnection c, int base) {
    c.sndMssBase = base;
    c.sndMss = base - (c.timestamps ? TcpOptions.PADDED_TIMESTAMPS_BYTES : 0);
    c.fullSegmentArrived = false;
  }

  /**
   * ICMP says that a packet was too big.
   *
   * @param mtu what the next hop takes, in bytes; 0 where the router doesn't say
   * @param sequence sequence number of the packet, which is in flight
   * @return false when that can't be
   */
  boolean claimed(TcpConnection c, int mtu, int sequence) {
    int believed = Math.max(mtu, MIN_BYTES);
    if (!c.state.maySend() || believed - HEADERS_BYTES >= c.sndMssBase) {
      return false;
    }
    if (c.fullSegmentArrived) {
      c.claimedMtu = believed;
      c.claimedSequence = sequence;
    } else {
      lower(c, believed);
    }
    return true;
  }

  /** SND.UNA has moved by so much: what it has passed got through. */
  void onProgress(TcpConnection c, int acked) {
    if (acked >= c.sndMss) { // several small ones may look like it: a claim then waits
      c.fullSegmentArrived = true;
    }
    if (c.claimedMtu != 0 && Seq.gt(c.sndUna, c.claimedSequence)) {
      c.claimedMtu = 0;
    }
  }

  /** The retransmission timer has expired: a claim that waits for that is believed. */
  void onTimeout(TcpConnection c) {
    int mtu = c.claimedMtu;
    if (mtu != 0) {
      c.claimedMtu = 0;
      lower(c, mtu);
    } else if (looksLikeBlackHole(c)) {
      core.counters().increment(Counter.TCP_MTU_BLACK_HOLES);
      lower(c, c.sndMssBase + HEADERS_BYTES > BASE_BYTES ? BASE_BYTES : MIN_BYTES);
    }
  }

  private static boolean looksLikeBlackHole(TcpConnection c) {
    return c.retransmits >= BLACK_HOLE_TIMEOUTS
        && !c.fullSegmentArrived
        && c.flight != null
        && c.flight.bytes(c.flight.first()) >= c.sndMss
        && c.sndMssBase > MIN_BYTES - HEADERS_BYTES;
  }

  /** Smaller segments from here on; what was lost is sent again at once. */
  private void lower(TcpConnection c, int mtu) {
    c.pathMtu = Math.min(c.pathMtu, mtu);
    setMss(c, mtu - HEADERS_BYTES);
    c.congestion.mss(c.sndMss);
    if (c.queuedBytes() > 0) {
      core.spares().rewind(c);
      core.pending().scheduleOutput(c);
    }
  }
}
