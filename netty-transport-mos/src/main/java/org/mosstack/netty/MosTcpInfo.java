package org.mosstack.netty;

import io.netty.channel.ChannelException;
import java.nio.channels.ClosedChannelException;
import org.mosstack.tcp.TcpInfo;

/**
 * How a connection is doing: what {@code EpollTcpInfo} is to Netty's epoll transport, with its
 * methods and Linux's units. {@link MosSocketChannel#tcpInfo(MosTcpInfo)} fills it in; one object
 * can be used again and again, by one thread at a time.
 *
 * <p>Left out, as it means nothing here: {@code fackets} (Linux has given up forward
 * acknowledgments, and always says 0).
 */
public final class MosTcpInfo {
  private TcpInfo info = new TcpInfo();

  /** All zero, in state 7 (CLOSE). */
  public MosTcpInfo() {}

  /**
   * Fills in what a channel's view shows.
   *
   * @param view null without a connection
   * @param open whether the channel is
   */
  MosTcpInfo fill(ConnectionView view, boolean open) {
    if (!open || view != null && !view.read(info)) {
      throw new ChannelException(new ClosedChannelException());
    }
    if (view == null) {
      info = new TcpInfo();
    }
    return this;
  }

  /**
   * The state, by Linux's numbers: 1 ESTABLISHED, 2 SYN_SENT, 3 SYN_RECV, 4 FIN_WAIT1, 5 FIN_WAIT2,
   * 6 TIME_WAIT, 7 CLOSE, 8 CLOSE_WAIT, 9 LAST_ACK, 11 CLOSING.
   */
  public int state() {
    return info.state();
  }

  /** What loss recovery is doing: 0 nothing, 1 disorder, 3 recovery, 4 loss. */
  public int caState() {
    return info.caState();
  }

  /** Expiries of the retransmission timer since the last progress. */
  public int retransmits() {
    return info.retransmits();
  }

  /** Probes of a silent peer, or of a closed window, that weren't answered yet. */
  public int probes() {
    return info.probes();
  }

  /** How often the timeout, or the time between probes, was doubled. */
  public int backoff() {
    return info.backoff();
  }

  /** What the handshake agreed on: 1 timestamps, 2 SACK, 4 window scaling, 8 ECN. */
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

  /** Largest payload of a segment that came from the peer, in bytes; 0 before the first. */
  public long rcvMss() {
    return info.rcvMss();
  }

  /** Segments in flight: bytes in flight by {@link #sndMss()}, rounded up. */
  public long unacked() {
    return info.unacked();
  }

  /** Segments that the peer has got out of order: without SACK, its duplicate ACKs. */
  public long sacked() {
    return info.sacked();
  }

  /** Segments taken for lost. */
  public long lost() {
    return info.lost();
  }

  /** Segments in flight that were sent again. */
  public long retrans() {
    return info.retrans();
  }

  /** Milliseconds since data, or the FIN, was last sent; at first since the connection began. */
  public long lastDataSent() {
    return info.lastDataSent();
  }

  /** Milliseconds since an ACK was last sent, which any segment is. Linux leaves it 0. */
  public long lastAckSent() {
    return info.lastAckSent();
  }

  /** Milliseconds since data last came; 0 before. */
  public long lastDataRecv() {
    return info.lastDataRecv();
  }

  /** Milliseconds since an ACK last came, which any segment is. */
  public long lastAckRecv() {
    return info.lastAckRecv();
  }

  /** Largest IP packet to the peer in bytes, as far as is known. */
  public long pmtu() {
    return info.pmtu();
  }

  /** The window that the peer is offered when all is read, in bytes. */
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

  /** The MSS that the peer was told, in bytes, less what timestamps take of it. */
  public long advmss() {
    return info.advmss();
  }

  /** Duplicate ACKs that stand for a loss. */
  public long reordering() {
    return info.reordering();
  }

  /** Segments sent again in the connection's life. */
  public long totalRetrans() {
    return info.totalRetrans();
  }
}
