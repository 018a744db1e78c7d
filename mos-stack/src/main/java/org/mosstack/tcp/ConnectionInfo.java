package org.mosstack.tcp;

import org.mosstack.socket.TcpInfo;
import org.mosstack.socket.TcpState;
import org.mosstack.tcp.congestion.CongestionControl;
import org.mosstack.tcp.scoreboard.Rack;
import org.mosstack.tcp.scoreboard.Scoreboard;
import org.mosstack.tcp.segment.TcpOptions;

/** What a {@link Tcb} is like at one time. */
final class ConnectionInfo extends TcpInfo {
  /** Reads all fields, while the core's thread may be changing the connection. */
  ConnectionInfo(Tcb c, long now) {
    int una = c.sndUna;
    int max = c.sndMax;
    int mss = Math.max(1, c.sndMss);
    state = linuxState(c.state());
    retransmits = c.retransmits;
    Scoreboard flight = c.flight;
    LossRecovery.Phase phase = c.recovery.phase();
    int sackedBytes = flight == null ? 0 : flight.sackedBytes();
    int lostBytes = flight == null ? 0 : flight.lostBytes();
    int resent = flight == null ? 0 : flight.resentUnderWay();
    if (c.flight != flight) { // it ended meanwhile, and may be another connection's
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
}
