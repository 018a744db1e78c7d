package org.mosstack.tcp;

import org.mosstack.stats.Counter;
import org.mosstack.tcp.congestion.AckSample;
import org.mosstack.tcp.scoreboard.Delivery;
import org.mosstack.tcp.scoreboard.Rack;
import org.mosstack.tcp.scoreboard.Scoreboard;
import org.mosstack.tcp.segment.Seq;

/**
 * Detects losses from acknowledgments and by time, and recovers from them: after a loss (RFC 6675
 * with RACK-TLP, RFC 8985), after a timeout (RFC 6298 with F-RTO, RFC 5682), and for peers without
 * SACK by duplicate and partial acknowledgments (RFC 6582). State of one connection.
 *
 * <p>What is to be retransmitted is marked in the {@link Scoreboard}; {@link TcpOutput} sends it as
 * the windows allow.
 */
final class LossRecovery {
  /** The phase that the connection is in. */
  enum Phase {
    /** Nothing is known to be lost. */
    OPEN,
    /** Nothing is known to be lost, but the path is congested: the window is being reduced. */
    REDUCING,
    /** Something was lost, and the window is being reduced. */
    RECOVERY,
    /** The retransmission timer expired: slow start. */
    LOSS
  }

  /** Steps of F-RTO (RFC 5682 section 3.1). */
  private enum Frto {
    NONE,
    /** The first segment was retransmitted; nothing else is until an acknowledgment tells more. */
    FIRST,
    /** New data is sent instead of the next retransmission. */
    NEW_DATA
  }

  private final Rack rack = new Rack();
  private Phase phase = Phase.OPEN;
  private Frto frto = Frto.NONE;

  /** SND.MAX when the phase began: the phase ends there. Initially the ISS. */
  private int recoveryPoint;

  /** Duplicate ACKs of a peer without SACK: each means that a segment has left the network. */
  private int dupAcks;

  /** Whether a partial ACK of a peer without SACK showed the next hole, not retransmitted yet. */
  private boolean partialAck;

  private byte partialAcks;

  /** Segments retransmitted in this phase that no D-SACK has reported as duplicates. */
  private int unconfirmed;

  /** Our timestamp in this phase's first retransmission; valid if {@link #stamped}. */
  private int firstStamp;

  private boolean stamped;

  /** SND.NXT when ACKs last caused a reduction to be undone; valid if {@link #undone}. */
  private int undoneUpTo;

  private boolean undone;

  // The tail loss probe that is in flight (RFC 8985 section 7).
  private boolean probing;
  private boolean probeWasRetransmission;
  private int probeEnd;

  void reset(int iss) {
    rack.reset(iss);
    forgetPhase();
    recoveryPoint = iss;
    undone = false;
    probing = false;
  }

  /** Nothing is known to be lost, and there is no retransmission that may prove spurious. */
  private void forgetPhase() {
    phase = Phase.OPEN;
    frto = Frto.NONE;
    dupAcks = 0;
    partialAck = false;
    stamped = false;
  }

  /** Drags sequence numbers along; see {@link Seq#drag}. */
  void dragMarkers(int sndUna) {
    recoveryPoint = Seq.drag(recoveryPoint, sndUna);
    probeEnd = Seq.drag(probeEnd, sndUna);
    rack.dragMarkers(sndUna);
  }

  Phase phase() {
    return phase;
  }

  /** SND.MAX when the phase, or the one before, began. */
  int recoveryPoint() {
    return recoveryPoint;
  }

  Rack rack() {
    return rack;
  }

  /** Duplicate ACKs since the last progress, of a peer without SACK. */
  int duplicateAcks() {
    return dupAcks;
  }

  /** Whether the window is being reduced (RFC 9937). */
  boolean reducing() {
    return phase == Phase.REDUCING || phase == Phase.RECOVERY;
  }

  /** Whether new data is sent before what is marked lost (RFC 5682). */
  boolean prefersNewData() {
    return frto == Frto.NEW_DATA;
  }

  /**
   * New data was preferred, but none could be sent: Nagle, a cork or SWS avoidance holds it back.
   * What is marked lost is retransmitted after all, at once (RFC 5682 section 3.1, step 2b).
   *
   * @return false if new data has been sent
   */
  boolean givesUpNewData(Tcb c) {
    if (c.sndMax != recoveryPoint) {
      return false;
    }
    frto = Frto.NONE;
    return true;
  }

  /** Whether a lost segment is retransmitted even if the window has no room for it (RFC 6582). */
  boolean retransmitsAtOnce() {
    return partialAck;
  }

  /**
   * Whether an ACK that advances restarts the retransmission timer: of a peer without SACK, only
   * the first partial one, so that many losses end in a timeout (RFC 6582 section 3.2, step 3).
   */
  boolean restartsTimer() {
    return phase != Phase.RECOVERY || partialAcks <= 1;
  }

  /** Bytes that have left the network, by the duplicate ACKs of a peer without SACK. */
  int leftTheNetwork(int mss) {
    return dupAcks * mss;
  }

  // ---- Acknowledgments ----

