package org.mosstack.tcp;

import org.mosstack.socket.TcpInfo;
import org.mosstack.socket.TcpState;
import org.mosstack.tcp.congestion.CongestionControl;
import org.mosstack.tcp.scoreboard.Rack;
import org.mosstack.tcp.scoreboard.Scoreboard;
import org.mosstack.tcp.segment.TcpOptions;

/** What a {@link Tcb} is like at one time. */
final class ConnectionInfo implements TcpInfo {
  private final int state;
  private final int caState;
  private final int retransmits;
  private final int probes;
  private final int backoff;
  private final int options;
  private final int sndWscale;
  private final int rcvWscale;
  private final long rtoMicros;
  private final long atoMicros;
  private final int sndMss;
  private final int rcvMss;
  private final int unacked;
  private final int sacked;
  private final int lost;
  private final int retrans;
  private final long lastDataSentMillis;
  private final long lastAckSentMillis;
  private final long lastDataRecvMillis;
  private final long lastAckRecvMillis;
  private final int pmtu;
  private final int rcvSsthresh;
  private final long rcvRttMicros;
  private final int rcvSpace;
  private final long rttMicros;
  private final long rttvarMicros;
  private final int sndSsthresh;
  private final int sndCwnd;
  private final int advmss;
  private final int reordering;
  private final int totalRetrans;

  /** Reads all fields, while the core's thread may be changing the connection. */
  ConnectionInfo(Tcb c, long now) {
    int una = c.sndUna;
    int max = c.sndMax;
    int mss = Math.max(1, c.sndMss);
    state = linuxState(c.state());
    retransmits = c.retransmits;
    Scoreboard scoreboard = c.scoreboard;
    LossRecovery.Phase phase = c.recovery.phase();
    int sackedBytes = scoreboard == null ? 0 : scoreboard.sackedBytes();
    int lostBytes = scoreboard == null ? 0 : scoreboard.lostBytes();
    int resent = scoreboard == null ? 0 : scoreboard.resentUnderWay();
    if (c.scoreboard != scoreboard) { // it ended meanwhile, and may be another connection's
      sackedBytes = 0;
      lostBytes = 0;
      resent = 0;
    }
    int dupAcks = c.recovery.duplicateAcks();
    caState =
        switch (phase) {
          case OPEN ->
              retransmits > 0 ? CA_LOSS : sackedBytes + dupAcks > 0 ? CA_DISORDER : CA_OPEN;
          case REDUCING -> CA_CWR;
          case RECOVERY -> CA_RECOVERY;
          case LOSS -> CA_LOSS;
        };
    probes = Math.max(c.keepaliveProbesSent, c.unansweredProbes);
    backoff = Math.max(c.rtt.backoff(), c.persistBackoff);
    boolean timestamps = c.timestamps;
    boolean scaling = c.windowScaling;
    options =
        (timestamps ? OPTION_TIMESTAMPS : 0)
            | (c.sack ? OPTION_SACK : 0)
            | (scaling ? OPTION_WINDOW_SCALE : 0)
            | (c.ecn ? OPTION_ECN : 0);
    sndWscale = c.sndWndShift;
    rcvWscale = c.rcvWndShift;
    rtoMicros = c.rtt.rtoNanos() / 1000;
    atoMicros = c.quickAck ? 0 : TcpTimers.DELAYED_ACK_NANOS / 1000;
    sndMss = c.sndMss;
    rcvMss = c.rcvMss;
    unacked = segments(max - una, mss);
    sacked = Math.min(c.sack ? segments(sackedBytes, mss) : dupAcks, unacked);
    lost = segments(lostBytes, mss) + resent;
    retrans = resent;
    lastDataSentMillis = millisSince(c.lastDataNanos, now);
    lastAckSentMillis = millisSince(c.lastSendNanos, now);
    lastDataRecvMillis = rcvMss == 0 ? 0 : millisSince(c.lastDataReceivedNanos, now);
    lastAckRecvMillis = millisSince(c.lastReceiveNanos, now);
    pmtu = c.pathMtu;
    rcvSsthresh = Math.min(c.receiveBuffer, TcpOutput.MAX_WINDOW_FIELD << rcvWscale);
    rcvRttMicros = c.rcvRttNanos / 1000;
    rcvSpace = c.rcvSpace;
    rttMicros = c.rtt.srttNanos() / 1000;
    rttvarMicros = c.rtt.rttvarNanos() / 1000;
    CongestionControl congestion = c.congestion;
    int ssthresh = congestion.ssthresh();
    sndSsthresh = ssthresh == Integer.MAX_VALUE ? INFINITE_SSTHRESH : ssthresh / mss;
    sndCwnd = congestion.cwnd() / mss;
    advmss = c.advMss - (timestamps ? TcpOptions.PADDED_TIMESTAMPS_BYTES : 0);
    reordering = Rack.DUP_THRESHOLD;
    totalRetrans = c.totalRetransmits;
  }

