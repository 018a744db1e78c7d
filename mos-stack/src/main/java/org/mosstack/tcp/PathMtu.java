package org.mosstack.tcp;

import org.mosstack.header.Ipv4Header;
import org.mosstack.header.TcpHeader;
import org.mosstack.ip.PathMtuCache;
import org.mosstack.stats.Counter;
import org.mosstack.stats.Counters;
import org.mosstack.tcp.segment.Seq;
import org.mosstack.tcp.segment.TcpOptions;

/**
 * Finds the largest packet that a connection's path takes.
 *
 * <p>ICMP (RFC 1191) is believed as far as RFC 5927 section 7.2 goes: immediately only while no
 * segment of the current size has ever been acknowledged. Later, a claim waits until the
 * retransmission timer agrees that packets are lost, and is dropped if the packet in question turns
 * out to have arrived. Where full segments vanish silently, at any time, smaller ones are tried
 * (black holes: RFC 2923 section 2.1, RFC 4821 section 7.7); where even {@link #MIN_BYTES} are too
 * many, routers may fragment.
 *
 * <p>The result also holds for later connections to the destination ({@link PathMtuCache}), for ten
 * minutes. After that, {@link MtuProbe} tries a larger segment.
 */
final class PathMtu {
  /** The least MTU that is believed (Linux's min_pmtu); below it, packets may be fragmented. */
  static final int MIN_BYTES = 552;

  static final int HEADERS_BYTES = Ipv4Header.MIN_BYTES + TcpHeader.MIN_BYTES;

  /** Time for which a smaller MTU is believed (RFC 1191 section 6.3). */
  static final long LIFE_NANOS = 600_000_000_000L;

  /**
   * The same where the only evidence is silence, which may have been an outage: then the first
   * larger segment gets through; otherwise one more segment is lost.
   */
  static final long SUSPICION_NANOS = 10_000_000_000L;

  /**
   * The first size tried where a black hole is suspected: 1024 bytes of data (RFC 4821 section
   * 7.2).
   */
  private static final int BASE_BYTES = 1064;

  /** Number of timeouts of one full segment that make a black hole likely. */
  private static final int BLACK_HOLE_TIMEOUTS = 2;

  private final TcpCore core;
  private final PathMtuCache cache;
  private final TurnQueues pending;
  private final SpareParts spares;
  private final Counters counters;
  private final MtuProbe probe;

  PathMtu(
      TcpCore core, PathMtuCache cache, TurnQueues pending, SpareParts spares, Counters counters) {
    this.core = core;
    this.cache = cache;
    this.pending = pending;
    this.spares = spares;
    this.counters = counters;
    probe = new MtuProbe(core, cache, pending, spares, counters);
  }

  /** Returns what tries larger segments. */
  MtuProbe probe() {
    return probe;
  }

  /**
   * Starts with the MSS that the two ends agree on, options not yet deducted, or with what is known
   * of the path if that is less.
   */
  void start(Tcb c, int base) {
    c.mssLimit = base;
    setMss(c, base);
    int mtu = cache.mtu(c.remoteAddress, core.now());
    if (mtu != 0 && (mtu < MIN_BYTES || mtu - HEADERS_BYTES < base)) {
      MtuProbe.searchFrom(c, cache.expiryNanos(c.remoteAddress, core.now()));
      shrink(c, mtu);
    }
  }

  /** Sets the MSS, options not yet deducted. */
  static void setMss(Tcb c, int base) {
    c.sndMssBase = base;
    c.sndMss = base - (c.timestamps ? TcpOptions.PADDED_TIMESTAMPS_BYTES : 0);
    c.fullSegmentArrived = false;
  }

  /**
   * Handles ICMP's word that a packet was too big.
   *
   * @param mtu MTU of the next hop in bytes; 0 where the router doesn't give it
   * @param sequence sequence number of the packet, which is in flight
   * @return false when the claim is impossible
   */
  boolean claimed(Tcb c, int mtu, int sequence) {
    int believed = mtu == 0 ? MIN_BYTES : mtu;
    if (!c.maySend() || !isSmaller(c, believed)) {
      return c.isProbingMtu() && c.maySend() && probe.refused(c, believed, sequence);
    }
    if (c.fullSegmentArrived) {
      c.claimedMtu = believed;
      c.claimedSequence = sequence;
    } else {
      lower(c, believed, LIFE_NANOS);
    }
    return true;
  }

  private static boolean isSmaller(Tcb c, int mtu) {
    return mtu < MIN_BYTES && !c.mayFragment
        || Math.max(mtu, MIN_BYTES) - HEADERS_BYTES < c.sndMssBase;
  }

  /** Handles an advance of SND.UNA: what it has passed got through. */
  void onProgress(Tcb c, int acked) {
    if (acked >= c.sndMss) { // several small ones may look like it: a claim then waits
      c.fullSegmentArrived = true;
    }
    if (c.claimedMtu != 0 && Seq.gt(c.sndUna, c.claimedSequence)) {
      c.claimedMtu = 0;
    }
  }

  /**
   * Handles the retransmission timer's expiry: a pending claim is now believed, or what another
   * connection has found out.
   */
  void onTimeout(Tcb c) {
    int claim = c.claimedMtu;
    c.claimedMtu = 0;
    int known = isFull(c) ? cache.mtu(c.remoteAddress, core.now()) : 0;
    if (claim != 0) {
      lower(c, claim, LIFE_NANOS);
    } else if (known != 0 && isSmaller(c, known)) {
      MtuProbe.searchFrom(c, cache.expiryNanos(c.remoteAddress, core.now()));
      shrink(c, known);
      sendAgain(c);
    } else if (looksLikeBlackHole(c)) {
      counters.increment(Counter.TCP_MTU_BLACK_HOLES);
      lower(c, next(c), SUSPICION_NANOS);
    }
  }

  private static boolean isFull(Tcb c) {
    return c.scoreboard != null && c.scoreboard.bytes(c.scoreboard.first()) >= c.sndMss;
  }

  private static boolean looksLikeBlackHole(Tcb c) {
    return c.retransmits >= BLACK_HOLE_TIMEOUTS && isFull(c) && !c.mayFragment;
  }

  /** Returns the MTU to try when segments of the current size vanish. */
  private static int next(Tcb c) {
    int mtu = c.sndMssBase + HEADERS_BYTES;
    return mtu > BASE_BYTES ? BASE_BYTES : mtu > MIN_BYTES ? MIN_BYTES : MIN_BYTES - 1;
  }

  /** Makes segments smaller from now on, and sends what was lost again at once. */
  private void lower(Tcb c, int mtu, long lifeNanos) {
    MtuProbe.searchFrom(c, core.now() + lifeNanos);
    cache.put(c.remoteAddress, mtu, lifeNanos, core.now());
    shrink(c, mtu);
    sendAgain(c);
  }

  private void sendAgain(Tcb c) {
    c.congestion.mss(c.sndMss);
    if (c.queuedBytes() > 0) {
      spares.rewind(c);
      pending.scheduleOutput(c);
    }
  }

  private static void shrink(Tcb c, int mtu) {
    int least = Math.max(mtu, MIN_BYTES);
    c.mayFragment = mtu < MIN_BYTES;
    c.pathMtu = Math.min(c.pathMtu, least);
    setMss(c, Math.min(c.sndMssBase, least - HEADERS_BYTES));
  }
}