  /**
   * Processes an acknowledgment that was applied to the scoreboard. Fills in what it says about
   * losses.
   *
   * @param duplicate whether it is a duplicate by RFC 5681 section 2
   * @param dsack whether it reports that something arrived twice
   * @param tsEcr the timestamp that it echoes; 0 for none
   */
  void onAck(Tcb c, AckSample ack, Delivery delivery, boolean duplicate, boolean dsack, int tsEcr) {
    boolean echoesOriginal = stamped && tsEcr != 0 && Seq.lt(tsEcr, firstStamp);
    if (!delivery.isEmpty()) {
      rack.onDelivered(delivery, ack.now, echoesOriginal);
    }
    if (dsack) {
      onDsack(c);
    }
    if (!c.sack) {
      countDuplicates(c, ack, delivery, duplicate);
    }
    endProbe(c, ack, dsack);
    if (ack.congestionEchoed) {
      reduce(c, ack, true); // RFC 3168 section 6.1.2
    }
    if (phase == Phase.LOSS) {
      checkTimeout(c, ack, delivery);
    }
    undoIfNeedless(c, ack, echoesOriginal);
    if (phase != Phase.OPEN && ack.acked > 0 && Seq.geq(ack.sndUna, recoveryPoint)) {
      ack.endsRecovery = reducing();
      end(c);
    }
    lookForLosses(c, ack);
  }

  /**
   * Detects losses by time, and begins recovery at the first. Also called by the reordering timer
   * (RFC 8985 section 6.3), with nothing acknowledged.
   */
  void lookForLosses(Tcb c, AckSample ack) {
    if (c.scoreboard != null && !c.scoreboard.isEmpty()) {
      int before = c.scoreboard.lostBytes();
      detect(c, ack.now);
      ack.lost += Math.max(0, c.scoreboard.lostBytes() - before);
      beginRecovery(c, ack);
    }
    ack.recovering = reducing();
  }

  private void beginRecovery(Tcb c, AckSample ack) {
    if (c.scoreboard.lostBytes() > 0 && (phase == Phase.OPEN || phase == Phase.REDUCING)) {
      c.core.counters().increment(Counter.TCP_FAST_RETRANSMITS);
      reduce(c, ack, false);
      phase = Phase.RECOVERY;
      partialAcks = 0;
      startUndo();
    }
  }

  /** Detects losses by time, and arms the timer to look again. */
  private void detect(Tcb c, long now) {
    if (!c.sack) {
      return; // what arrived out of order isn't known
    }
    boolean recovering = phase == Phase.RECOVERY || phase == Phase.LOSS;
    long wait = rack.detect(c.scoreboard, c.congestion, recovering, c.rtt.srttNanos(), now);
    c.core.timers().armReordering(c, wait);
  }

  /** Begins to reduce the window, once per round trip. */
  private void reduce(Tcb c, AckSample ack, boolean echoed) {
    if (phase != Phase.OPEN) {
      return;
    }
    phase = Phase.REDUCING;
    recoveryPoint = c.sndMax;
    Ecn.reduced(c);
    c.congestion.onCongestion(ack.flightSizeBefore, ack.underWayBefore, echoed, ack.now);
  }

  private void end(Tcb c) {
    c.congestion.onRecovered(c.pipe());
    rack.onRecovered();
    forgetPhase();
  }

  /** RFC 6582 section 3.2: acts on the third duplicate and each partial acknowledgment after it. */
  private void countDuplicates(Tcb c, AckSample ack, Delivery delivery, boolean duplicate) {
    if (phase == Phase.LOSS) {
      return; // what has left the network is marked lost, and isn't counted as under way
    }
    if (duplicate) {
      dupAcks++;
      ack.delivered = c.sndMss; // RFC 9937's DeliveredData, which a cumulative ACK can't tell
      // Step 2: duplicates for what was sent before the last phase began may be its own doing.
      boolean third = dupAcks == Rack.DUP_THRESHOLD && Seq.gt(ack.sndUna, recoveryPoint);
      if (third && (phase == Phase.OPEN || phase == Phase.REDUCING)) {
        loseFirst(c, ack);
      }
    } else if (ack.acked > 0) {
      int told = Math.min(dupAcks, Math.max(0, delivery.segments() - 1));
      dupAcks -= told;
      ack.delivered = Math.max(0, ack.delivered - told * c.sndMss);
      if (phase == Phase.RECOVERY && Seq.lt(ack.sndUna, recoveryPoint)) {
        loseFirst(c, ack);
        partialAck = true;
        partialAcks = (byte) Math.min(partialAcks + 1, 2);
      } else {
        dupAcks = 0;
      }
    }
  }

  private static void loseFirst(Tcb c, AckSample ack) {
    Scoreboard scoreboard = c.scoreboard;
    if (scoreboard != null && !scoreboard.isEmpty() && scoreboard.isUnderWay(scoreboard.first())) {
      ack.lost += scoreboard.bytes(scoreboard.first());
      Rack.lose(scoreboard, scoreboard.first(), c.congestion);
    }
  }

  // ---- Timeout ----

