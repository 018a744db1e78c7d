package org.mosstack.tcp;

import org.mosstack.socket.TcpError;
import org.mosstack.socket.TcpState;
import org.mosstack.stats.Counter;
import org.mosstack.stats.Counters;
import org.mosstack.tcp.scoreboard.Rack;
import org.mosstack.tcp.scoreboard.RttEstimator;
import org.mosstack.tcp.segment.Seq;

/**
 * The timers of a core's connections. One wheel entry per connection stands for all of its timers.
 */
final class TcpTimers implements TimerWheel.Expiry {
  /** Longest delay of an acknowledgment; at most 500 ms (RFC 9293 section 3.8.6.3). */
  static final long DELAYED_ACK_NANOS = 40_000_000;

  /** Longest time for which a cork holds data back, as on Linux (tcp(7)). */
  static final long CORK_NANOS = 200_000_000;

  /** How long the peer has, in FIN_WAIT_2, to close after the application has. */
  static final long FIN_WAIT_2_NANOS = 60_000_000_000L;

  /**
   * SYN retransmissions before the open fails: the last after 123 seconds, plus a minute for its
   * answer (R2 is at least 3 minutes for a SYN: RFC 9293 section 3.8.3, MUST-23).
   */
  private static final int SYN_RETRANSMITS = 7;

  /** SYN-ACK retransmissions before a half-open connection is forgotten. */
  private static final int SYN_ACK_RETRANSMITS = 5;

  /** A timer this late means this thread was stopped, by garbage collection or the scheduler. */
  private static final long STOPPED_NANOS = 10_000_000;

  /**
   * Unanswered retransmissions, or probes of a closed window even if answered, after which a
   * connection that the application has closed is given up: nobody else would ever end it (tcp(7):
   * tcp_orphan_retries). Whatever the path's RTO, that takes over 100 seconds, as R2 must.
   */
  private static final int ORPHAN_RETRIES = 8;

  /** TLP.max_ack_delay of RFC 8985 section 7.2: how long a peer may delay an ACK. */
  private static final long WORST_DELAYED_ACK_NANOS = 200_000_000;

  /** On a path shorter than this, threads rather than the path decide how long an ACK takes. */
  private static final long SHORT_PATH_NANOS = 20_000_000;

  /**
   * Wait before a probe on a short path: any sooner, the peer's thread would often be merely busy.
   * This is still sooner than the timeout, and the window stays as it is.
   */
  private static final long SHORT_PATH_PROBE_NANOS = 150_000_000;

  /**
   * Ticks for which waiting input puts off a loss timer: what was in the rings when it expired has
   * been processed by then. Where input never ends, an ACK that doesn't come was lost.
   */
  private static final int MAX_LOSS_PUT_OFFS = 10;

  /** R2 for data (RFC 9293 section 3.8.3): over 100 seconds, whatever the path's RTO. */
  private static final int DATA_RETRANSMITS = 15;

  private final TcpCore core;
  private final TcpOutput output;
  private final TimerWheel wheel;
  private final Counters counters;

  TcpTimers(TcpCore core, TcpOutput output, TimerWheel wheel, Counters counters) {
    this.core = core;
    this.output = output;
    this.wheel = wheel;
    this.counters = counters;
  }

  // ---- Arming ----

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
    if (c.flight == null || !c.recovery.mayProbe(c) || c.rtt.srttNanos() == 0) {
      if (c.lossTimerProbes) {
        c.lossDeadline = 0;
      }
      return;
    }
    long srtt = c.rtt.srttNanos();
    long wait = srtt < SHORT_PATH_NANOS ? SHORT_PATH_PROBE_NANOS : 2 * srtt;
    long deadline = core.now() + wait + (c.flight.segments() == 1 ? WORST_DELAYED_ACK_NANOS : 0);
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

  void armIdle(Tcb c, long idleTimeoutNanos) {
    if (idleTimeoutNanos > 0) {
      c.idleDeadline = core.now() + idleTimeoutNanos;
      wheel.schedule(c, c.idleDeadline);
    }
  }

  // ---- Expiry ----

