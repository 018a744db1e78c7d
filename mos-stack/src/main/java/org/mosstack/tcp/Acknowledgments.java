package org.mosstack.tcp;

import org.mosstack.socket.TcpError;
import org.mosstack.socket.TcpState;
import org.mosstack.stats.Counter;
import org.mosstack.stats.Counters;
import org.mosstack.tcp.congestion.AckSample;
import org.mosstack.tcp.scoreboard.Delivery;
import org.mosstack.tcp.scoreboard.RateEstimator;
import org.mosstack.tcp.segment.Segment;
import org.mosstack.tcp.segment.Seq;
import org.mosstack.tcp.segment.TcpOptions;

/**
 * Processes the ACK of an arriving segment: what it acknowledges, what it says about losses and the
 * path, and the window it opens (RFC 9293 section 3.10.7.4, fifth step; RFC 5681, RFC 2018).
 */
final class Acknowledgments {
  private final TcpCore core;
  private final TcpOutput output;
  private final TcpTimers timers;
  private final TurnQueues pending;
  private final SpareParts spares;
  private final Orphans orphans;
  private final BufferAutoTuning tuning;
  private final Ecn ecn;
  private final Counters counters;
  private final Delivery delivery = new Delivery();
  private final AckSample sample = new AckSample();

  Acknowledgments(
      TcpCore core,
      TcpOutput output,
      TcpTimers timers,
      TurnQueues pending,
      SpareParts spares,
      Orphans orphans,
      BufferAutoTuning tuning,
      Ecn ecn,
      Counters counters) {
    this.core = core;
    this.output = output;
    this.timers = timers;
    this.pending = pending;
    this.spares = spares;
    this.orphans = orphans;
    this.tuning = tuning;
    this.ecn = ecn;
    this.counters = counters;
  }

  /**
   * Processes an acceptable ACK.
   *
   * @return false if the connection has ended
   */
  boolean take(Tcb c, Segment seg) {
    if (Seq.geq(seg.ack, c.sndUna)) {
      boolean advances = seg.ack != c.sndUna;
      boolean duplicate = !advances && isDuplicate(c, seg);
      if (duplicate) {
        counters.increment(Counter.TCP_DUP_ACKS_RECEIVED);
      }
      boolean echoed = ecn.isEchoed(c, seg);
      if (advances || duplicate || echoed || seg.options.sackBlocks > 0) {
        apply(c, seg, duplicate, echoed);
      }
      if (c.state() == TcpState.CLOSED) {
        return false;
      }
    }
    updateWindow(c, seg);
    return true;
  }

  /** Whether the segment is a duplicate ACK (RFC 5681 section 2). */
  private static boolean isDuplicate(Tcb c, Segment seg) {
    return Seq.lt(c.sndUna, c.sndMax)
        && c.persistDeadline == 0 // otherwise it answers a probe
        && seg.len() == 0
        && seg.wnd << c.sndWndShift == c.sndWnd
        && c.maySend();
  }

  private void apply(Tcb c, Segment seg, boolean duplicate, boolean echoed) {
    int acked = seg.ack - c.sndUna;
    sample.begin(core.now(), c.flightSize(), c.pipe(), c.sack);
    delivery.begin(core.now(), c.recovery.rack().fack(), c.recovery.recoveryPoint());
    applyToScoreboard(c, seg);
    boolean finAcked = acked > 0 && release(c, seg.ack, acked);
    if (c.state() == TcpState.CLOSED) {
      return; // by the application, when its buffers were returned to it
    }
    measure(c, seg, acked);
    describe(c, acked);
    sample.congestionEchoed = echoed;
    int tsEcr = c.timestamps ? seg.options.tsEcr : 0;
    c.recovery.onAck(c, sample, delivery, duplicate, isDsack(c, seg), tsEcr);
    tellCongestionControl(c);
    if (acked > 0) {
      tuning.acknowledged(c);
      pending.writableAgain(c);
    }
    if (c.scoreboard != null && c.scoreboard.isEmpty()) {
      spares.dropScoreboard(c);
      c.lossDeadline = 0;
    }
    if (acked > 0) {
      c.retransmits = 0;
      c.persistBackoff = 0;
      restartTimer(c);
    } else if (c.lossTimerProbes && c.scoreboard != null && c.scoreboard.sackedSegments() > 0) {
      c.lossDeadline = 0; // from here on, losses show by what arrived after them
    }
    if (finAcked) {
      finAcknowledged(c);
    }
    pending.scheduleOutput(c);
  }

