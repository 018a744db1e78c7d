package org.mosstack.tcp;

import org.mosstack.header.TcpHeader;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.socket.TcpError;
import org.mosstack.socket.TcpState;
import org.mosstack.stats.Counter;
import org.mosstack.stats.Counters;
import org.mosstack.tcp.segment.Segment;
import org.mosstack.tcp.segment.Seq;

/**
 * Segment arrival in the synchronized states: the steps of RFC 9293 section 3.10.7.4 in order, one
 * method each, with the checks of RFC 5961 and RFC 7323.
 */
final class SegmentArrives {
  /** Age beyond which TS.Recent is invalid: 24 days (RFC 7323 section 5.5). */
  private static final long TS_RECENT_LIFETIME_NANOS = 24L * 24 * 3600 * 1_000_000_000;

  private final TcpCore core;
  private final Handshake handshake;
  private final FastOpen fastOpen;
  private final Acknowledgments acknowledgments;
  private final TcpOutput output;
  private final TcpTimers timers;
  private final TurnQueues pending;
  private final ReceivedPackets received;
  private final BufferAutoTuning tuning;
  private final PathMtu pathMtu;
  private final Ecn ecn;
  private final ChallengeAcks challenges;
  private final Counters counters;

  /** Start of what the segment being processed brought again, up to {@link #duplicateRight}. */
  private int duplicateLeft;

  private int duplicateRight;

  SegmentArrives(
      TcpCore core,
      Handshake handshake,
      FastOpen fastOpen,
      Acknowledgments acknowledgments,
      TcpOutput output,
      TcpTimers timers,
      TurnQueues pending,
      ReceivedPackets received,
      BufferAutoTuning tuning,
      PathMtu pathMtu,
      Ecn ecn,
      ChallengeAcks challenges,
      Counters counters) {
    this.core = core;
    this.handshake = handshake;
    this.fastOpen = fastOpen;
    this.acknowledgments = acknowledgments;
    this.output = output;
    this.timers = timers;
    this.pending = pending;
    this.received = received;
    this.tuning = tuning;
    this.pathMtu = pathMtu;
    this.ecn = ecn;
    this.challenges = challenges;
    this.counters = counters;
  }

  /**
   * Whether a super-segment may be processed as one: it is what was expected next, and there is
   * room for all of it.
   */
  boolean takesWhole(Tcb c, Segment seg) {
    return c.state() == TcpState.ESTABLISHED
        && (seg.flags & (TcpHeader.SYN | TcpHeader.RST | TcpHeader.ACK)) == TcpHeader.ACK
        && seg.seq == c.rcvNxt
        && seg.dataLen <= c.rcvWnd()
        && c.reassembly == null
        && !c.deferred
        && received.hasRoom(seg.segments);
  }

  void process(Tcb c, Segment seg) {
    duplicateLeft = duplicateRight;
    if (c.state() == TcpState.SYN_RECEIVED) {
      if (handshake.repeats(c, seg)) {
        return;
      }
    } else if (seg.has(TcpHeader.SYN) && !seg.has(TcpHeader.RST)) {
      if (c.synUnacked && seg.seq == c.irs && !seg.has(TcpHeader.ACK)) {
        fastOpen.sendSynAckAgain(c);
        return;
      }
      // RFC 5961 section 4.2: whatever its number, and whatever its timestamp, as the peer may have
      // restarted.
      counters.increment(Counter.DROP_TCP_SYN_CHALLENGED);
      challenges.challenge(c);
      return;
    }
    if (!timestampOk(c, seg) || !sequenceOk(c, seg)) {
      return;
    }
    if (seg.has(TcpHeader.RST)) {
      reset(c, seg);
      return;
    }
    if (seg.has(TcpHeader.SYN)) {
      synInSynReceived(c);
      return;
    }
    if (!seg.has(TcpHeader.ACK)) {
      counters.increment(Counter.DROP_TCP_NO_ACK);
      return;
    }
    if (!acknowledgmentOk(c, seg)) {
      return;
    }
    // Not earlier: anyone who knows the ports could move TS.Recent, and PAWS would drop the peer.
    updateTimestamp(c, seg);
    if (!acknowledgment(c, seg)) {
      return;
    }
    ecn.received(c, seg);
    text(c, seg);
    fin(c, seg);
    if (duplicateLeft != duplicateRight && c.state() != TcpState.CLOSED) {
      reportDuplicate(c);
    }
  }

