package org.mosstack.sim;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.mosstack.header.Ipv4Header;
import org.mosstack.header.TcpHeader;

/**
 * The rules for each segment a stack sends, judged by what both ends have sent before: from
 * outside, without knowledge of the stack's own variables.
 */
final class WireRules {
  private static final int ETHERNET_BYTES = 14;
  private static final int DEFAULT_MSS = 536;

  private final int mtu;
  private final boolean checksums;
  private final boolean losesCarrier;
  private final Findings findings;
  private final Map<Long, Flow> flows = new HashMap<>();

  /** What one end has sent. */
  private static final class Side {
    boolean synSeen;
    int iss;
    int synWindow;
    int mss = DEFAULT_MSS;
    int shift = -1;
    boolean timestamps;

    /** Sequence number after the last byte sent. */
    int nxt;

    boolean acked;
    int ack;
    int edge;
    boolean finSeen;
    int finSeq;
    boolean stamped;
    int tsVal;

    /**
     * Each acknowledgment with its window in bytes. It outlives the connection: what an end said
     * before it started another one may still be in transit.
     */
    final Set<Long> offers;

    Side(Set<Long> offers) {
      this.offers = offers;
    }

    /** Returns this end at the start of another connection between the same ports. */
    Side again() {
      return new Side(offers);
    }
  }

  /** A connection; side 0 sends to the server. */
  private static final class Flow {
    Side[] sides = {new Side(new HashSet<>()), new Side(new HashSet<>())};

    /** One end has answered an old or forged SYN that the other end knows nothing of. */
    boolean halfOpen;

    /** Whether it has ever been half open. */
    boolean wasHalfOpen;
  }

  /**
   * Creates the rules of a link.
   *
   * @param checksums whether the stacks write checksums themselves
   * @param losesCarrier whether the link sometimes loses carrier: the stack then drops what it
   *     sends, unseen here
   */
  WireRules(int mtu, boolean checksums, boolean losesCarrier, Findings findings) {
    this.mtu = mtu;
    this.checksums = checksums;
    this.losesCarrier = losesCarrier;
    this.findings = findings;
  }

  /**
   * Whether an end of a connection has ever sent this acknowledgment with this window in bytes: if
   * the other end uses a different one, it has misread it.
   *
   * @param direction in which the end sends
   */
  boolean offered(int direction, int clientPort, int serverPort, int ack, int window) {
    Flow flow = flows.get((long) clientPort << 16 | serverPort);
    return flow != null && flow.sides[direction].offers.contains(offer(ack, window));
  }

  /** Whether an end of a connection ever abandoned it for an old or forged SYN. */
  boolean wasHalfOpen(int clientPort, int serverPort) {
    Flow flow = flows.get((long) clientPort << 16 | serverPort);
    return flow != null && flow.wasHalfOpen;
  }

  private static long offer(int ack, int window) {
    return (long) ack << 32 | window & 0xFFFF_FFFFL;
  }

  /** Checks a packet that has just been sent. */
  void sent(int direction, FrameView f) {
    if (f.frameBytes > mtu + ETHERNET_BYTES) {
      broken("frame-size", f, "frame of " + f.frameBytes + " bytes");
    }
    if (!f.tcp) {
      return;
    }
    if (checksums
        && (!Ipv4Header.checksumOk(f.ip, Ipv4Header.headerBytes(f.ip))
            || !TcpHeader.checksumOk(f.header, f.tcpBytes(), f.source, f.destination))) {
      broken("checksum", f, "wrong checksum");
    }
    if (f.payload < 0 || f.headerBytes < TcpHeader.MIN_BYTES) {
      broken("header", f, "header of " + f.headerBytes + " bytes");
      return;
    }
    if (f.has(TcpHeader.RST)) {
      return; // may be for a nonexistent connection
    }
    Flow flow = flow(direction, f);
    Side us = flow.sides[direction];
    Side peer = flow.sides[1 - direction];
    if (f.has(TcpHeader.SYN)) {
      syn(flow, direction, f);
    } else if (us.synSeen && peer.synSeen && !flow.halfOpen) {
      segment(us, peer, f);
    }
  }

  private Flow flow(int direction, FrameView f) {
    boolean toServer = direction == SimLink.TO_SERVER;
    long client = toServer ? f.sourcePort : f.destinationPort;
    long server = toServer ? f.destinationPort : f.sourcePort;
    return flows.computeIfAbsent(client << 16 | server, _ -> new Flow());
  }

