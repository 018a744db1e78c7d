package org.mosstack.tcp;

import org.mosstack.socket.TcpError;
import org.mosstack.socket.TcpState;
import org.mosstack.stats.Counter;
import org.mosstack.stats.Counters;
import org.mosstack.tcp.segment.Seq;

/** Does what is due when timers of a core's connections expire. */
final class ExpiredTimers implements TimerWheel.Expiry {
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

  /**
   * Ticks for which waiting input puts off a loss timer: what was in the rings when it expired has
   * been processed by then. Where input never ends, an ACK that doesn't come was lost.
   */
  private static final int MAX_LOSS_PUT_OFFS = 10;

  /** R2 for data (RFC 9293 section 3.8.3): over 100 seconds, whatever the path's RTO. */
  private static final int DATA_RETRANSMITS = 15;

  private final TcpCore core;
  private final TcpTimers timers;
  private final TcpOutput output;
  private final TurnQueues pending;
  private final SpareParts spares;
  private final Handshake handshake;
  private final FastOpen fastOpen;
  private final Acknowledgments acknowledgments;
  private final PathMtu pathMtu;
  private final Ecn ecn;
  private final long idleTimeoutNanos;
  private final Counters counters;

  ExpiredTimers(
      TcpCore core,
      TcpTimers timers,
      TcpOutput output,
      TurnQueues pending,
      SpareParts spares,
      Handshake handshake,
      FastOpen fastOpen,
      Acknowledgments acknowledgments,
      PathMtu pathMtu,
      Ecn ecn,
      long idleTimeoutNanos,
      Counters counters) {
    this.core = core;
    this.timers = timers;
    this.output = output;
    this.pending = pending;
    this.spares = spares;
    this.handshake = handshake;
    this.fastOpen = fastOpen;
    this.acknowledgments = acknowledgments;
    this.pathMtu = pathMtu;
    this.ecn = ecn;
    this.idleTimeoutNanos = idleTimeoutNanos;
    this.counters = counters;
  }

  @Override
  public void expired(Tcb c, long now) {
    if (due(c.closeDeadline, now)) {
      closeExpired(c);
    }
    if (c.state() != TcpState.CLOSED && due(c.pacingDeadline, now)) {
      c.pacingDeadline = 0;
      pending.scheduleOutput(c);
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
      pending.ackNow(c);
    }
    if (c.state() != TcpState.CLOSED && due(c.corkDeadline, now)) {
      c.corkDeadline = 0;
      c.push();
    }
    if (c.state() != TcpState.CLOSED && due(c.deferDeadline, now)) {
      c.deferDeadline = 0;
      handshake.deferralExpired(c);
    }
    if (c.state() != TcpState.CLOSED && due(c.synAckDeadline, now)) {
      fastOpen.synAckExpired(c);
    }
    if (c.state() != TcpState.CLOSED && due(c.keepaliveDeadline, now)) {
      keepaliveExpired(c, now);
    }
    if (c.state() != TcpState.CLOSED && due(c.idleDeadline, now)) {
      idleExpired(c, now);
    }
    timers.reschedule(c);
  }

  private static boolean due(long deadline, long now) {
    return deadline != 0 && deadline - now <= 0;
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
    if (c.scoreboard == null) {
      return;
    }
    if (!c.lossTimerProbes) {
      acknowledgments.reorderingTimerExpired(c);
    } else if (late > STOPPED_NANOS) {
      timers.armProbe(c); // see retransmitExpired
    } else if (pathMtu.probe().timedOut(c)) {
      timers.armRetransmit(c);
    } else if (c.recovery.mayProbe(c) && c.sndWnd > 0) {
      if (output.tailLossProbe(c)) {
        timers.armRetransmit(c);
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
    if (pathMtu.probe().timedOut(c)) {
      return; // what it says is about the size: no sign of congestion (RFC 4821 section 7.7.1)
    }
    pathMtu.onTimeout(c);
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
      ecn.synRetransmitted(c);
      counters.increment(Counter.TCP_RETRANSMITS);
      c.totalRetransmits++;
      output.syn(c);
    } else if (c.scoreboard
        != null) { // else it was forgotten, and waits for a buffer to be sent anew
      c.lossDeadline = 0;
      c.recovery.onTimeout(c, first, now);
      if (!output.retransmitFirst(c)) {
        pending.scheduleOutput(c); // it is lost, and goes first when there is room
      }
    }
    timers.armRetransmit(c);
  }

  /**
   * Handles a peer that has taken back the window in which data is in flight. It may keep the
   * window closed as long as it answers (RFC 9293 section 3.8.6): from here on, it is probed like a
   * window that was used up.
   */
  private void probeInsteadOfRetransmit(Tcb c) {
    spares.rewind(c);
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
    timers.armPersist(c);
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
    long deadline = last + idleTimeoutNanos;
    if (deadline - now > 0) {
      c.idleDeadline = deadline;
      return;
    }
    if (c.persistDeadline != 0 && c.unansweredProbes == 0) {
      // Probes of a closed window back off beyond tcp_timeout. As long as the peer answers them, it
      // may keep the window closed (RFC 9293 section 3.8.6.1, MUST-37).
      c.idleDeadline = Math.max(now, c.persistDeadline) + idleTimeoutNanos;
      return;
    }
    counters.increment(Counter.TCP_TIMEOUTS);
    // Retransmissions back off too, until they are further apart than tcp_timeout: such a
    // connection isn't idle but unanswered.
    boolean unanswered = c.retransmits > 0 || c.unansweredProbes > 0;
    core.abort(c, unanswered ? TcpError.TIMED_OUT : TcpError.IDLE_TIMEOUT);
  }
}
