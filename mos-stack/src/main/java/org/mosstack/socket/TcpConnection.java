package org.mosstack.socket;

/**
 * A TCP connection, as the application uses it.
 *
 * <p>Unless stated otherwise, methods must be called on the thread of the connection's core.
 * Objects are pooled: once {@link TcpHandler#closed} has returned, the object must not be touched
 * any more, unless {@link #keepUnread} was called.
 */
public interface TcpConnection {
  /** Sets the handler of this connection's events; it is told of earlier ones in the next turn. */
  void handler(TcpHandler handler);

  /** The handler of this connection's events. */
  TcpHandler handler();

  /** Index of the core that owns the connection. */
  int core();

  /** The state; {@link TcpState#CLOSED} after an error too. */
  TcpState state();

  /** Our end. Makes a new object each time. */
  Endpoint local();

  /** The peer's end. Makes a new object each time. */
  Endpoint remote();

  /**
   * Queues bytes to be sent, by reference: they must not change until {@link TcpHandler#released}
   * gives {@code buffer} back.
   *
   * @param address memory address of the first byte
   * @param length bytes, at least 0
   * @param buffer what is passed to {@code released}; not null
   * @return bytes accepted, 0 to {@code length}: bounded by {@link #sendBuffer()} and {@link
   *     #notSentLowat()}. If fewer than {@code length}, {@link TcpHandler#writable} follows. 0
   *     after {@link #shutdownOutput}, and before the handshake is complete, unless {@link
   *     SocketOptions#fastOpenConnect()} lets the SYN carry data written in the turn of the
   *     connect.
   */
  int write(long address, int length, Object buffer);

  /**
   * Like {@link #write}, for bytes that directly follow those written last, in the same buffer:
   * they become part of that write, so that {@code released} is called once for both. Many small
   * writes, copied one after another, then cost as little as a large one.
   *
   * @return bytes accepted; -1 if {@link #write} must be used: the last write isn't of this buffer,
   *     doesn't end there or is acknowledged, or nothing can be written now
   */
  int append(long address, int length, Object buffer);

  /**
   * Has {@link TcpHandler#writable} told when there is room again, as after a write that wasn't
   * accepted whole. For an application that sees by {@link #writeSpace} that there is none.
   */
  void wantSpace();

  /**
   * Whether there is room again after a write that wasn't accepted whole, for an application that
   * goes on with its turn instead of waiting for {@link TcpHandler#writable}. So that there can be,
   * a call now and then processes what has arrived meanwhile, without calling a handler.
   *
   * @return true if writing is worthwhile; {@code writable} may be told all the same
   */
  boolean takesMore();

  /** Bytes that {@link #write} would accept now. */
  int writeSpace();

  /** Bytes written but not acknowledged yet. */
  int unacknowledgedBytes();

  /**
   * Copies received bytes to memory.
   *
   * @param address memory of at least {@code length} bytes
   * @return bytes copied; 0 if none are available now; -1 at the end of the stream
   */
  int read(long address, int length);

  /** Like {@link #read(long, int)}, into an array. */
  int read(byte[] target, int offset, int length);

  /** Bytes that can be read now. */
  int available();

  /** Whether the input is {@linkplain #isInputComplete() complete} and everything was read. */
  boolean endOfStream();

  /** Whether nothing more will be received: the peer closed its side, or input was shut down. */
  boolean isInputComplete();

  /**
   * Within {@link TcpHandler#closed}: keeps received but unread data until {@link #close()} gives
   * it up. The data is bounded by {@link #receiveBuffer()}, and its packet buffers count as in use
   * until then.
   */
  void keepUnread();

  /** Sends a FIN after the queued data. Data can still be received. */
  void shutdownOutput();

  /** Discards data received so far and from now on; reads return -1. The peer isn't told. */
  void shutdownInput();

  /** Whether {@link #shutdownOutput} or {@link #close} was called, or the connection is over. */
  boolean isOutputShutdown();

  /** Whether {@link #shutdownInput} was called. */
  boolean isInputShutdown();

  /**
   * Closes the connection: queued data is still sent, then a FIN. If received data is unread, the
   * connection is reset instead, so that the peer knows that the data was lost (RFC 9293 section
   * 3.6.1, RFC 2525 section 2.17). Nothing can be written or read any more; {@link
   * TcpHandler#closed} follows.
   */
  void close();

  /**
   * Resets the connection. Queued data is sent first as far as the windows allow; the rest is lost.
   * {@link TcpHandler#closed} follows.
   */
  void abort();

  /** Whether Nagle's algorithm is off (TCP_NODELAY). */
  boolean noDelay();

  /**
   * Turns Nagle's algorithm off or on (RFC 9293 section 3.7.4); on by default. Turning it off sends
   * queued data, even on a corked connection; data written later is subject to the cork.
   */
  void noDelay(boolean noDelay);

  /** Whether partial segments are held back (TCP_CORK). */
  boolean isCorked();