  /** Handles the reordering timer: what was sent long enough ago is lost (RFC 8985 section 6.3). */
  void reorderingTimerExpired(Tcb c) {
    sample.begin(core.now(), c.flightSize(), c.pipe(), c.sack);
    delivery.begin(core.now(), c.recovery.rack().fack(), c.recovery.recoveryPoint());
    describe(c, 0);
    c.recovery.lookForLosses(c, sample);
    tellCongestionControl(c);
    pending.scheduleOutput(c);
  }

  private void tellCongestionControl(Tcb c) {
    sample.underWay = c.pipe();
    sample.lostSinceSent = delivery.isEmpty() ? sample.lost : delivery.newestLostSince();
    c.congestion.onAck(sample);
  }

  /**
   * Whether the first block is a D-SACK: it lies below the ACK, or within the second block (RFC
   * 2883 section 4).
   */
  private static boolean isDsack(Tcb c, Segment seg) {
    TcpOptions options = seg.options;
    if (!c.sack || options.sackBlocks == 0) {
      return false;
    }
    int left = options.sackLeft[0];
    int right = options.sackRight[0];
    if (Seq.lt(left, seg.ack)) {
      return Seq.leq(right, seg.ack) && Seq.lt(left, right);
    }
    return options.sackBlocks > 1
        && Seq.geq(left, options.sackLeft[1])
        && Seq.leq(right, options.sackRight[1]);
  }

  private void applyToScoreboard(Tcb c, Segment seg) {
    if (c.scoreboard == null) {
      return;
    }
    if (seg.ack == c.sndMax && c.scoreboard.isUntroubled()) {
      c.scoreboard.acknowledgeAll(delivery);
    } else {
      c.scoreboard.acknowledge(seg.ack, delivery);
    }
    if (c.sack) {
      for (int i = 0; i < seg.options.sackBlocks; i++) {
        takeBlock(c, seg.ack, seg.options.sackLeft[i], seg.options.sackRight[i]);
      }
    }
    if (!delivery.isEmpty()) {
      c.scoreboard.rate().delivered(delivery, core.now());
    }
  }

  /** Applies a block that is news: above the ACK and within what was sent (RFC 2018 section 4). */
  private void takeBlock(Tcb c, int ack, int from, int to) {
    if (Seq.lt(from, to) && Seq.gt(from, ack) && Seq.leq(to, c.sndMax)) {
      c.scoreboard.sack(from, to, delivery);
    }
  }

  /** Releases acknowledged buffers; returns true if the FIN is acknowledged too. */
  private boolean release(Tcb c, int ack, int acked) {
    int queued = c.queuedBytes();
    boolean finAcked = c.finQueued && acked > queued;
    int ackedBytes = finAcked ? queued : acked;
    c.sndUna = ack;
    c.sndNxt = Seq.max(c.sndNxt, ack);
    if (ack - c.draggedAt >= SendSequence.DRAG_BYTES) {
      c.dragMarkers();
    }
    if (ackedBytes > 0) {
      c.sendQueue.acknowledge(ackedBytes, c);
      if (c.state() == TcpState.CLOSED) {
        return false;
      }
      if (c.sendQueue.bytes() == 0) {
        spares.dropSendQueue(c);
        if (c.appClosed) {
          orphans.drained(c);
        }
      }
    }
    return finAcked;
  }

  // ---- Round trip ----

  /**
   * Takes one measurement per round trip (RFC 6298 section 3), from a segment that was sent once
   * (Karn), or else from the echoed timestamp.
   */
  private void measure(Tcb c, Segment seg, int acked) {
    if (acked == 0 || Seq.lt(seg.ack, c.rttRound)) {
      return;
    }
    if (delivery.longestRttNanos() > 0) {
      c.rtt.sample(delivery.longestRttNanos());
      c.rttRound = c.sndNxt;
    } else if (c.retransmits > 0 && c.timestamps) {
      measureByTimestamp(c, seg);
    }
  }