  /**
   * The retransmission timer expired.
   *
   * @param first whether something has arrived since it last expired
   */
  void onTimeout(Tcb c, boolean first, long now) {
    Scoreboard scoreboard = c.scoreboard;
    boolean fresh = phase == Phase.OPEN || phase == Phase.REDUCING;
    boolean undoes = stamped && !first; // retransmissions since the first still count
    forgetPhase();
    stamped = undoes;
    if (first) {
      Ecn.reduced(c);
      c.congestion.onTimeout(c.flightSize(), now);
      startUndo();
      // RFC 5682 section 3.1: not if a recovery has already retransmitted part of it; and not
      // without SACK, where the first ACK may be for segments that had arrived before.
      frto = fresh && c.sack ? Frto.FIRST : Frto.NONE;
    }
    // RFC 2018 section 8: the receiver may have dropped what it had reported; it has if it doesn't
    // acknowledge what it reported at SND.UNA.
    if (!first || scoreboard.isSacked(scoreboard.first())) {
      scoreboard.forgetSacked();
    }
    scoreboard.loseAll();
    phase = Phase.LOSS;
    recoveryPoint = c.sndMax;
    probing = false;
  }

  /** What is in flight is forgotten, and sent anew for a reason other than congestion. */
  void onRewind(Tcb c) {
    if (phase != Phase.OPEN) {
      c.congestion.onRecovered(0);
    }
    forgetPhase();
    recoveryPoint = c.sndMax;
    probing = false;
  }

  /** Checks whether the timeout was spurious (RFC 5682 section 3.1). */
  private void checkTimeout(Tcb c, AckSample ack, Delivery delivery) {
    if (frto == Frto.NONE) {
      return;
    }
    if (delivery.originalDelivered()) {
      needless(c);
    } else if (frto == Frto.FIRST && ack.acked > 0 && mayPush(c)) {
      frto = Frto.NEW_DATA;
    } else {
      frto = Frto.NONE;
    }
  }

  /** Whether there is new data, and room for it in the peer's window. */
  private static boolean mayPush(Tcb c) {
    return c.unsentBytes() > 0 && c.sndWnd > c.flightSize();
  }

  /** Everything that was marked lost is under way, or has arrived: the window is as before. */
  private void needless(Tcb c) {
    if (c.scoreboard != null) {
      c.scoreboard.findAll();
    }
    c.core.counters().increment(Counter.TCP_SPURIOUS_RETRANSMITS);
    c.congestion.onSpurious();
    forgetPhase();
  }

  // ---- Undoing ----

  private void startUndo() {
    unconfirmed = 0;
    stamped = false;
  }

  /**
   * Something is retransmitted.
   *
   * @param stamp our timestamp in it
   */
  void onRetransmit(int stamp) {
    partialAck = false;
    unconfirmed++;
    if (!stamped) {
      stamped = true;
      firstStamp = stamp;
    }
  }

  private void onDsack(Tcb c) {
    rack.onDsack(c.sndUna, c.sndNxt);
    if (unconfirmed > 0) {
      unconfirmed--;
    }
  }

  /** RFC 3708: each retransmission was a duplicate; RFC 3522: the first ACK is for an original. */
  private void undoIfNeedless(Tcb c, AckSample ack, boolean echoesOriginal) {
    undone &= Seq.lt(ack.sndUna, undoneUpTo); // checked on each ACK, so that it can't go stale
    if (phase != Phase.RECOVERY && phase != Phase.LOSS || !stamped || undone) {
      return;
    }
    if (unconfirmed == 0 || echoesOriginal && ack.acked > 0) {
      // Once per round trip: this walks what is found again, which a peer that provokes a
      // retransmission for each D-SACK would have lost and found again with each.
      undone = true;
      undoneUpTo = c.sndNxt;
      needless(c);
    }
  }

  // ---- Tail loss probe ----

  /** Whether a probe may be sent when nothing arrives for long (RFC 8985 section 7.2). */
  boolean mayProbe(Tcb c) {
    return phase == Phase.OPEN && !probing && c.sack && c.scoreboard.sackedSegments() == 0;
  }

  /** A probe was sent: new data, or the last segment again. */
  void onProbe(int end, boolean retransmission) {
    probing = true;
    probeEnd = end;
    probeWasRetransmission = retransmission;
  }

  /**
   * RFC 8985 section 7.4.2: an ACK beyond the probe, without a sign that it arrived twice, means
   * that the probe filled a hole: a loss like any other.
   */
  private void endProbe(Tcb c, AckSample ack, boolean dsack) {
    if (!probing || Seq.lt(ack.sndUna, probeEnd)) {
      return;
    }
    boolean twice = dsack || ack.sndUna == probeEnd && ack.acked == 0;
    if (!probeWasRetransmission || twice) {
      probeEnded();
    } else if (Seq.gt(ack.sndUna, probeEnd)) {
      probeEnded();
      reduce(c, ack, false);
    }
  }

  private void probeEnded() {
    probing = false;
    if (phase == Phase.OPEN) {
      stamped = false; // after 24 days, the probe's timestamp would seem to lie ahead
    }
  }
}
