package org.mosstack.tcp;

import org.mosstack.ip.PathMtuCache;
import org.mosstack.stats.Counter;
import org.mosstack.stats.Counters;
import org.mosstack.tcp.segment.Seq;

/**
 * Probes with larger segments than a path was found to take, once that finding is old (RFC 1191
 * section 6.3, RFC 4821 section 7). A probe carries data that waits to be sent anyway, and nothing
 * is sent behind it until its fate is known. If it alone is lost, that is never taken for
 * congestion, and costs the flow one round trip, or one timeout where nothing answers; this happens
 * a few times in ten minutes at most, as a binary search between what gets through and what
 * doesn't. If other segments are lost too, the loss says nothing about the size, and the same size
 * is tried again later (RFC 4821 section 7.6.4).
 */
final class MtuProbe {
  /** Time between two probes of a search. */
  static final long SEARCH_NANOS = 1_000_000_000;

  /** The least gain worth a probe. */
  static final int LEAST_GAIN_BYTES = 64;

  private final TcpCore core;
  private final PathMtuCache cache;
  private final TurnQueues pending;
  private final SpareParts spares;
  private final Counters counters;

  MtuProbe(
      TcpCore core, PathMtuCache cache, TurnQueues pending, SpareParts spares, Counters counters) {
    this.core = core;
    this.cache = cache;
    this.pending = pending;
    this.spares = spares;
    this.counters = counters;
  }

  /** Tries larger segments from a given time on: the path takes less than the two ends do. */
  static void searchFrom(Tcb c, long nanos) {
    if (c.mtuSearch == null) {
      c.mtuSearch = new MtuSearch();
    }
    c.mtuSearch.raiseNanos = nanos;
    c.mtuSearch.tooBig = 0; // for the path as it was
  }

  /**
   * Returns the size of the next segment of a connection with an {@link MtuSearch}: the usual one,
   * or that of a probe.
   *
   * @param room bytes that wait to be sent and fit into the windows
   */
  int segment(Tcb c, int room) {
    long now = core.now();
    if (c.isProbingMtu() || now - c.mtuSearch.raiseNanos < 0) {
      return c.sndMss;
    }
    if (c.mtuSearch.tooBig == 0 && cache.mtu(c.remoteAddress, now) != 0) {
      c.mtuSearch.raiseNanos =
          cache.expiryNanos(c.remoteAddress, now); // another connection has tried
      return c.sndMss;
    }
    int base = size(c);
    if (base <= c.sndMssBase) {
      end(c); // nothing larger to try; routers just need not fragment
      return c.sndMss;
    }
    int length = c.sndMss + base - c.sndMssBase;
    return room >= length && mayProbe(c) ? length : c.sndMss;
  }

  /** The MSS to try: first the largest possible, then halfway up to what didn't get through. */
  private static int size(Tcb c) {
    int tooBig = c.mtuSearch.tooBig;
    return tooBig == 0 ? c.mssLimit : c.sndMssBase + (tooBig - c.sndMssBase) / 2;
  }

  private static boolean mayProbe(Tcb c) {
    return c.recovery.phase() == LossRecovery.Phase.OPEN && c.retransmits == 0 && !c.corked;
  }

  /** Records that a segment larger than the usual one was sent, which ends at {@code end}. */
  void sent(Tcb c, int length, int end) {
    counters.increment(Counter.TCP_MTU_PROBES);
    c.mtuSearch.probing = true;
    c.mtuSearch.probeMss = c.sndMssBase + length - c.sndMss;
    c.mtuSearch.probeEnd = end;
  }

  /** Handles an acknowledgment while a probe is in flight. */
  void onAck(Tcb c) {
    if (Seq.geq(c.sndUna, c.mtuSearch.probeEnd)
        || c.scoreboard.isSacked(c.scoreboard.limit() - 1)) {
      arrived(c);
    }
  }

  private void arrived(Tcb c) {
    c.mtuSearch.probing = false;
    c.mayFragment = false;
    PathMtu.setMss(c, c.mtuSearch.probeMss);
    c.fullSegmentArrived = true;
    c.pathMtu = c.sndMssBase + PathMtu.HEADERS_BYTES;
    c.congestion.mss(c.sndMss);
    goOn(c);
  }

  /**
   * Handles the expiry of a timer.
   *
   * @return true when only the probe was in flight: it is sent again in segments of the usual size,
   *     and all is well. False when something else may be lost; if a probe was in flight, it is
   *     given up
   */
  boolean timedOut(Tcb c) {
    if (!c.isProbingMtu()) {
      return false;
    }
    if (c.scoreboard.segments() > 1) {
      giveUp(c);
      return false;
    }
    boolean othersWereLost = c.recovery.phase() != LossRecovery.Phase.OPEN;
    spares.rewind(c);
    pending.scheduleOutput(c);
    if (othersWereLost) {
      tryLater(c);
    } else {
      tooBig(c);
    }
    return true;
  }

  /**
   * Handles ICMP's word that the probe was too big, without waiting for a timer (RFC 4821 section
   * 7.6.2).
   */
  boolean refused(Tcb c, int mtu, int sequence) {
    int told = mtu - PathMtu.HEADERS_BYTES;
    if (told >= c.mtuSearch.probeMss || Seq.geq(sequence, c.mtuSearch.probeEnd)) {
      return false;
    }
    takeBack(c);
    pending.scheduleOutput(c);
    tooBig(c);
    return true;
  }

  private void tooBig(Tcb c) {
    c.mtuSearch.tooBig = c.mtuSearch.probeMss;
    goOn(c);
  }

  /**
   * Gives up the probe because other segments are lost, or may be: its data is sent again behind
   * them in segments of the usual size, and its loss says nothing (RFC 4821 section 7.6.4).
   */
  void giveUp(Tcb c) {
    takeBack(c);
    tryLater(c);
  }

  /** Makes the probe, the last segment in flight, count as not sent. */
  private void takeBack(Tcb c) {
    c.mtuSearch.probing = false;
    c.sndNxt = c.scoreboard.start(c.scoreboard.limit() - 1);
    c.scoreboard.forgetLast();
    if (c.scoreboard.isEmpty()) {
      spares.dropScoreboard(c);
    }
  }

  private void tryLater(Tcb c) {
    c.mtuSearch.raiseNanos = core.now() + SEARCH_NANOS;
  }

  private void goOn(Tcb c) {
    int tooBig = c.mtuSearch.tooBig;
    boolean found = tooBig == 0 || tooBig - c.sndMssBase < 2 * LEAST_GAIN_BYTES;
    if (found) {
      end(c);
    } else {
      tryLater(c);
    }
  }

  /** Ends the search, for ten minutes or for good. */
  private void end(Tcb c) {
    if (c.sndMssBase < c.mssLimit) {
      int mtu = c.mayFragment ? PathMtu.MIN_BYTES - 1 : c.sndMssBase + PathMtu.HEADERS_BYTES;
      cache.put(c.remoteAddress, mtu, PathMtu.LIFE_NANOS, core.now());
      c.mtuSearch.tooBig = 0;
      c.mtuSearch.raiseNanos = core.now() + PathMtu.LIFE_NANOS;
    } else {
      cache.remove(c.remoteAddress, core.now());
      c.mayFragment = false;
      c.mtuSearch = null;
    }
  }
}
