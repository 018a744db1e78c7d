package org.mosstack.socket;

/**
 * How a connection is doing: Linux's {@code struct tcp_info}, as far as its fields mean something
 * here, and in its units. {@link TcpConnection#info} returns one, whose fields the stack has set
 * and doesn't change any more.
 *
 * <p>Where Linux counts segments, this stack counts bytes: those figures are bytes divided by the
 * segment size, rounded down for the congestion window and slow-start threshold, otherwise up.
 */
public class TcpInfo {
  /** {@link #state()} of a connection that is over or hasn't begun: TCP_CLOSE. */
  public static final int STATE_CLOSE = 7;

  /** {@link #caState()}: nothing is wrong. */
  public static final int CA_OPEN = 0;

  /** {@link #caState()}: duplicate ACKs have arrived, not yet enough of them to indicate a loss. */
  public static final int CA_DISORDER = 1;

  /** {@link #caState()}: duplicate ACKs have indicated a loss, which is being repaired. */
  public static final int CA_RECOVERY = 3;

  /** {@link #caState()}: the window is being reduced for congestion that wasn't a loss. */
  public static final int CA_CWR = 2;

  /** {@link #caState()}: the retransmission timer expired; what was in flight is sent again. */
  public static final int CA_LOSS = 4;

  /** Bit of {@link #options()}: both ends send timestamps (RFC 7323). */
  public static final int OPTION_TIMESTAMPS = 1;

  /** Bit of {@link #options()}: both ends accept selective acknowledgments (RFC 2018). */
  public static final int OPTION_SACK = 2;

  /** Bit of {@link #options()}: both ends scale their windows (RFC 7323). */
  public static final int OPTION_WINDOW_SCALE = 4;

  /** Bit of {@link #options()}: both ends use explicit congestion notification (RFC 3168). */
  public static final int OPTION_ECN = 8;

  /** {@link #sndSsthresh()} before the first loss: TCP_INFINITE_SSTHRESH. */
  public static final int INFINITE_SSTHRESH = Integer.MAX_VALUE;

  /** What {@link #state()} returns. */
  protected int state = STATE_CLOSE;

  /** What {@link #caState()} returns. */
  protected int caState;

  /** What {@link #retransmits()} returns. */
  protected int retransmits;

  /** What {@link #probes()} returns. */
  protected int probes;

  /** What {@link #backoff()} returns. */
  protected int backoff;

  /** What {@link #options()} returns. */
  protected int options;

  /** What {@link #sndWscale()} returns. */
  protected int sndWscale;

  /** What {@link #rcvWscale()} returns. */
  protected int rcvWscale;

  /** What {@link #rto()} returns. */
  protected long rtoMicros;

  /** What {@link #ato()} returns. */
  protected long atoMicros;

  /** What {@link #sndMss()} returns. */
  protected int sndMss;

  /** What {@link #rcvMss()} returns. */
  protected int rcvMss;

  /** What {@link #unacked()} returns. */
  protected int unacked;

  /** What {@link #sacked()} returns. */
  protected int sacked;

  /** What {@link #lost()} returns. */
  protected int lost;

  /** What {@link #retrans()} returns. */
  protected int retrans;

  /** What {@link #lastDataSent()} returns. */
  protected long lastDataSentMillis;

  /** What {@link #lastAckSent()} returns. */
  protected long lastAckSentMillis;

  /** What {@link #lastDataRecv()} returns. */
  protected long lastDataRecvMillis;

  /** What {@link #lastAckRecv()} returns. */
  protected long lastAckRecvMillis;

  /** What {@link #pmtu()} returns. */
  protected int pmtu;

  /** What {@link #rcvSsthresh()} returns. */
  protected int rcvSsthresh;

  /** What {@link #rcvRtt()} returns. */
  protected long rcvRttMicros;

  /** What {@link #rcvSpace()} returns. */
  protected int rcvSpace;

  /** What {@link #rtt()} returns. */
  protected long rttMicros;

  /** What {@link #rttvar()} returns. */
  protected long rttvarMicros;

  /** What {@link #sndSsthresh()} returns. */
  protected int sndSsthresh;

  /** What {@link #sndCwnd()} returns. */
  protected int sndCwnd;

  /** What {@link #advmss()} returns. */
  protected int advmss;

