package org.mosstack.tcp;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import org.mosstack.socket.TcpConnection;
import org.mosstack.socket.TcpState;
import org.mosstack.tcp.scoreboard.RttEstimator;
import org.mosstack.tcp.segment.Seq;

/**
 * What always holds of a connection between two turns: of its sequence space, windows, buffers,
 * timers, congestion window and state. For simulations, which check after every turn.
 *
 * <p>A {@link Watch} remembers what must not go back from one turn to the next.
 */
public final class TcbRules {
  /** A deadline so far past was missed: the wheel is a tick late at most. */
  private static final long MISSED_NANOS = 2 * TimerWheel.TICK_NANOS;

  private static final Map<TcpState, Set<TcpState>> LATER = later();

  private final BiConsumer<String, String> broken;

  /**
   * Creates rules that report to a listener.
   *
   * @param broken receives the name of the broken rule, and which connection broke it and how
   */
  public TcbRules(BiConsumer<String, String> broken) {
    this.broken = broken;
  }

  /** A connection, from one turn to the next. */
  public static final class Watch {
    private final Tcb connection;
    private final int incarnation;
    private TcpState state;
    private int sndUna;
    private int sndMax;
    private int rcvNxt;
    private int rcvAdv;
    private int largestReceiveBuffer;
    private int largestSendBuffer;

    private Watch(Tcb c) {
      connection = c;
      incarnation = c.currentIncarnation();
      keep();
    }

    private void keep() {
      Tcb c = connection;
      state = c.state();
      sndUna = c.sndUna;
      sndMax = c.sndMax;
      rcvNxt = c.rcvNxt;
      rcvAdv = c.rcvAdv;
      largestReceiveBuffer = Math.max(largestReceiveBuffer, c.receiveBuffer);
      largestSendBuffer = Math.max(largestSendBuffer, c.sendBuffer);
    }
  }

  /** Starts to watch a connection, until its handler is told that it is closed. */
  public Watch watch(TcpConnection c) {
    return new Watch(tcb(c));
  }

  /** Returns the states that can follow each, within any number of turns. */
  private static Map<TcpState, Set<TcpState>> later() {
    Map<TcpState, Set<TcpState>> map = new EnumMap<>(TcpState.class);
    Set<TcpState> closing =
        EnumSet.of(TcpState.CLOSED, TcpState.TIME_WAIT, TcpState.CLOSING, TcpState.FIN_WAIT_2);
    Set<TcpState> open = EnumSet.copyOf(closing);
    open.addAll(
        EnumSet.of(
            TcpState.ESTABLISHED, TcpState.FIN_WAIT_1, TcpState.CLOSE_WAIT, TcpState.LAST_ACK));
    Set<TcpState> received = EnumSet.copyOf(open);
    received.add(TcpState.SYN_RECEIVED);
    map.put(TcpState.SYN_SENT, EnumSet.allOf(TcpState.class));
    map.put(TcpState.SYN_RECEIVED, received);
    map.put(TcpState.ESTABLISHED, open);
    closing.add(TcpState.FIN_WAIT_1);
    map.put(TcpState.FIN_WAIT_1, closing);
    map.put(
        TcpState.FIN_WAIT_2, EnumSet.of(TcpState.FIN_WAIT_2, TcpState.TIME_WAIT, TcpState.CLOSED));
    map.put(TcpState.CLOSING, EnumSet.of(TcpState.CLOSING, TcpState.TIME_WAIT, TcpState.CLOSED));
    map.put(
        TcpState.CLOSE_WAIT, EnumSet.of(TcpState.CLOSE_WAIT, TcpState.LAST_ACK, TcpState.CLOSED));
    map.put(TcpState.LAST_ACK, EnumSet.of(TcpState.LAST_ACK, TcpState.CLOSED));
    map.put(TcpState.TIME_WAIT, EnumSet.of(TcpState.TIME_WAIT, TcpState.CLOSED));
    map.put(TcpState.CLOSED, EnumSet.of(TcpState.CLOSED));
    return map;
  }

  /** Checks a connection after a turn, at the turn's time. */
  public void check(Watch w, long now) {
    Tcb c = w.connection;
    if (c.currentIncarnation() != w.incarnation) {
      broken("recycled", c, "the object stands for another connection, and nobody was told");
      return;
    }
    if (!LATER.get(w.state).contains(c.state())) {
      broken("transition", c, "from " + w.state);
    }
    boolean handshakeOver = w.state != TcpState.SYN_SENT;
    if (handshakeOver && c.state() != TcpState.CLOSED) {
      progress(w, c);
    }
    w.keep();
    check(c, now);
    if (c.state() != TcpState.CLOSED) {
      buffers(w, c);
    }
  }

