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

  /**
   * The size of the next segment: the usual one, or that of a probe.
   *
   * @param room bytes that wait and that the windows have room for
   */
  int segment(TcpConnection c, int room) {
    long now = core.now();
    if (c.mtuProbing || now - c.mtuRaiseNanos < 0) {
      return c.sndMss;
    }
    if (c.mtuTooBig == 0 && cache.mtu(c.remoteAddress, now) != 0) {
      c.mtuRaiseNanos = cache.expiryNanos(c.remoteAddress, now); // another connection has tried
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
    return c.mtuTooBig == 0 ? c.mssLimit : c.sndMssBase + (c.mtuTooBig - c.sndMssBase) / 2;
  }

  private static boolean mayProbe(TcpConnection c) {
    return c.recovery.phase() == LossRecovery.Phase.OPEN && c.retransmits == 0 && !c.corked;
  }

  /** A segment larger than the usual one was sent, and ends here. */
  void sent(TcpConnection c, int length, int end) {
    core.counters().increment(Counter.TCP_MTU_PROBES);
    c.mtuProbing = true;
    c.mtuProbeMss = c.sndMssBase + length - c.sndMss;
    c.mtuProbeEnd = end;
  }

  /** The probe was acknowledged. */
  void arrived(TcpConnection c) {
    c.mtuProbing = false;
    c.mayFragment = false;
    PathMtu.setMss(c, c.mtuProbeMss);
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
    if (!c.mtuProbing) {
      return false;
    }
    c.mtuTooBig = c.mtuProbeMss;
    c.mtuProbing = false;
    goOn(c);
    core.spares().rewind(c);
    core.pending().scheduleOutput(c);
    return true;
  }

  /** ICMP says that the probe was too big: no timer need expire (RFC 4821 section 7.6.2). */
  boolean refused(TcpConnection c, int mtu, int sequence) {
    int told = mtu - PathMtu.HEADERS_BYTES;
    if (told >= c.mtuProbeMss || Seq.geq(sequence, c.mtuProbeEnd)) {
      return false;
    }
    return lost(c);
  }

  private void goOn(TcpConnection c) {
    boolean found = c.mtuTooBig == 0 || c.mtuTooBig - c.sndMssBase < 2 * LEAST_GAIN_BYTES;
    if (found) {
      end(c);
    } else {
      c.mtuRaiseNanos = core.now() + SEARCH_NANOS;
    }
  }

  /** The search is over, for ten minutes or for good. */
  private void end(TcpConnection c) {
    c.mtuTooBig = 0;
    if (c.sndMssBase < c.mssLimit) {
      int mtu = c.mayFragment ? PathMtu.MIN_BYTES - 1 : c.sndMssBase + PathMtu.HEADERS_BYTES;
      cache.put(c.remoteAddress, mtu, PathMtu.LIFE_NANOS, core.now());
      c.mtuRaiseNanos = core.now() + PathMtu.LIFE_NANOS;
    } else {
      cache.remove(c.remoteAddress, core.now());
      c.mayFragment = false;
      c.mtuRaiseNanos = 0;
    }
  }
}