  /** RFC 7323 section 4.1. */
  static void measureByTimestamp(Tcb c, Segment seg) {
    int millis = c.core.timestamp(c) - seg.options.tsEcr;
    if (seg.options.tsEcr != 0 && millis >= 0) {
      c.rtt.sample(millis * 1_000_000L);
    }
  }

  // ---- What congestion control is told ----

  private void describe(Tcb c, int acked) {
    sample.sndUna = c.sndUna;
    sample.sndMax = c.sndMax;
    sample.acked = acked;
    sample.delivered = delivery.bytes();
    sample.rttNanos = delivery.rttNanos();
    sample.srttNanos = c.rtt.srttNanos();
    // Not what is under way now: the ACKs before this one may have arrived in the same burst.
    sample.windowLimited = c.underWayWhenSent * 2L >= c.congestion.cwnd();
    sample.underWayWhenSent = delivery.isEmpty() ? 0 : delivery.newestUnderWay();
    if (c.congestion.usesDeliveryRate()) {
      describeRate(c);
    }
  }

  private void describeRate(Tcb c) {
    sample.totalDelivered = c.scoreboard == null ? c.delivered : c.scoreboard.rate().delivered();
    if (c.scoreboard == null || delivery.isEmpty()) {
      return;
    }
    RateEstimator rate = c.scoreboard.rate();
    sample.deliveryRate = rate.rate(delivery, sample.now, c.recovery.rack().minRttNanos());
    sample.rateAppLimited = delivery.newestAppLimited();
    sample.priorDelivered = delivery.newestDelivered();
  }

  // ---- Timer, FIN, window ----

  /** RFC 6298 sections 5.2 and 5.3, RFC 8985 section 7.2. */
  private void restartTimer(Tcb c) {
    boolean outstanding = Seq.lt(c.sndUna, c.sndMax);
    c.stalledSinceNanos = outstanding ? core.now() : 0;
    if (outstanding) {
      if (c.recovery.restartsTimer()) {
        timers.armRetransmit(c);
      }
      timers.armProbe(c);
    } else {
      c.retransmitDeadline = 0;
      c.lossDeadline = 0;
    }
  }

  private void finAcknowledged(Tcb c) {
    c.persistDeadline = 0; // it may have been a probe
    switch (c.state()) {
      case FIN_WAIT_1 -> {
        c.enter(TcpState.FIN_WAIT_2);
        if (c.appClosed) {
          timers.armClose(c, TcpTimers.FIN_WAIT_2_NANOS);
        }
      }
      case CLOSING -> {
        if (c.ackNow) {
          output.ack(c); // for this turn's FIN: without TIME_WAIT, nobody would send it later
        }
        core.timeWait(c);
      }
      case LAST_ACK -> core.destroy(c, TcpError.NONE);
      default -> throw new IllegalStateException("FIN acknowledged in " + c.state());
    }
  }

  /**
   * Updates SND.WND, unless the segment is older (RFC 9293 section 3.10.7.4, fifth check). One that
   * acknowledges more was sent later, even a retransmission with old sequence numbers: if its
   * window were ignored, SND.UNA would move the older one beyond what the peer has room for.
   */
  private void updateWindow(Tcb c, Segment seg) {
    boolean newer = Seq.lt(c.sndWl2, seg.ack) || Seq.leq(c.sndWl1, seg.seq);
    if (!newer || Seq.lt(seg.ack, c.sndUna)) {
      return;
    }
    int wnd = seg.wnd << c.sndWndShift;
    c.sndWl1 = Seq.max(c.sndWl1, seg.seq);
    c.sndWl2 = seg.ack;
    if (wnd == c.sndWnd) {
      return;
    }
    c.sndWnd = wnd;
    c.maxSndWnd = Math.max(c.maxSndWnd, wnd);
    pending.scheduleOutput(c);
  }
}