  /** Checks all connections of a connection's core. */
  public void checkAll(TcpConnection any, long now) {
    TcpCore core = tcb(any).core;
    int[] found = new int[1];
    core.flows.forEach(
        c -> {
          found[0]++;
          if (c.state() == TcpState.CLOSED || c.state() == TcpState.TIME_WAIT) {
            broken("flow-table", c, "over, and still in the flow table");
          }
          check(c, now);
        });
    if (found[0] != core.connectionCount()) {
      broken("flow-table", tcb(any), found[0] + " flows of " + core.connectionCount());
    }
  }

  private void check(Tcb c, long now) {
    if (c.state() == TcpState.CLOSED) {
      return;
    }
    sendSpace(c);
    receiveSpace(c);
    scoreboard(c);
    congestion(c);
    timers(c, now);
  }

  private void progress(Watch w, Tcb c) {
    if (Seq.lt(c.sndUna, w.sndUna)) {
      broken("snd-una", c, "went back by " + (w.sndUna - c.sndUna));
    }
    if (Seq.lt(c.sndMax, w.sndMax)) {
      broken("snd-max", c, "went back by " + (w.sndMax - c.sndMax));
    }
    if (Seq.lt(c.rcvNxt, w.rcvNxt)) {
      broken("rcv-nxt", c, "went back by " + (w.rcvNxt - c.rcvNxt));
    }
    if (Seq.lt(c.rcvAdv, w.rcvAdv)) {
      broken("rcv-adv", c, "went back by " + (w.rcvAdv - c.rcvAdv));
    }
  }

  // ---- Sequence space ----

  private void sendSpace(Tcb c) {
    if (Seq.gt(c.sndUna, c.sndNxt) || Seq.gt(c.sndNxt, c.sndMax)) {
      broken("send-space", c, "SND.UNA, SND.NXT, SND.MAX: " + sendNumbers(c));
    }
    if (c.state() == TcpState.SYN_SENT || c.state() == TcpState.SYN_RECEIVED) {
      if (c.sndUna != c.iss || c.sndNxt != c.iss + 1 || Seq.lt(c.sndMax, c.sndNxt)) {
        broken("send-space", c, "in the handshake: " + sendNumbers(c));
      }
      return;
    }
    int outstanding = c.sndMax - c.sndUna;
    int queued = c.queuedBytes() + (c.finQueued ? 1 : 0);
    if (c.maySend() && outstanding > queued) {
      broken("send-space", c, outstanding + " outstanding, " + queued + " queued");
    }
    // One byte beyond a closed window is a probe.
    if (outstanding > c.maxSndWnd + 1) {
      broken("send-window", c, outstanding + " outstanding, largest window " + c.maxSndWnd);
    }
    if (!c.maySend() && outstanding != 0) {
      broken("send-space", c, outstanding + " outstanding");
    }
    if (c.sndMss <= 0 || c.sndMss > c.advMss) {
      broken("mss", c, c.sndMss + " of " + c.advMss);
    }
  }

  private static String sendNumbers(Tcb c) {
    return "ISS + " + (c.sndUna - c.iss) + ", " + (c.sndNxt - c.iss) + ", " + (c.sndMax - c.iss);
  }

  private void receiveSpace(Tcb c) {
    if (c.state() == TcpState.SYN_SENT) {
      return;
    }
    int beyond = c.rcvNxt - c.rcvAdv - (c.finReceived ? 1 : 0);
    if (beyond > 0) {
      broken("receive-window", c, beyond + " bytes taken beyond it");
    }
    if (c.rcvNxt == c.irs) { // equality only: this is just where it began
      broken("receive-space", c, "RCV.NXT isn't beyond IRS");
    }
    if (c.state() != TcpState.SYN_RECEIVED && Seq.gt(c.lastAckSent, c.rcvNxt)) {
      broken("receive-space", c, "acknowledged what hasn't come");
    }
    if (c.rcvWnd() > (0xFFFF << c.rcvWndShift)) {
      broken("receive-window", c, c.rcvWnd() + " with shift " + c.rcvWndShift);
    }
    if (c.reassembly != null) {
      reassembly(c);
    }
  }

  private void reassembly(Tcb c) {
    if (c.reassembly.isEmpty()) {
      broken("reassembly", c, "kept though it is empty");
    }
    if (c.reassembly.bytes() > c.rcvWnd()
        || c.reassembly.blocks() > Reassembly.MAX_BLOCKS
        || c.reassembly.blocks() > c.reassembly.bytes()
        || c.reassembly.buffers() < 1
        || c.reassembly.buffers() > c.reassembly.bytes()) {
      broken(
          "reassembly",
          c,
          c.reassembly.blocks()
              + " blocks of "
              + c.reassembly.buffers()
              + " buffers with "
              + c.reassembly.bytes()
              + " bytes, window "
              + c.rcvWnd());
    }
  }