  private void reportDuplicate(Tcb c) {
    output.ackDuplicate(c, duplicateLeft, duplicateRight);
    duplicateLeft = duplicateRight;
  }

  // ---- SYN_RECEIVED ----

  /**
   * Handles another SYN within the window (RFC 9293 section 3.10.7.4, fourth): a passive open
   * returns to LISTEN, where the peer's next SYN finds it.
   */
  private void synInSynReceived(Tcb c) {
    if (c.active) {
      counters.increment(Counter.DROP_TCP_SYN_CHALLENGED);
      challenges.challenge(c);
    } else {
      core.destroy(c, TcpError.RESET);
    }
  }

  // ---- First: timestamps and sequence number ----

  /** PAWS (RFC 7323 section 5.3, R1). */
  private boolean timestampOk(Tcb c, Segment seg) {
    if (!c.timestamps || seg.has(TcpHeader.RST) || seg.has(TcpHeader.SYN)) {
      return true;
    }
    if (!seg.options.timestamps) {
      counters.increment(Counter.DROP_TCP_PAWS); // RFC 7323 section 3.2: without the option
      return false;
    }
    if (Seq.geq(seg.options.tsVal, c.tsRecent)) {
      return true;
    }
    if (timestampOutlived(c)) {
      return true;
    }
    counters.increment(Counter.DROP_TCP_PAWS);
    acknowledgeUnacceptable(c, seg);
    return false;
  }

  /** Whether TS.Recent is too old to judge this segment or later ones. */
  private boolean timestampOutlived(Tcb c) {
    return core.now() - c.tsRecentNanos > TS_RECENT_LIFETIME_NANOS;
  }

  /** Checks the four cases of acceptability, and trims what is outside the window. */
  private boolean sequenceOk(Tcb c, Segment seg) {
    int wnd = c.rcvWnd();
    int len = seg.len();
    int offset = seg.seq - c.rcvNxt;
    boolean startsInside = offset >= 0 && offset < wnd;
    boolean acceptable =
        len == 0
            ? startsInside || offset == 0
            : startsInside || offset == 0 || offset < 0 && offset + len > 0;
    if (!acceptable) {
      boolean old = offset < 0 && offset + len <= 0;
      counters.increment(
          old && seg.dataLen > 0
              ? Counter.DROP_TCP_DUPLICATE_DATA
              : Counter.DROP_TCP_OUT_OF_WINDOW);
      if (!seg.has(TcpHeader.RST)) {
        boolean repeated = repeats(c, seg);
        if (repeated && seg.has(TcpHeader.ACK) && isInRange(c, seg)) {
          updateTimestamp(c, seg); // the ACK then measures the retransmission, not the original
        }
        acknowledgeUnacceptable(c, seg);
        oldAcknowledgment(c, seg, repeated);
      }
      return false;
    }
    trim(c, seg, offset, wnd);
    return true;
  }

  /**
   * Whether all of it came before. A peer repeats what it sent within one window; anything older is
   * a stranger's guess and may change nothing.
   */
  private static boolean repeats(Tcb c, Segment seg) {
    int offset = seg.seq - c.rcvNxt;
    return c.state() != TcpState.CLOSED
        && offset < 0
        && offset + seg.len() <= 0
        && offset >= -c.receiveBuffer;
  }

  /**
   * Takes the newer ACK that repeated data may carry: a peer whose segments crossed ours would
   * otherwise have to send it again.
   */
  private void oldAcknowledgment(Tcb c, Segment seg, boolean repeated) {
    if (repeated
        && !seg.has(TcpHeader.SYN)
        && seg.has(TcpHeader.ACK)
        && c.state() != TcpState.SYN_RECEIVED
        && Seq.gt(seg.ack, c.sndUna)
        && Seq.leq(seg.ack, c.sndMax)) {
      acknowledgment(c, seg);
    }
  }