  private static int segments(int bytes, int mss) {
    return bytes <= 0 ? 0 : (bytes - 1) / mss + 1;
  }

  private static long millisSince(long then, long now) {
    return Math.max(0, now - then) / 1_000_000;
  }

  /** State numbers of Linux's {@code net/tcp_states.h}. */
  private static int linuxState(TcpState state) {
    return switch (state) {
      case ESTABLISHED -> 1;
      case SYN_SENT -> 2;
      case SYN_RECEIVED -> 3;
      case FIN_WAIT_1 -> 4;
      case FIN_WAIT_2 -> 5;
      case TIME_WAIT -> 6;
      case CLOSED -> STATE_CLOSE;
      case CLOSE_WAIT -> 8;
      case LAST_ACK -> 9;
      case CLOSING -> 11;
    };
  }

  @Override
  public int state() {
    return state;
  }

  @Override
  public int caState() {
    return caState;
  }

  @Override
  public int retransmits() {
    return retransmits;
  }

  @Override
  public int probes() {
    return probes;
  }

  @Override
  public int backoff() {
    return backoff;
  }

  @Override
  public int options() {
    return options;
  }

  @Override
  public int sndWscale() {
    return sndWscale;
  }

  @Override
  public int rcvWscale() {
    return rcvWscale;
  }

  @Override
  public long rto() {
    return rtoMicros;
  }

  @Override
  public long ato() {
    return atoMicros;
  }

  @Override
  public int sndMss() {
    return sndMss;
  }

  @Override
  public int rcvMss() {
    return rcvMss;
  }

  @Override
  public int unacked() {
    return unacked;
  }

  @Override
  public int sacked() {
    return sacked;
  }

  @Override
  public int lost() {
    return lost;
  }

  @Override
  public int retrans() {
    return retrans;
  }

  @Override
  public long lastDataSent() {
    return lastDataSentMillis;
  }

  @Override
  public long lastAckSent() {
    return lastAckSentMillis;
  }

  @Override
  public long lastDataRecv() {
    return lastDataRecvMillis;
  }

  @Override
  public long lastAckRecv() {
    return lastAckRecvMillis;
  }

  @Override
  public int pmtu() {
    return pmtu;
  }

  @Override
  public int rcvSsthresh() {
    return rcvSsthresh;
  }

  @Override
  public long rcvRtt() {
    return rcvRttMicros;
  }

  @Override
  public int rcvSpace() {
    return rcvSpace;
  }

  @Override
  public long rtt() {
    return rttMicros;
  }

  @Override
  public long rttvar() {
    return rttvarMicros;
  }

  @Override
  public int sndSsthresh() {
    return sndSsthresh;
  }

  @Override
  public int sndCwnd() {
    return sndCwnd;
  }

  @Override
  public int advmss() {
    return advmss;
  }

  @Override
  public int reordering() {
    return reordering;
  }

  @Override
  public int totalRetrans() {
    return totalRetrans;
  }
}