  /** The scoreboard covers each byte from SND.UNA to SND.NXT once, and its sums are right. */
  private void scoreboard(Tcb c) {
    if (c.scoreboard == null) {
      boolean handshake = c.state() == TcpState.SYN_SENT || c.state() == TcpState.SYN_RECEIVED;
      if (c.flightSize() != 0 && !handshake) {
        broken("scoreboard", c, c.flightSize() + " in flight, and none");
      }
      return;
    }
    int next = c.sndUna;
    int underWay = 0;
    int sacked = 0;
    int lost = 0;
    for (int n = c.scoreboard.first(); n != c.scoreboard.limit(); n++) {
      if (c.scoreboard.start(n) != next || c.scoreboard.bytes(n) <= 0) {
        broken("scoreboard", c, "a gap at SND.UNA + " + (next - c.sndUna));
      }
      next = c.scoreboard.end(n);
      underWay += c.scoreboard.isUnderWay(n) ? c.scoreboard.bytes(n) : 0;
      sacked += c.scoreboard.isSacked(n) ? c.scoreboard.bytes(n) : 0;
      lost += c.scoreboard.isLost(n) ? c.scoreboard.bytes(n) : 0;
    }
    if (c.scoreboard.isEmpty() || next != c.sndNxt) {
      broken("scoreboard", c, "ends at SND.NXT - " + (c.sndNxt - next));
    }
    if (underWay != c.scoreboard.underWayBytes()
        || sacked != c.scoreboard.sackedBytes()
        || lost != c.scoreboard.lostBytes()) {
      broken("scoreboard", c, "under way, sacked, lost: " + underWay + ", " + sacked + ", " + lost);
    }
  }

  // ---- Buffers ----

  private void buffers(Watch w, Tcb c) {
    int queued = c.queuedBytes();
    if (queued > w.largestSendBuffer) {
      broken("send-buffer", c, queued + " bytes of " + w.largestSendBuffer);
    }
    if (c.sendQueue != null && queued == 0) {
      broken("send-buffer", c, "kept though it is empty");
    }
    if (c.state() == TcpState.SYN_SENT) {
      return;
    }
    // What waits to be read, plus what the peer was told that it may send.
    int promised = c.receiveQueue.bytes() + c.rcvWnd();
    if (promised > w.largestReceiveBuffer) {
      broken("receive-buffer", c, promised + " bytes of " + w.largestReceiveBuffer);
    }
    if (c.receiveQueue.isEmpty() != (c.receiveQueue.bytes() == 0)) {
      broken("receive-buffer", c, c.receiveQueue.bytes() + " bytes in an empty queue, or none");
    }
  }

  // ---- Congestion ----

  private void congestion(Tcb c) {
    if (c.rtt.rtoNanos() < RttEstimator.MIN_VARIATION_NANOS
        || c.rtt.rtoNanos() > RttEstimator.MAX_RTO_NANOS) {
      broken("rto", c, c.rtt.rtoNanos() + " ns");
    }
    if (c.rtt.srttNanos() < 0 || c.rtt.rttvarNanos() < 0) {
      broken("rtt", c, c.rtt.srttNanos() + " ns, variation " + c.rtt.rttvarNanos() + " ns");
    }
    if (c.state() == TcpState.SYN_SENT || c.state() == TcpState.SYN_RECEIVED) {
      return;
    }
    if (c.congestion.cwnd() < c.sndMss || c.congestion.cwnd() > 1 << 30) {
      broken("cwnd", c, c.congestion.cwnd() + " bytes, MSS " + c.sndMss);
    }
    if (c.congestion.ssthresh() < 2 * c.sndMss) {
      broken("ssthresh", c, c.congestion.ssthresh() + " bytes, MSS " + c.sndMss);
    }
  }

  // ---- Timers ----