  private void trim(Tcb c, Segment seg, int offset, int wnd) {
    if (seg.has(TcpHeader.RST) || offset < 0 && seg.has(TcpHeader.SYN)) {
      return; // to be challenged: trimming must not move them to RCV.NXT
    }
    if (offset < 0) {
      if (seg.dataLen > 0) {
        duplicateLeft = seg.seq;
        duplicateRight = c.rcvNxt;
      }
      seg.trimFront(Math.min(-offset, seg.dataLen));
      seg.seq = c.rcvNxt; // only a FIN may be left
    }
    int excess = seg.seq - c.rcvNxt + seg.dataLen - wnd;
    if (seg.dataLen > 0 && excess > 0) {
      counters.increment(Counter.DROP_TCP_RCV_BUFFER_FULL);
      seg.trimBack(Math.min(excess, seg.dataLen));
      pending.ackNow(c);
    }
  }

  /** Answers an unacceptable segment with an ACK; rate limited if it has no data or FIN. */
  private void acknowledgeUnacceptable(Tcb c, Segment seg) {
    if (seg.dataLen > 0 || seg.has(TcpHeader.FIN)) {
      if (repeats(c, seg)) {
        output.ackDuplicate(c, seg.seq, seg.seq + seg.len());
      } else if (c.state() != TcpState.CLOSED) {
        output.ack(c);
      }
    } else if (challenges.mayAnswer(c)) {
      output.ack(c);
    }
  }

  /**
   * RFC 7323 section 4.3 (2), for repeated data too: only a segment at or before what was
   * acknowledged last counts, and only after it has passed all checks, that of its ACK included.
   */
  private void updateTimestamp(Tcb c, Segment seg) {
    if (c.timestamps
        && Seq.leq(seg.seq, c.lastAckSent)
        && (Seq.geq(seg.options.tsVal, c.tsRecent) || timestampOutlived(c))) {
      c.tsRecent = seg.options.tsVal;
      c.tsRecentNanos = core.now();
    }
  }

  // ---- Second: RST (RFC 5961 section 3) ----

  private void reset(Tcb c, Segment seg) {
    if (seg.seq != c.rcvNxt) {
      counters.increment(Counter.DROP_TCP_RST_CHALLENGED);
      challenges.challenge(c);
      return;
    }
    counters.increment(Counter.TCP_RESETS_RECEIVED);
    boolean orderly = c.state() == TcpState.CLOSING || c.state() == TcpState.LAST_ACK;
    TcpError error =
        c.state() == TcpState.SYN_RECEIVED
            ? TcpError.REFUSED
            : orderly && c.queuedBytes() == 0 ? TcpError.NONE : TcpError.RESET;
    core.destroy(c, error);
  }

  // ---- Fifth: ACK ----

  /**
   * Whether the ACK can be the peer's. Checked before anything in the segment is believed: whoever
   * guessed only its sequence number may not move the timestamp either.
   */
  private boolean acknowledgmentOk(Tcb c, Segment seg) {
    if (c.state() == TcpState.SYN_RECEIVED) {
      // It may cover the data of our SYN (RFC 7413 section 4.2.1), if the peer's SYN crossed it.
      if (Seq.gt(seg.ack, c.iss) && Seq.leq(seg.ack, c.sndMax)) {
        return true;
      }
      counters.increment(Counter.DROP_TCP_BAD_ACK);
      output.resetFor(seg);
      return false;
    }
    if (!isInRange(c, seg)) {
      counters.increment(Counter.DROP_TCP_BAD_ACK);
      challenges.challenge(c);
      return false;
    }
    return true;
  }

  /** RFC 5961 section 5.2: between SND.UNA - MAX.SND.WND and SND.MAX. */
  private static boolean isInRange(Tcb c, Segment seg) {
    return Seq.leq(seg.ack, c.sndMax) && Seq.geq(seg.ack, c.sndUna - c.maxSndWnd);
  }

