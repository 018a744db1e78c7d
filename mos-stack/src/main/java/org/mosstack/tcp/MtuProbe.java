package org.mosstack.tcp;

import org.mosstack.ip.PathMtuCache;
import org.mosstack.stats.Counter;

/**
 * Larger segments than a path was found to take, tried when what was found is old (RFC 1191 section
 * 6.3, RFC 4821 section 7): one at a time, of data that waits to be sent anyway, and nothing behind
 * it until it is known whether it arrived. So where it alone is lost, that is never taken for
 * congestion, and costs the flow one round trip, or one timer where nothing answers; a few times in
 * ten minutes at most, by halves between what gets through and what doesn't. Where other segments
 * are lost too, nothing is known of its size, and the same is tried once more later (RFC 4821
 * section 7.6.4).
 */
final class MtuProbe {
  /** Time between two probes while the size is searched for. */
  static final long SEARCH_NANOS = 1_000_000_000;

  /** A gain that isn't worth a probe. */
  static final int LEAST_GAIN_BYTES = 64;

  private final TcpCore core;
  private final PathMtuCache cache;

  MtuProbe(TcpCore core, PathMtuCache cache) {
    this.core = core;
    this.cache = cache;
  }

  /** The path takes less than the two ends do: larger segments are tried from a time on. */
  static void searchFrom(TcpConnection c, long nanos) {
    if (c.mtuSearch == null) {
      c.mtuSearch = new MtuSearch();
    }
    c.mtuSearch.raiseNanos = nanos;
    c.mtuSearch.tooBig = 0; // for the path as it was
  }

  /**
   * The size of the next segment: the usual one, or that of a probe. Of a connection with a {@link
   * MtuSearch}.
   *
   * @param room bytes that wait and that the windows have room for
   */
  int segment(TcpConnection c, int room) {
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
      end(c); // there is nothing larger: only that routers need not fragment
      return c.sndMss;
    }
    int length = c.sndMss + base - c.sndMssBase;
    return room >= length && mayProbe(c) ? length : c.sndMss;
  }

  /** The MSS to try: as large as can be, then halfway up to what didn't get through. */
  private static int size(TcpConnection c) {
    int tooBig = c.mtuSearch.tooBig;
    return tooBig == 0 ? c.mssLimit : c.sndMssBase + (tooBig - c.sndMssBase) / 2;
  }

  private static boolean mayProbe(TcpConnection c) {
    return c.recovery.phase() == LossRecovery.Phase.OPEN && c.retransmits == 0 && !c.corked;
  }

  /** A segment larger than the usual one was sent, and ends here. */
  void sent(TcpConnection c, int length, int end) {
    core.counters().increment(Counter.TCP_MTU_PROBES);
    c.mtuSearch.probing = true;
    c.mtuSearch.probeMss = c.sndMssBase + length - c.sndMss;
    c.mtuSearch.probeEnd = end;
  }

  /** Something was acknowledged; with a probe in flight. */
  void onAck(TcpConnection c) {
    if (Seq.geq(c.sndUna, c.mtuSearch.probeEnd) || c.flight.isSacked(c.flight.limit() - 1)) {
      arrived(c);
    }
  }

  private void arrived(TcpConnection c) {
    c.mtuSearch.probing = false;
    c.mayFragment = false;
    PathMtu.setMss(c, c.mtuSearch.probeMss);
    c.fullSegmentArrived = true;
    c.pathMtu = c.sndMssBase + PathMtu.HEADERS_BYTES;
    c.congestion.mss(c.sndMss);
    goOn(c);
  }

  /**
   * Nothing was acknowledged for so long that a timer has expired.
   *
   * @return true when only the probe was in flight, which is sent again in usual segments: all is
   *     well. False when something else may be lost; if a probe was in flight, it is given up
   */
  boolean timedOut(TcpConnection c) {
    if (!c.isProbingMtu()) {
      return false;
    }
    if (c.flight.segments() > 1) {
      giveUp(c);
      return false;
    }
    boolean othersWereLost = c.recovery.phase() != LossRecovery.Phase.OPEN;
    core.spares().rewind(c);
    core.pending().scheduleOutput(c);
    if (othersWereLost) {
      tryLater(c);
    } else {
      tooBig(c);
    }
    return true;
  }

  /** ICMP says that the probe was too big: no timer need expire (RFC 4821 section 7.6.2). */
  boolean refused(TcpConnection c, int mtu, int sequence) {
    int told = mtu - PathMtu.HEADERS_BYTES;
    if (told >= c.mtuSearch.probeMss || Seq.geq(sequence, c.mtuSearch.probeEnd)) {
      return false;
    }
    takeBack(c);
    core.pending().scheduleOutput(c);
    tooBig(c);
    return true;
  }

  private void tooBig(TcpConnection c) {
    c.mtuSearch.tooBig = c.mtuSearch.probeMss;
    goOn(c);
  }

  /**
   * Other segments may be lost, or are: the probe is sent again in usual segments behind them, and
   * its loss says nothing (RFC 4821 section 7.6.4).
   */
  void giveUp(TcpConnection c) {
    takeBack(c);
    tryLater(c);
  }

  /** The probe, the last segment in flight, counts as not sent. */
  private void takeBack(TcpConnection c) {
    c.mtuSearch.probing = false;
    c.sndNxt = c.flight.start(c.flight.limit() - 1);
    c.flight.forgetLast();
    if (c.flight.isEmpty()) {
      core.spares().dropFlight(c);
    }
  }

  private void tryLater(TcpConnection c) {
    c.mtuSearch.raiseNanos = core.now() + SEARCH_NANOS;
  }

  private void goOn(TcpConnection c) {
    int tooBig = c.mtuSearch.tooBig;
    boolean found = tooBig == 0 || tooBig - c.sndMssBase < 2 * LEAST_GAIN_BYTES;
    if (found) {
      end(c);
    } else {
      tryLater(c);
    }
  }

  /** The search is over, for ten minutes or for good. */
  private void end(TcpConnection c) {
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