  @Override
  public void expired(Tcb c, long now) {
    if (due(c.closeDeadline, now)) {
      closeExpired(c);
    }
    if (c.state() != TcpState.CLOSED && due(c.pacingDeadline, now)) {
      c.pacingDeadline = 0;
      core.pending().scheduleOutput(c);
    }
    if (c.state() != TcpState.CLOSED && due(c.lossDeadline, now)) {
      lossTimerExpired(c, now);
    }
    if (c.state() != TcpState.CLOSED && due(c.retransmitDeadline, now)) {
      retransmitExpired(c, now);
    }
    if (c.state() != TcpState.CLOSED && due(c.persistDeadline, now)) {
      persistExpired(c, now);
    }
    if (c.state() != TcpState.CLOSED && due(c.delayedAckDeadline, now)) {
      c.delayedAckDeadline = 0;
      core.pending().ackNow(c);
    }
    if (c.state() != TcpState.CLOSED && due(c.corkDeadline, now)) {
      c.corkDeadline = 0;
      c.push();
    }
    if (c.state() != TcpState.CLOSED && due(c.deferDeadline, now)) {
      c.deferDeadline = 0;
      core.handshake().deferralExpired(c);
    }
    if (c.state() != TcpState.CLOSED && due(c.synAckDeadline, now)) {
      core.fastOpen().synAckExpired(c);
    }
    if (c.state() != TcpState.CLOSED && due(c.keepaliveDeadline, now)) {
      keepaliveExpired(c, now);
    }
    if (c.state() != TcpState.CLOSED && due(c.idleDeadline, now)) {
      idleExpired(c, now);
    }
    reschedule(c);
  }

  private static boolean due(long deadline, long now) {
    return deadline != 0 && deadline - now <= 0;
  }