  /**
   * Takes the ACK of a segment from the peer, even of old data; returns false when the segment
   * isn't to be processed any further.
   */
  private boolean acknowledgment(Tcb c, Segment seg) {
    c.lastReceiveNanos = core.now();
    c.keepaliveProbesSent = 0;
    c.unansweredProbes = 0;
    if (c.synUnacked && Seq.gt(seg.ack, c.iss)) {
      fastOpen.confirmed(c);
    }
    int una = c.sndUna;
    boolean established = c.state() != TcpState.SYN_RECEIVED || handshake.acknowledged(c, seg);
    boolean taken = established && acknowledgments.take(c, seg);
    if (c.sndUna != una) {
      c.softError = TcpError.NONE;
      pathMtu.onProgress(c, c.sndUna - una);
    }
    if (taken && c.isProbingMtu()) {
      pathMtu.probe().onAck(c);
    }
    return taken;
  }

  // ---- Seventh: text ----

  /**
   * Processes the data and the FIN of the SYN-ACK that answers our SYN (RFC 9293 section 3.10.7.3).
   */
  void textOfSynAck(Tcb c, Segment seg) {
    duplicateLeft = duplicateRight;
    seg.flags &= ~TcpHeader.SYN;
    seg.seq++;
    trim(c, seg, 0, c.rcvWnd());
    text(c, seg);
    fin(c, seg);
  }

  private void text(Tcb c, Segment seg) {
    if (seg.dataLen == 0) {
      return;
    }
    if (!c.mayReceive()) {
      counters.increment(Counter.DROP_TCP_DATA_AFTER_CLOSE);
      return;
    }
    if (c.appClosed) {
      // Nobody will read it: the peer has to be told (RFC 9293 section 3.6.1).
      counters.increment(Counter.DROP_TCP_DATA_AFTER_CLOSE);
      core.abort(c, TcpError.ABORTED);
      return;
    }
    if (c.finSeen && Seq.gt(seg.seq + seg.dataLen, c.finSeq)) {
      counters.increment(Counter.DROP_TCP_DATA_AFTER_CLOSE);
      return;
    }
    if (c.deferred && !handshake.endDeferral(c)) {
      seg.flags &= ~TcpHeader.FIN; // it will come again with the data
      return;
    }
    c.rcvMss = Math.max(c.rcvMss, seg.firstDataLen());
    c.lastDataReceivedNanos = core.now();
    tuning.dataArrived(c, seg);
    boolean inOrder = seg.seq == c.rcvNxt;
    if (!received.hold(c, seg.segments, inOrder)) {
      withoutRoom(c, seg, inOrder);
    } else if (inOrder) {
      inOrder(c, seg);
    } else {
      outOfOrder(c, seg, received.reassemblyLimit(c));
    }
  }

  /**
   * Handles a segment whose packet can't be kept: it is accepted if it fits into another's buffer.
   * Otherwise it is still answered with an ACK, without which the peer could only wait for its
   * timer.
   */
  private void withoutRoom(Tcb c, Segment seg, boolean inOrder) {
    received.holdForNow();
    if (!inOrder) {
      outOfOrder(c, seg, 0);
    } else if (c.inputShutdown || c.receiveQueue.takesCopy(seg.dataLen)) {
      inOrder(c, seg);
    } else {
      received.refused();
      pending.ackNow(c);
      received.free(seg.takeMbuf());
      seg.flags &= ~TcpHeader.FIN; // it will come again with the data
    }
  }

  private void inOrder(Tcb c, Segment seg) {
    boolean filledGap = c.reassembly != null;
    if (filledGap) {
      c.reassembly.keepFirst(seg);
      noteDuplicate(c.reassembly);
    }
    c.rcvNxt += seg.dataLen;
    if (seg.segments == 1) {
      deliver(c, seg.takeMbuf());
    } else {
      deliverEach(c, seg);
    }
    if (filledGap) {
      continueStream(c);
    }
    if (filledGap
        || c.finSeen
        || c.quickAck
        || c.quickAcks > 0
        || (c.unackedSegments += seg.segments) >= 2) {
      c.quickAcks = Math.max(0, c.quickAcks - seg.segments);
      pending.ackNow(c);
    } else {
      timers.armDelayedAck(c);
    }
    pending.raise(c, Schedule.EVENT_READABLE);
  }