  /** What {@link #reordering()} returns. */
  protected int reordering;

  /** What {@link #totalRetrans()} returns. */
  protected int totalRetrans;

  /**
   * Creates an all-zero object in {@link #STATE_CLOSE}, as Linux describes an unconnected socket.
   */
  public TcpInfo() {}

  /** The state in Linux's numbering: 1 for ESTABLISHED, 7 for CLOSE. */
  public int state() {
    return state;
  }

  /** What loss recovery is doing, in Linux's numbering: {@link #CA_OPEN} or one of the others. */
  public int caState() {
    return caState;
  }

  /** Expiries of the retransmission timer since the last progress. */
  public int retransmits() {
    return retransmits;
  }

  /** Probes of a silent peer or a closed window that haven't been answered yet. */
  public int probes() {
    return probes;
  }

  /** How many times the timeout, or the time between probes, has been doubled. */
  public int backoff() {
    return backoff;
  }

  /** What the handshake agreed on: {@link #OPTION_TIMESTAMPS} and the others. */
  public int options() {
    return options;
  }

  /** Scale of the peer's window, 0 to 14. */
  public int sndWscale() {
    return sndWscale;
  }

  /** Scale of our window, 0 to 14. */
  public int rcvWscale() {
    return rcvWscale;
  }

  /** Retransmission timeout in microseconds, back-off included. */
  public long rto() {
    return rtoMicros;
  }

  /** Longest delay of an acknowledgment in microseconds. */
  public long ato() {
    return atoMicros;
  }

  /** Largest payload of a segment to the peer, in bytes. */
  public int sndMss() {
    return sndMss;
  }

  /** Largest payload of a segment received from the peer, in bytes; 0 before the first. */
  public int rcvMss() {
    return rcvMss;
  }

  /** Segments in flight. */
  public int unacked() {
    return unacked;
  }

  /** Segments that the peer has received out of order; without SACK, its duplicate ACKs. */
  public int sacked() {
    return sacked;
  }

  /** Segments considered lost. */
  public int lost() {
    return lost;
  }

  /** Retransmitted segments in flight. */
  public int retrans() {
    return retrans;
  }

  /** Milliseconds since data, or the FIN, was last sent. */
  public long lastDataSent() {
    return lastDataSentMillis;
  }

  /** Milliseconds since an ACK was last sent; any segment counts as one. Linux leaves this 0. */
  public long lastAckSent() {
    return lastAckSentMillis;
  }

  /** Milliseconds since data last arrived; 0 before any has. */
  public long lastDataRecv() {
    return lastDataRecvMillis;
  }

  /** Milliseconds since an ACK last arrived; any segment counts as one. */
  public long lastAckRecv() {
    return lastAckRecvMillis;
  }

  /** Largest IP packet that the path to the peer takes, in bytes, as far as is known. */
  public int pmtu() {
    return pmtu;
  }

  /** The window offered to the peer once everything has been read, in bytes. */
  public int rcvSsthresh() {
    return rcvSsthresh;
  }

  /**
   * Round-trip time in microseconds as the receiver of data sees it, from timestamps; 0 before the
   * first measurement, and where the buffer can't grow.
   */
  public long rcvRtt() {
    return rcvRttMicros;
  }

  /** Most bytes that the application has read in a round trip, starting from ten segments. */
  public int rcvSpace() {
    return rcvSpace;
  }

  /** Smoothed round-trip time in microseconds; 0 before the first measurement. */
  public long rtt() {
    return rttMicros;
  }

  /** Variation of the round-trip time in microseconds. */
  public long rttvar() {
    return rttvarMicros;
  }

  /** Slow-start threshold in segments; {@link #INFINITE_SSTHRESH} before the first loss. */
  public int sndSsthresh() {
    return sndSsthresh;
  }

  /** Congestion window in segments. */
  public int sndCwnd() {
    return sndCwnd;
  }

  /** The MSS advertised to the peer, in bytes, less what timestamps take of it. */
  public int advmss() {
    return advmss;
  }

  /** Number of duplicate ACKs that indicate a loss. */
  public int reordering() {
    return reordering;
  }

  /** Retransmissions over the connection's lifetime. */
  public int totalRetrans() {
    return totalRetrans;
  }
}
