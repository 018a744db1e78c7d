package org.mosstack.tcp;

import org.mosstack.socket.TcpState;
import org.mosstack.tcp.scoreboard.Rack;
import org.mosstack.tcp.scoreboard.RttEstimator;

/**
 * Sets the timers of a core's connections. One wheel entry per connection stands for all of its
 * timers; {@link ExpiredTimers} does what is due.
 */
final class TcpTimers {
  /** Longest delay of an acknowledgment; at most 500 ms (RFC 9293 section 3.8.6.3). */
  static final long DELAYED_ACK_NANOS = 40_000_000;

  /** Longest time for which a cork holds data back, as on Linux (tcp(7)). */
  static final long CORK_NANOS = 200_000_000;

  /** How long the peer has, in FIN_WAIT_2, to close after the application has. */
  static final long FIN_WAIT_2_NANOS = 60_000_000_000L;

  /** TLP.max_ack_delay of RFC 8985 section 7.2: how long a peer may delay an ACK. */
  private static final long WORST_DELAYED_ACK_NANOS = 200_000_000;

  /** On a path shorter than this, threads rather than the path decide how long an ACK takes. */
  private static final long SHORT_PATH_NANOS = 20_000_000;

  /**
   * Wait before a probe on a short path: any sooner, the peer's thread would often be merely busy.
   * This is still sooner than the timeout, and the window stays as it is.
   */
  private static final long SHORT_PATH_PROBE_NANOS = 150_000_000;

  private final TcpCore core;
  private final TimerWheel wheel;
  private final long idleTimeoutNanos;

  TcpTimers(TcpCore core, TimerWheel wheel, long idleTimeoutNanos) {
    this.core = core;
    this.wheel = wheel;
    this.idleTimeoutNanos = idleTimeoutNanos;
  }

  void armRetransmit(Tcb c) {
    long deadline = core.now() + c.rtt.rtoNanos();
    if (c.userTimeoutNanos > 0 && c.stalledSinceNanos != 0) {
      deadline = Math.min(deadline, c.stalledSinceNanos + c.userTimeoutNanos);
    }
    c.retransmitPutOff = false;
    c.retransmitDeadline = deadline;
    wheel.schedule(c, deadline);
  }

  /**
   * Arms the reordering timer: in {@code wait} nanoseconds, something in flight may be considered
   * lost (RFC 8985 section 6.2). {@link Rack#NOTHING} disarms it.
   */
  void armReordering(Tcb c, long wait) {
    if (wait == Rack.NOTHING) {
      if (!c.lossTimerProbes) {
        c.lossDeadline = 0;
      }
      return;
    }
    c.lossTimerProbes = false;
    c.lossPutOffs = 0;
    c.lossDeadline = core.now() + wait;
    wheel.schedule(c, c.lossDeadline);
  }

  /**
   * Arms a tail loss probe, if one may be sent, to go out before the retransmission timer expires
   * (RFC 8985 section 7.2); otherwise disarms it. The reordering timer takes precedence.
   */
  void armProbe(Tcb c) {
    if (c.lossDeadline != 0 && !c.lossTimerProbes) {
      return;
    }
    if (c.scoreboard == null || !c.recovery.mayProbe(c) || c.rtt.srttNanos() == 0) {
      if (c.lossTimerProbes) {
        c.lossDeadline = 0;
      }
      return;
    }
    long srtt = c.rtt.srttNanos();
    long wait = srtt < SHORT_PATH_NANOS ? SHORT_PATH_PROBE_NANOS : 2 * srtt;
    long deadline =
        core.now() + wait + (c.scoreboard.segments() == 1 ? WORST_DELAYED_ACK_NANOS : 0);
    if (c.retransmitDeadline != 0 && deadline - c.retransmitDeadline > 0) {
      deadline = c.retransmitDeadline;
    }
    c.lossTimerProbes = true;
    c.lossPutOffs = 0;
    c.lossDeadline = deadline;
    wheel.schedule(c, deadline);
  }

  void armPacing(Tcb c, long deadline) {
    c.pacingDeadline = deadline;
    wheel.schedule(c, deadline);
  }

  void armPersist(Tcb c) {
    long wait = c.rtt.rtoNanos() << Math.min(c.persistBackoff, 16);
    c.persistDeadline = core.now() + Math.min(wait, RttEstimator.MAX_RTO_NANOS);
    if (c.stalledSinceNanos == 0) {
      c.stalledSinceNanos = core.now();
    }
    if (c.userTimeoutNanos > 0) {
      c.persistDeadline = Math.min(c.persistDeadline, c.stalledSinceNanos + c.userTimeoutNanos);
    }
    wheel.schedule(c, c.persistDeadline);
  }

  void armDelayedAck(Tcb c) {
    if (c.delayedAckDeadline == 0) {
      c.delayedAckDeadline = core.now() + DELAYED_ACK_NANOS;
      wheel.schedule(c, c.delayedAckDeadline);
    }
  }

  void armClose(Tcb c, long nanos) {
    c.closeDeadline = core.now() + nanos;
    wheel.schedule(c, c.closeDeadline);
  }

  void armCork(Tcb c) {
    c.corkDeadline = core.now() + CORK_NANOS;
    wheel.schedule(c, c.corkDeadline);
  }

  /** Schedules the retransmission of a Fast Open's SYN-ACK, after twice as long each time. */
  void armSynAck(Tcb c) {
    c.synAckDeadline = core.now() + (RttEstimator.INITIAL_RTO_NANOS << c.synAckTries);
    wheel.schedule(c, c.synAckDeadline);
  }

  void armDefer(Tcb c, long nanos) {
    c.deferDeadline = core.now() + nanos;
    wheel.schedule(c, c.deferDeadline);
  }

  void armKeepalive(Tcb c) {
    c.keepaliveProbesSent = 0;
    c.keepaliveDeadline = c.keepAlive ? c.lastReceiveNanos + c.keepAliveIdleNanos : 0;
    if (c.keepaliveDeadline != 0) {
      wheel.schedule(c, c.keepaliveDeadline);
    }
  }

  void armIdle(Tcb c) {
    if (idleTimeoutNanos > 0) {
      c.idleDeadline = core.now() + idleTimeoutNanos;
      wheel.schedule(c, c.idleDeadline);
    }
  }

  /** Schedules the connection for the earliest of its deadlines. */
  void reschedule(Tcb c) {
    if (c.state() == TcpState.CLOSED) {
      return;
    }
    long next = earlier(c.closeDeadline, c.retransmitDeadline);
    next = earlier(next, c.lossDeadline);
    next = earlier(next, c.pacingDeadline);
    next = earlier(next, c.persistDeadline);
    next = earlier(next, c.delayedAckDeadline);
    next = earlier(next, c.corkDeadline);
    next = earlier(next, c.deferDeadline);
    next = earlier(next, c.synAckDeadline);
    next = earlier(next, c.keepaliveDeadline);
    next = earlier(next, c.idleDeadline);
    if (next != 0) {
      wheel.schedule(c, next);
    }
  }

  private static long earlier(long a, long b) {
    return a == 0 ? b : b == 0 || a - b <= 0 ? a : b;
  }
}