  private void reschedule(Tcb c) {
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

  /** Handles the end of the time allowed for FIN_WAIT_2 or an open. */
  private void closeExpired(Tcb c) {
    c.closeDeadline = 0;
    if (c.state() == TcpState.SYN_SENT || c.state() == TcpState.SYN_RECEIVED) {
      counters.increment(Counter.TCP_TIMEOUTS);
      core.destroy(c, TcpError.CONNECT_TIMED_OUT);
    } else if (c.state() == TcpState.FIN_WAIT_2) {
      core.destroy(c, TcpError.NONE);
    }
  }

  private void lossTimerExpired(Tcb c, long now) {
    if (core.inputWaits() && c.lossPutOffs < MAX_LOSS_PUT_OFFS) {
      c.lossPutOffs++;
      c.lossDeadline = now + TimerWheel.TICK_NANOS; // the ACK may wait in the receive ring
      return;
    }
    long late = now - c.lossDeadline;
    c.lossDeadline = 0;
    if (c.flight == null) {
      return;
    }
    if (!c.lossTimerProbes) {
      core.acknowledgments().reorderingTimerExpired(c);
    } else if (late > STOPPED_NANOS) {
      armProbe(c); // see retransmitExpired
    } else if (core.pathMtu().probe().timedOut(c)) {
      armRetransmit(c);
    } else if (c.recovery.mayProbe(c) && c.sndWnd > 0) {
      if (output.tailLossProbe(c)) {
        armRetransmit(c);
      } else {
        c.lossDeadline = now + TimerWheel.TICK_NANOS;
      }
    }
  }

  private void retransmitExpired(Tcb c, long now) {
    long late = now - c.retransmitDeadline;
    c.retransmitDeadline = 0;
    if (Seq.geq(c.sndUna, c.sndMax)) {
      return;
    }
    if (late > STOPPED_NANOS && !c.retransmitPutOff) {
      // The ACK may wait behind whatever else came meanwhile, or its sender may be stopped too. The
      // next expiry counts, however late: a thread may be slow in all its turns.
      c.retransmitPutOff = true;
      c.retransmitDeadline = now + Math.min(late, c.rtt.rtoNanos());
      return;
    }
    if (userTimeoutExpired(c, now)) {
      return;
    }
    if (c.retransmits >= limit(c)) {
      counters.increment(Counter.TCP_TIMEOUTS);
      core.destroy(c, c.softError == TcpError.NONE ? TcpError.TIMED_OUT : c.softError);
      return;
    }
    if (core.pathMtu().probe().timedOut(c)) {
      return; // what it says is about the size: no sign of congestion (RFC 4821 section 7.7.1)
    }
    core.pathMtu().onTimeout(c);
    if (c.sndWnd == 0 && c.maySend()) {
      probeInsteadOfRetransmit(c);
      return;
    }
    counters.increment(Counter.TCP_RTO_EXPIRED);
    boolean first = c.retransmits++ == 0;
    c.rtt.backOff();
    if (c.state() == TcpState.SYN_SENT || c.state() == TcpState.SYN_RECEIVED) {
      c.synRetransmitted = true;
      FastOpen.onSynTimeout(c);
      c.synSentNanos = 0; // Karn: the answer may be to either
      core.ecn().synRetransmitted(c);
      counters.increment(Counter.TCP_RETRANSMITS);
      c.totalRetransmits++;
      output.syn(c);
    } else if (c.flight != null) { // else it was forgotten, and waits for a buffer to be sent anew
      c.lossDeadline = 0;
      c.recovery.onTimeout(c, first, now);
      if (!output.retransmitFirst(c)) {
        core.pending().scheduleOutput(c); // it is lost, and goes first when there is room
      }
    }
    armRetransmit(c);
  }

  /**
   * Handles a peer that has taken back the window in which data is in flight. It may keep the
   * window closed as long as it answers (RFC 9293 section 3.8.6): from here on, it is probed like a
   * window that was used up.
   */
  private void probeInsteadOfRetransmit(Tcb c) {
    core.spares().rewind(c);
    probe(c);
  }

  private static int limit(Tcb c) {
    return switch (c.state()) {
      case SYN_SENT -> SYN_RETRANSMITS;
      case SYN_RECEIVED -> c.active ? SYN_RETRANSMITS : SYN_ACK_RETRANSMITS;
      default -> {
        int usual = c.appClosed ? ORPHAN_RETRIES : DATA_RETRANSMITS;
        yield c.userTimeoutNanos > 0 ? Integer.MAX_VALUE : usual; // RFC 5482
      }
    };
  }

  private boolean userTimeoutExpired(Tcb c, long now) {
    if (c.userTimeoutNanos == 0
        || c.stalledSinceNanos == 0
        || now - c.stalledSinceNanos < c.userTimeoutNanos) {
      return false;
    }
    counters.increment(Counter.TCP_TIMEOUTS);
    core.abort(c, TcpError.USER_TIMEOUT);
    return true;
  }

  private void persistExpired(Tcb c, long now) {
    c.persistDeadline = 0;
    if (userTimeoutExpired(c, now)) {
      return;
    }
    if (c.flightSize() != 0 || c.allSent()) {
      return;
    }
    boolean orphan = c.appClosed && c.persistBackoff >= ORPHAN_RETRIES;
    if (orphan || c.unansweredProbes >= limit(c)) {
      counters.increment(Counter.TCP_TIMEOUTS);
      core.abort(c, TcpError.TIMED_OUT);
      return;
    }
    probe(c);
  }

  private void probe(Tcb c) {
    if (output.windowProbe(c)) {
      c.unansweredProbes++;
      c.persistBackoff++;
    }
    armPersist(c);
  }

  private void keepaliveExpired(Tcb c, long now) {
    long silentSince = c.lastReceiveNanos + c.keepAliveIdleNanos;
    if (c.keepaliveProbesSent == 0 && silentSince - now > 0) {
      c.keepaliveDeadline = silentSince; // something came since it was armed
      return;
    }
    if (c.sndUna != c.sndMax || c.queuedBytes() > 0) {
      c.keepaliveProbesSent = 0;
      c.keepaliveDeadline = now + c.keepAliveIdleNanos; // other timers watch what is in flight
      return;
    }
    if (c.keepaliveProbesSent >= c.keepAliveProbes) {
      counters.increment(Counter.TCP_TIMEOUTS);
      core.abort(c, TcpError.KEEPALIVE_TIMEOUT);
      return;
    }
    if (output.keepaliveProbe(c)) {
      c.keepaliveProbesSent++;
    }
    c.keepaliveDeadline = now + c.keepAliveIntervalNanos;
  }

  private void idleExpired(Tcb c, long now) {
    long last = Math.max(c.lastReceiveNanos, c.lastSendNanos);
    long deadline = last + core.config().idleTimeoutNanos();
    if (deadline - now > 0) {
      c.idleDeadline = deadline;
      return;
    }
    if (c.persistDeadline != 0 && c.unansweredProbes == 0) {
      // Probes of a closed window back off beyond tcp_timeout. As long as the peer answers them, it
      // may keep the window closed (RFC 9293 section 3.8.6.1, MUST-37).
      c.idleDeadline = Math.max(now, c.persistDeadline) + core.config().idleTimeoutNanos();
      return;
    }
    counters.increment(Counter.TCP_TIMEOUTS);
    // Retransmissions back off too, until they are further apart than tcp_timeout: such a
    // connection isn't idle but unanswered.
    boolean unanswered = c.retransmits > 0 || c.unansweredProbes > 0;
    core.abort(c, unanswered ? TcpError.TIMED_OUT : TcpError.IDLE_TIMEOUT);
  }
}