  /**
   * Holds partial segments back, for at most 200 ms, or lets them go (TCP_CORK); takes precedence
   * over {@link #noDelay}. A FIN is never held back, nor is the data before it.
   */
  void cork(boolean corked);

  /** Unsent bytes below which writes are accepted; 0 for no such bound. */
  long notSentLowat();

  /**
   * Bounds the queued data that was never sent (TCP_NOTSENT_LOWAT), in addition to {@link
   * #sendBuffer(int)}, which also counts data in flight. While less is unsent, a write is accepted
   * up to the bound, or up to one segment if that is more; {@link TcpHandler#writable} follows once
   * half of it is free, as on Linux.
   *
   * @param bytes 0 for no bound
   */
  void notSentLowat(long bytes);

  /**
   * The largest payload of a segment sent now (getsockopt of TCP_MAXSEG): the least of the peer's
   * MSS, the path's and {@link SocketOptions#maxSegment()}, less the timestamps option. Before the
   * handshake, what the path and the options allow.
   */
  int segmentSize();

  /** The congestion control. */
  CongestionAlgorithm congestionControl();

  /** Sets the congestion control (TCP_CONGESTION). The congestion window stays as it is. */
  void congestionControl(CongestionAlgorithm algorithm);

  /** Whether every segment is acknowledged in the turn in which it arrives. */
  boolean quickAck();

  /** Turns delayed acknowledgments off or on (RFC 9293 section 3.8.6.3); on by default. */
  void quickAck(boolean quickAck);

  /** Whether keepalive probes are sent (SO_KEEPALIVE). */
  boolean keepAlive();

  /** Turns keepalive probes on or off (RFC 9293 section 3.8.4); off by default. */
  void keepAlive(boolean keepAlive);

  /** Seconds of silence before the first probe. */
  int keepIdleSeconds();

  /** Seconds between probes. */
  int keepIntervalSeconds();

  /** Unanswered probes that end the connection. */
  int keepProbes();

  /**
   * Sets when probes are sent.
   *
   * @param idleSeconds silence before the first probe, at least 1
   * @param intervalSeconds time between probes, at least 1
   * @param probes unanswered probes that end the connection, at least 1
   */
  void keepAliveTimes(int idleSeconds, int intervalSeconds, int probes);

  /**
   * Sets how long data may stay unacknowledged before the connection is ended (RFC 5482).
   *
   * @param millis milliseconds; 0 for the default, a number of retransmissions
   */
  void userTimeoutMillis(int millis);

  /** Milliseconds that data may stay unacknowledged; 0 if retransmissions are counted instead. */
  int userTimeoutMillis();

  /** Bytes that may wait to be read; grows up to {@code rmem_size} unless it was set. */
  int receiveBuffer();

  /**
   * Sets how many bytes may wait to be read, at least one full segment; the buffer doesn't grow by
   * itself any more, as with SO_RCVBUF on Linux. An advertised window isn't taken back, and can't
   * get larger than the handshake's window scale allows: a size set beforehand by {@link
   * SocketOptions#receiveBuffer()} takes full effect.
   */
  void receiveBuffer(int bytes);

  /** Bytes that may wait to be acknowledged; grows up to {@code wmem_size} unless it was set. */
  int sendBuffer();

  /**
   * Sets how many bytes may wait to be acknowledged, at least one full segment; the buffer doesn't
   * grow by itself any more, as with SO_SNDBUF on Linux.
   */
  void sendBuffer(int bytes);

  /** The type-of-service octet of packets sent, 0 to 255. */
  int tos();

  /** Sets the type-of-service octet; its two low-order bits are set as ECN requires. */
  void tos(int tos);

  /** The TTL of packets sent, 1 to 255. */
  int ttl();

  /** Sets the TTL. */
  void ttl(int ttl);

  /** Smoothed round-trip time in nanoseconds; 0 before the first measurement. */
  long smoothedRttNanos();

  /**
   * The last ICMP error about the path to the peer since there was progress (RFC 9293 section
   * 3.9.2.2, SHLD-25): {@link TcpError#HOST_UNREACHABLE}, {@link TcpError#NET_UNREACHABLE}, or
   * {@link TcpError#NONE}. It becomes the connection's error if retransmissions are given up.
   */
  TcpError softError();

  /** Congestion window in bytes. */
  int congestionWindow();

  /**
   * Returns which of the connections that successively share this object it currently represents;
   * for {@link #info}. On the core's thread, or after {@link TcpHandler#connected} or the accept.
   */
  int incarnation();

  /**
   * Returns the connection's state and statistics. Any thread, without blocking: each figure is
   * recent, but not necessarily from the same instant; on the core's thread, all are.
   *
   * @param nowNanos the time on the core's clock
   * @param incarnation what {@link #incarnation()} was when the connection was new
   * @return the figures, or null if the connection is over and its object represents another
   */
  TcpInfo info(long nowNanos, int incarnation);
}
