package org.mosstack.socket;

/**
 * How a connection is doing: Linux's {@code struct tcp_info}, as far as its fields mean something
 * here, and in its units. {@link TcpConnection#info} returns one, which doesn't change any more.
 *
 * <p>Where Linux counts segments, this stack counts bytes: those figures are bytes divided by the
 * segment size, rounded down for the congestion window and slow-start threshold, otherwise up.
 */
public interface TcpInfo {
  /** {@link #state()} of a connection that is over or hasn't begun: TCP_CLOSE. */
  int STATE_CLOSE = 7;

  /** {@link #caState()}: nothing is wrong. */
  int CA_OPEN = 0;

  /** {@link #caState()}: duplicate ACKs have arrived, not yet enough of them to indicate a loss. */
  int CA_DISORDER = 1;

  /** {@link #caState()}: duplicate ACKs have indicated a loss, which is being repaired. */
  int CA_RECOVERY = 3;

  /** {@link #caState()}: the window is being reduced for congestion that wasn't a loss. */
  int CA_CWR = 2;

  /** {@link #caState()}: the retransmission timer expired; what was in flight is sent again. */
  int CA_LOSS = 4;

  /** Bit of {@link #options()}: both ends send timestamps (RFC 7323). */
  int OPTION_TIMESTAMPS = 1;

  /** Bit of {@link #options()}: both ends accept selective acknowledgments (RFC 2018). */
  int OPTION_SACK = 2;

  /** Bit of {@link #options()}: both ends scale their windows (RFC 7323). */
  int OPTION_WINDOW_SCALE = 4;

  /** Bit of {@link #options()}: both ends use explicit congestion notification (RFC 3168). */
  int OPTION_ECN = 8;

  /** {@link #sndSsthresh()} before the first loss: TCP_INFINITE_SSTHRESH. */
  int INFINITE_SSTHRESH = Integer.MAX_VALUE;

  /** An unconnected socket's, as Linux describes one: all zero, in {@link #STATE_CLOSE}. */
  TcpInfo UNCONNECTED = new TcpInfo() {};

  /** The state in Linux's numbering: 1 for ESTABLISHED, 7 for CLOSE. */
  default int state() {
    return STATE_CLOSE;
  }

  /** What loss recovery is doing, in Linux's numbering: {@link #CA_OPEN} or one of the others. */
  default int caState() {
    return 0;
  }

  /** Expiries of the retransmission timer since the last progress. */
  default int retransmits() {
    return 0;
  }

  /** Probes of a silent peer or a closed window that haven't been answered yet. */
  default int probes() {
    return 0;
  }

  /** How many times the timeout, or the time between probes, has been doubled. */
  default int backoff() {
    return 0;
  }

  /** What the handshake agreed on: {@link #OPTION_TIMESTAMPS} and the others. */
  default int options() {
    return 0;
  }

  /** Scale of the peer's window, 0 to 14. */
  default int sndWscale() {
    return 0;
  }

  /** Scale of our window, 0 to 14. */
  default int rcvWscale() {
    return 0;
  }

  /** Retransmission timeout in microseconds, back-off included. */
  default long rto() {
    return 0;
  }

  /** Longest delay of an acknowledgment in microseconds. */
  default long ato() {
    return 0;
  }

  /** Largest payload of a segment to the peer, in bytes. */
  default int sndMss() {
    return 0;
  }

  /** Largest payload of a segment received from the peer, in bytes; 0 before the first. */
  default int rcvMss() {
    return 0;
  }

  /** Segments in flight. */
  default int unacked() {
    return 0;
  }

  /** Segments that the peer has received out of order; without SACK, its duplicate ACKs. */
  default int sacked() {
    return 0;
  }

  /** Segments considered lost. */
  default int lost() {
    return 0;
  }

  /** Retransmitted segments in flight. */
  default int retrans() {
    return 0;
  }

  /** Milliseconds since data, or the FIN, was last sent. */
  default long lastDataSent() {
    return 0;
  }

  /** Milliseconds since an ACK was last sent; any segment counts as one. Linux leaves this 0. */
  default long lastAckSent() {
    return 0;
  }

  /** Milliseconds since data last arrived; 0 before any has. */
  default long lastDataRecv() {
    return 0;
  }

  /** Milliseconds since an ACK last arrived; any segment counts as one. */
  default long lastAckRecv() {
    return 0;
  }

  /** Largest IP packet that the path to the peer takes, in bytes, as far as is known. */
  default int pmtu() {
    return 0;
  }

  /** The window offered to the peer once everything has been read, in bytes. */
  default int rcvSsthresh() {
    return 0;
  }

  /**
   * Round-trip time in microseconds as the receiver of data sees it, from timestamps; 0 before the
   * first measurement, and where the buffer can't grow.
   */
  default long rcvRtt() {
    return 0;
  }

  /** Most bytes that the application has read in a round trip, starting from ten segments. */
  default int rcvSpace() {
    return 0;
  }

  /** Smoothed round-trip time in microseconds; 0 before the first measurement. */
  default long rtt() {
    return 0;
  }

  /** Variation of the round-trip time in microseconds. */
  default long rttvar() {
    return 0;
  }

  /** Slow-start threshold in segments; {@link #INFINITE_SSTHRESH} before the first loss. */
  default int sndSsthresh() {
    return 0;
  }

  /** Congestion window in segments. */
  default int sndCwnd() {
    return 0;
  }

  /** The MSS advertised to the peer, in bytes, less what timestamps take of it. */
  default int advmss() {
    return 0;
  }

  /** Number of duplicate ACKs that indicate a loss. */
  default int reordering() {
    return 0;
  }

  /** Retransmissions over the connection's lifetime. */
  default int totalRetrans() {
    return 0;
  }
}