  private void syn(Flow flow, int direction, FrameView f) {
    Side us = flow.sides[direction];
    if (us.synSeen && us.iss != f.seq) {
      boolean opens = !f.has(TcpHeader.ACK);
      us = us.again(); // the ports are reused
      flow.sides[direction] = us;
      if (opens) {
        flow.sides[1 - direction] = flow.sides[1 - direction].again();
      }
      flow.halfOpen = !opens && flow.sides[1 - direction].acked;
      flow.wasHalfOpen |= flow.halfOpen;
    }
    if (us.synSeen) {
      us.offers.add(offer(f.ack, f.window));
      if (f.shift != us.shift) {
        broken("syn-repeated", f, "a SYN that differs from the first");
      }
      return;
    }
    us.offers.add(offer(f.ack, f.window));
    us.synSeen = true;
    us.iss = f.seq;
    us.nxt = f.seq + 1;
    us.synWindow = f.window;
    us.mss = f.mss == 0 ? DEFAULT_MSS : f.mss;
    us.shift = f.shift;
    us.timestamps = f.timestamps != 0;
    if (f.payload > 0) {
      us.nxt = f.end();
    }
  }

  private void segment(Side us, Side peer, FrameView f) {
    boolean scaled = us.shift >= 0 && peer.shift >= 0;
    int shift = scaled ? us.shift : 0;
    if (!f.has(TcpHeader.ACK)) {
      broken("no-ack", f, "a segment without ACK in a connection");
      return;
    }
    sequence(us, peer, f);
    acknowledgment(us, peer, f);
    window(us, f, shift);
    timestamps(us, peer, f);
    if (f.payload > 0 && f.payload + f.optionBytes() > peer.mss) {
      broken("mss", f, f.payload + " bytes and options, MSS " + peer.mss);
    }
  }

  private void sequence(Side us, Side peer, FrameView f) {
    if (f.seq - us.iss < 0) {
      broken("sequence", f, "before the first sequence number");
    }
    int edge = peer.acked ? peer.edge : us.iss + 1 + peer.synWindow;
    boolean fin = f.has(TcpHeader.FIN);
    // One byte beyond a closed window is a probe; a FIN may accompany it.
    if (f.end() - edge > (fin ? 2 : 1)) {
      broken("beyond-window", f, f.end() - edge + " bytes beyond the peer's window");
    }
    int finSeq = f.seq + f.payload;
    if (fin && us.finSeen && finSeq != us.finSeq) {
      broken("fin", f, "a second FIN elsewhere");
    }
    if (fin) {
      us.finSeen = true;
      us.finSeq = finSeq;
    }
    // A later ACK has the sequence number after the FIN's own.
    if (us.finSeen && finSeq - us.finSeq > (f.payload > 0 ? 0 : 1)) {
      broken("fin", f, "data behind the FIN");
    }
    if (f.seq - us.nxt > 0 && !losesCarrier) {
      broken("sequence", f, f.seq - us.nxt + " bytes left out");
    }
    if (f.end() - us.nxt > 0) {
      us.nxt = f.end();
    }
  }

  private void acknowledgment(Side us, Side peer, FrameView f) {
    if (f.ack - peer.nxt > 0) {
      broken("ack-of-unsent", f, f.ack - peer.nxt + " bytes were never sent");
    }
    if (us.acked && f.ack - us.ack < 0) {
      broken("ack-back", f, "acknowledges " + (us.ack - f.ack) + " bytes less than before");
    }
    us.ack = f.ack;
  }

  /** The right edge doesn't move back, except by scaling granularity (RFC 7323 section 2.4). */
  private void window(Side us, FrameView f, int shift) {
    us.offers.add(offer(f.ack, f.window << shift));
    int edge = f.ack + (f.window << shift);
    if (us.acked && edge - us.edge <= -(1 << shift)) {
      broken("window-shrunk", f, "window taken back by " + (us.edge - edge));
    }
    if (!us.acked || edge - us.edge > 0) {
      us.edge = edge;
    }
    us.acked = true;
  }

  private void timestamps(Side us, Side peer, FrameView f) {
    boolean wanted = us.timestamps && peer.timestamps;
    if (wanted != (f.timestamps != 0)) {
      broken("timestamps", f, wanted ? "no timestamp" : "a timestamp that wasn't agreed");
    }
    if (!wanted) {
      return;
    }
    if (us.stamped && f.tsVal - us.tsVal < 0) {
      broken("timestamps", f, "a timestamp that went back");
    }
    us.stamped = true;
    us.tsVal = f.tsVal;
  }

  private void broken(String rule, FrameView f, String detail) {
    findings.report(rule, detail + ", in " + Trace.describe(f));
  }
}
