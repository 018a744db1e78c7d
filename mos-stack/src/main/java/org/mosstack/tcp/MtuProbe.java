package org.mosstack.tcp;

import org.mosstack.ip.PathMtuCache;
import org.mosstack.stats.Counter;

/**
 * Larger segments than a path was found to take, tried when what was found is old (RFC 1191 section
 * 6.3, RFC 4821 section 7): one at a time, of data that waits to be sent anyway, and nothing behind
 * it until it is known whether it arrived. So its loss is never taken for congestion, and costs the
 * flow one round trip, or one timer where nothing answers; a few times in ten minutes at most, by
 * halves between what gets through and what doesn't.
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

  /** The probe was acknowledged. */
  void arrived(TcpConnection c) {
    c.mtuSearch.probing = false;
    c.mayFragment = false;
    PathMtu.setMss(c, c.mtuSearch.probeMss);
    c.fullSegmentArrived = true;
    c.pathMtu = c.sndMssBase + PathMtu.HEADERS_BYTES;
    c.congestion.mss(c.sndMss);
    goOn(c);
  }

  /**
   * A timer has expired, or an acknowledgment has told, that something is lost.
   *
   * @return true when it is the probe, which is sent again in usual segments, and all is well
   */
  boolean lost(TcpConnection c) {
    if (!c.isProbingMtu()) {
      return false;
    }
    c.mtuSearch.tooBig = c.mtuSearch.probeMss;
    c.mtuSearch.probing = false;
    goOn(c);
    core.spares().rewind(c);
    core.pending().scheduleOutput(c);
    return true;
  }

  /** ICMP says that the probe was too big: no timer need expire (RFC 4821 section 7.6.2). */
  boolean refused(TcpConnection c, int mtu, int sequence) {
    int told = mtu - PathMtu.HEADERS_BYTES;
    if (told >= c.mtuSearch.probeMss || Seq.geq(sequence, c.mtuSearch.probeEnd)) {
      return false;
    }
    return lost(c);
  }

  private void goOn(TcpConnection c) {
    int tooBig = c.mtuSearch.tooBig;
    boolean found = tooBig == 0 || tooBig - c.sndMssBase < 2 * LEAST_GAIN_BYTES;
    if (found) {
      end(c);
    } else {
      c.mtuSearch.raiseNanos = core.now() + SEARCH_NANOS;
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
