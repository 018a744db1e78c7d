package org.mosstack.netty;

import io.netty.channel.ChannelException;
import java.nio.channels.ClosedChannelException;
import org.mosstack.socket.TcpInfo;

/**
 * The state of a connection: the counterpart of {@code EpollTcpInfo} in Netty's epoll transport,
 * with its methods and Linux's units. {@link MosSocketChannel#tcpInfo(MosTcpInfo)} fills it in; an
 * object can be reused, by one thread at a time.
 *
 * <p>{@code fackets} is left out as meaningless (Linux has given up forward acknowledgments, and
 * always reports 0).
 */
public final class MosTcpInfo {
  private TcpInfo info = TcpInfo.UNCONNECTED;

  /** All zero, in state 7 (CLOSE). */
  public MosTcpInfo() {}

  /**
   * Fills in the figures of a channel's view.
   *
   * @param view null without a connection
   * @param open whether the channel is open
   */
  MosTcpInfo fill(ConnectionView view, boolean open) {
    TcpInfo read = view == null ? TcpInfo.UNCONNECTED : view.read();
    if (!open || read == null) {
      throw new ChannelException(new ClosedChannelException());
    }
    info = read;
    return this;
  }

  /**
   * The state, as Linux numbers it: 1 ESTABLISHED, 2 SYN_SENT, 3 SYN_RECV, 4 FIN_WAIT1, 5
   * FIN_WAIT2, 6 TIME_WAIT, 7 CLOSE, 8 CLOSE_WAIT, 9 LAST_ACK, 11 CLOSING.
   */
  public int state() {
    return info.state();
  }

  /** What loss recovery is doing: 0 nothing, 1 disorder, 2 CWR, 3 recovery, 4 loss. */
  public int caState() {
    return info.caState();
  }

  /** Expiries of the retransmission timer since the last progress. */
  public int retransmits() {
    return info.retransmits();
  }

  /** Unanswered keepalive or window probes. */
  public int probes() {
    return info.probes();
  }

  /** How many times the timeout, or the time between probes, was doubled. */
  public int backoff() {
    return info.backoff();
  }

  /** Flags of what the handshake negotiated: 1 timestamps, 2 SACK, 4 window scaling, 8 ECN. */
  public int options() {
    return info.options();
  }

  /** Scale of the peer's window, 0 to 14. */
  public int sndWscale() {
    return info.sndWscale();
  }

  /** Scale of our window, 0 to 14. */
  public int rcvWscale() {
    return info.rcvWscale();
  }

  /** Retransmission timeout in microseconds, back-off included. */
  public long rto() {
    return info.rto();
  }

  /** Longest delay of an acknowledgment in microseconds; 0 with TCP_QUICKACK. */
  public long ato() {
    return info.ato();
  }

  /** Largest payload of a segment to the peer, in bytes. */
  public long sndMss() {
    return info.sndMss();
  }

  /** Largest payload of a segment received from the peer, in bytes; 0 before the first. */
  public long rcvMss() {
    return info.rcvMss();
  }

  /** Segments in flight: bytes in flight divided by {@link #sndMss()}, rounded up. */
  public long unacked() {
    return info.unacked();
  }

  /** Segments that the peer has received out of order; without SACK, its duplicate ACKs. */
  public long sacked() {
    return info.sacked();
  }

  /** Segments presumed lost. */
  public long lost() {
    return info.lost();
  }

  /** Segments in flight that were retransmitted. */
  public long retrans() {
    return info.retrans();
  }

  /**
   * Milliseconds since data, or the FIN, was last sent; before that, since the connection began.
   */
  public long lastDataSent() {
    return info.lastDataSent();
  }

  /** Milliseconds since an ACK was last sent; every segment is one. Linux leaves it 0. */
  public long lastAckSent() {
    return info.lastAckSent();
  }

  /** Milliseconds since data last arrived; 0 before. */
  public long lastDataRecv() {
    return info.lastDataRecv();
  }

  /** Milliseconds since an ACK last arrived; every segment is one. */
  public long lastAckRecv() {
    return info.lastAckRecv();
  }

  /** Largest IP packet to the peer in bytes, as far as known. */
  public long pmtu() {
    return info.pmtu();
  }

  /** The window offered to the peer when everything is read, in bytes. */
  public long rcvSsthresh() {
    return info.rcvSsthresh();
  }

  /**
   * Round-trip time in microseconds as the receiver of data sees it, by timestamps; 0 before the
   * first measurement, and where the receive buffer can't grow.
   */
  public long rcvRtt() {
    return info.rcvRtt();
  }

  /** The most bytes that the application has read in a round trip, from ten segments on. */
  public long rcvSpace() {
    return info.rcvSpace();
  }

  /** Smoothed round-trip time in microseconds; 0 before the first measurement. */
  public long rtt() {
    return info.rtt();
  }

  /** Variation of the round-trip time in microseconds. */
  public long rttvar() {
    return info.rttvar();
  }

  /** Slow-start threshold in segments; 2147483647 before the first loss. */
  public long sndSsthresh() {
    return info.sndSsthresh();
  }

  /** Congestion window in segments. */
  public long sndCwnd() {
    return info.sndCwnd();
  }

  /** The MSS announced to the peer, in bytes, less what timestamps take. */
  public long advmss() {
    return info.advmss();
  }

  /** Duplicate ACKs that indicate a loss. */
  public long reordering() {
    return info.reordering();
  }

  /** Segments retransmitted over the connection's lifetime. */
  public long totalRetrans() {
    return info.totalRetrans();
  }
}