  private void timers(Tcb c, long now) {
    long first = Long.MAX_VALUE;
    first = deadline("retransmission", c, c.retransmitDeadline, now, first);
    first = deadline("loss", c, c.lossDeadline, now, first);
    first = deadline("pacing", c, c.pacingDeadline, now, first);
    first = deadline("persist", c, c.persistDeadline, now, first);
    first = deadline("delayed ACK", c, c.delayedAckDeadline, now, first);
    // Enabled after a long silence, keepalive is overdue from the start.
    first = deadline("keepalive", c, c.keepaliveDeadline, c.keepaliveDeadline, first);
    first = deadline("idle", c, c.idleDeadline, now, first);
    first = deadline("close", c, c.closeDeadline, now, first);
    first = deadline("cork", c, c.corkDeadline, now, first);
    first = deadline("defer", c, c.deferDeadline, now, first);
    if (first != Long.MAX_VALUE && (c.wheelSlot < 0 || c.wheelDeadline - first > 0)) {
      broken("timer-wheel", c, "won't be looked at by its deadline, " + (first - now) + " ns");
    }
    boolean waits = c.onOutputList || c.onSynList || c.pacingDeadline != 0;
    boolean outstanding = Seq.lt(c.sndUna, c.sndMax);
    if (outstanding && c.retransmitDeadline == 0 && c.persistDeadline == 0 && !waits) {
      broken("timer-lost", c, c.sndMax - c.sndUna + " outstanding without a timer");
    }
    boolean silent = c.maySend() && c.flightSize() == 0 && !c.allSent();
    if (silent && c.persistDeadline == 0 && c.corkDeadline == 0 && !waits) {
      broken("timer-lost", c, c.queuedBytes() + " queued, nothing in flight, without a timer");
    }
    if (c.state() == TcpState.TIME_WAIT) { // a record stands for it
      if (c.core.timeWaits.recordOf(c) == TimeWaitTable.NONE) {
        broken("time-wait-lost", c, "nothing ends it");
      }
      return;
    }
    acknowledgments(c);
    boolean orphan = c.state() == TcpState.FIN_WAIT_2 && c.appClosed;
    if (orphan && c.closeDeadline == 0) {
      broken("timer-lost", c, "nothing ends it");
    }
  }

  private void acknowledgments(Tcb c) {
    boolean handshake = c.state() == TcpState.SYN_SENT || c.state() == TcpState.SYN_RECEIVED;
    boolean owed = !handshake && c.rcvNxt != c.lastAckSent;
    if (owed && !(c.ackNow && c.onAckList) && c.delayedAckDeadline == 0) {
      broken("ack-lost", c, c.rcvNxt - c.lastAckSent + " bytes that nothing will acknowledge");
    }
    if (c.delayedAckDeadline - c.core.now() > 500_000_000L) { // RFC 9293 section 3.8.6.3
      broken("ack-late", c, "delayed by " + (c.delayedAckDeadline - c.core.now()) + " ns");
    }
  }

  private long deadline(String name, Tcb c, long deadline, long now, long first) {
    if (deadline == 0) {
      return first;
    }
    if (now - deadline > MISSED_NANOS) {
      broken("timer-missed", c, name + " was due " + (now - deadline) + " ns ago");
    }
    return Math.min(first, deadline);
  }

  private void broken(String rule, Tcb c, String detail) {
    broken.accept(rule, detail + ", of " + c);
  }

  // ---- The connection's view of the peer ----

  /** What each connection of a stack is: simulations, in their package, can't say so. */
  private static Tcb tcb(TcpConnection c) {
    return (Tcb) c;
  }

  /** Whether a window of the peer's is known. */
  public static boolean knowsWindow(TcpConnection c) {
    TcpState state = tcb(c).state();
    return state != TcpState.SYN_SENT && state != TcpState.CLOSED;
  }

  /** SND.WND. */
  public static int sendWindow(TcpConnection c) {
    return tcb(c).sndWnd;
  }

  /** SND.WL2: the acknowledgment that came with {@link #sendWindow}. */
  public static int sendWindowAck(TcpConnection c) {
    return tcb(c).sndWl2;
  }

  /** Bytes written by the application and not yet acknowledged. */
  public static int queuedBytes(TcpConnection c) {
    return tcb(c).queuedBytes();
  }

  // ---- What a forger of segments wants to hit or miss ----

  /** RCV.NXT. */
  public static int receiveNext(TcpConnection c) {
    return tcb(c).rcvNxt;
  }

  /** RCV.WND as the peer knows it. */
  public static int receiveWindow(TcpConnection c) {
    return tcb(c).rcvWnd();
  }

  /** SND.UNA. */
  public static int sendUnacknowledged(TcpConnection c) {
    return tcb(c).sndUna;
  }

  /** SND.MAX. */
  public static int sendMax(TcpConnection c) {
    return tcb(c).sndMax;
  }

  /** The largest window that the peer has had. */
  public static int largestSendWindow(TcpConnection c) {
    return tcb(c).maxSndWnd;
  }

  /** TS.Recent, or 0 if no timestamps are used. */
  public static int recentTimestamp(TcpConnection c) {
    return tcb(c).timestamps ? tcb(c).tsRecent : 0;
  }

  /** Whether timestamps are used. */
  public static boolean usesTimestamps(TcpConnection c) {
    return tcb(c).timestamps;
  }
}