  private void deliver(Tcb c, long mbuf) {
    if (c.inputShutdown) {
      received.free(mbuf);
    } else {
      c.receiveQueue.add(mbuf, received);
    }
  }

  private void deliverEach(Tcb c, Segment seg) {
    long mbuf = seg.takeMbuf();
    for (int left = seg.segments; left > 0; left--) {
      long next = Mbuf.next(mbuf);
      Mbuf.unchain(mbuf);
      deliver(c, mbuf);
      mbuf = next;
    }
  }

  private void continueStream(Tcb c) {
    for (long mbuf = c.reassembly.next(c.rcvNxt, received);
        mbuf != 0;
        mbuf = c.reassembly.next(c.rcvNxt, received)) {
      c.rcvNxt += Mbuf.dataLength(mbuf);
      deliver(c, mbuf);
    }
    received.changed(c);
  }

  /**
   * Handles an out-of-order segment: each is answered at once with a duplicate ACK (RFC 5681
   * section 4.2), whatever becomes of it.
   *
   * @param limit packet buffers that the connection may hold ahead of gaps; 0 for no more than it
   *     holds now
   */
  private void outOfOrder(Tcb c, Segment seg, int limit) {
    if (c.reassembly == null) {
      received.open(c);
    }
    boolean hadFin = seg.has(TcpHeader.FIN);
    int finSeq = seg.seq + seg.dataLen;
    Reassembly.Insert result = c.reassembly.insert(seg, limit, received);
    noteDuplicate(c.reassembly);
    switch (result) {
      case KEPT -> counters.increment(Counter.TCP_OUT_OF_ORDER);
      case DUPLICATE -> counters.increment(Counter.DROP_TCP_DUPLICATE_DATA);
      case FULL -> refusedAhead(limit);
    }
    if (result != Reassembly.Insert.KEPT) {
      received.free(seg.takeMbuf());
    }
    received.changed(c);
    if (hadFin && result != Reassembly.Insert.FULL) {
      c.finSeen = true;
      c.finSeq = finSeq;
    }
    seg.flags &= ~TcpHeader.FIN;
    if (duplicateLeft != duplicateRight) {
      reportDuplicate(c);
    } else {
      output.ack(c);
    }
  }

  private void refusedAhead(int limit) {
    if (limit == 0) {
      received.refused();
    } else {
      counters.increment(Counter.DROP_TCP_REASSEMBLY_FULL);
    }
  }

  /** Notes the run of duplicate bytes to report; one before RCV.NXT takes precedence. */
  private void noteDuplicate(Reassembly reassembly) {
    if (duplicateLeft == duplicateRight) {
      duplicateLeft = reassembly.duplicateLeft();
      duplicateRight = reassembly.duplicateRight();
    }
  }

  // ---- Eighth: FIN ----

  private void fin(Tcb c, Segment seg) {
    if (c.state() == TcpState.CLOSED) {
      return;
    }
    if (seg.has(TcpHeader.FIN)) {
      c.finSeen = true;
      c.finSeq = seg.seq + seg.dataLen;
    }
    if (!c.finSeen || c.finReceived) {
      return;
    }
    if (c.rcvNxt != c.finSeq) {
      if (seg.has(TcpHeader.FIN)) {
        output.ackFin(c); // ahead of a gap (RFC 5681 section 4.2); with data text() has done it
      }
      return;
    }
    if (c.deferred && !handshake.endDeferral(c)) {
      c.finSeen = false; // it will come again
      return;
    }
    c.finReceived = true;
    c.rcvNxt++;
    pending.ackNow(c);
    pending.raise(c, Schedule.EVENT_READABLE);
    switch (c.state()) {
      case ESTABLISHED -> c.enter(TcpState.CLOSE_WAIT);
      case FIN_WAIT_1 -> c.enter(TcpState.CLOSING);
      case FIN_WAIT_2 -> {
        if (duplicateLeft == duplicateRight) {
          output.ack(c);
        } else {
          reportDuplicate(c);
        }
        core.timeWait(c);
      }
      default -> throw new IllegalStateException("FIN in " + c.state());
    }
  }
}
