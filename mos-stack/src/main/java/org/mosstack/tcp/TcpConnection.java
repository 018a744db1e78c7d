package org.mosstack.tcp;

import java.util.concurrent.TimeUnit;

/**
 * A TCP connection, as the application uses it.
 *
 * <p>Unless stated otherwise, methods must be called on the thread of the connection's core.
 * Objects are pooled: once {@link TcpHandler#closed} has returned, the object must not be touched
 * any more, unless {@link #keepUnread} was called.
 */
public final class TcpConnection extends Tcb {
  TcpConnection(TcpCore core) {
    super(core);
  }

  void releaseBuffer(Object buffer) {
    TcpHandler h = handler;
    if (h != null) {
      core.pending().released(h, this, buffer);
    }
  }

  // ---- The application's side ----

  /** Sets the handler of this connection's events; it is told of earlier ones in the next turn. */
  public void handler(TcpHandler handler) {
    this.handler = handler;
    if (handler != null && events != 0) {
      core.pending().raise(this, events);
    }
  }

  /** The handler of this connection's events. */
  public TcpHandler handler() {
    return handler;
  }

  /** Index of the core that owns the connection. */
  public int core() {
    return core.index();
  }

  /** The state; {@link TcpState#CLOSED} after an error too. */
  public TcpState state() {
    return state;
  }

  /** Local IPv4 address. */
  public int localAddress() {
    return localAddress;
  }

  /** Local port. */
  public int localPort() {
    return localPort;
  }

  /** Remote IPv4 address. */
  public int remoteAddress() {
    return remoteAddress;
  }

  /** Remote port. */
  public int remotePort() {
    return remotePort;
  }

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
  public int write(long address, int length, Object buffer) {
    if (!takesData()) {
      return 0;
    }
    int accepted = Math.min(length, writeSpace());
    writeBlocked |= accepted < length;
    if (accepted <= 0) {
      return 0;
    }
    if (sendQueue == null) {
      sendQueue = core.spares().takeSendQueue();
    }
    sendQueue.add(address, accepted, buffer);
    core.memory().queued(accepted);
    core.pending().scheduleOutput(this);
    return accepted;
  }

  /** Whether the state allows data to be queued and no FIN is queued yet. */
  private boolean takesData() {
    boolean inSyn = state == TcpState.SYN_SENT && fastOpen == FastOpenStep.WAITS_FOR_DATA;
    return !finQueued && (state == TcpState.ESTABLISHED || state == TcpState.CLOSE_WAIT || inSyn);
  }

  /**
   * Like {@link #write}, for bytes that directly follow those written last, in the same buffer:
   * they become part of that write, so that {@code released} is called once for both. Many small
   * writes, copied one after another, then cost as little as a large one.
   *
   * @return bytes accepted; -1 if {@link #write} must be used: the last write isn't of this buffer,
   *     doesn't end there or is acknowledged, or nothing can be written now
   */
  public int append(long address, int length, Object buffer) {
    int accepted = sendQueue == null || !takesData() ? -1 : Math.min(length, writeSpace());
    if (accepted <= 0) {
      return -1; // write() says why
    }
    if (!sendQueue.extend(address, accepted, buffer)) {
      return -1;
    }
    writeBlocked |= accepted < length;
    core.memory().queued(accepted);
    core.pending().scheduleOutput(this);
    return accepted;
  }

  /** Bytes that {@link #write} would accept now. */
  public int writeSpace() {
    if (state == TcpState.SYN_SENT) {
      return fastOpen == FastOpenStep.WAITS_FOR_DATA ? fastOpenRoom - queuedBytes() : 0;
    }
    int space = Math.max(0, sendBuffer - queuedBytes());
    return notSentLowat == 0 ? space : (int) Math.min(space, notSentSpace());
  }

  /** If any, at least a segment: a small bound would otherwise make for tiny writes. */
  private long notSentSpace() {
    long space = notSentLowat - unsentBytes();
    return space <= 0 ? 0 : Math.max(space, sndMss);
  }

  /** Whether enough is free again to notify the application, by Linux's rule for either bound. */
  boolean isWritableAgain() {
    return sendBuffer - queuedBytes() >= sendBuffer / 2
        && (notSentLowat == 0 || unsentBytes() * 2L < notSentLowat);
  }

  /** Bytes written but not acknowledged yet. */
  public int unacknowledgedBytes() {
    return queuedBytes();
  }

  /**
   * Copies received bytes to memory.
   *
   * @param address memory of at least {@code length} bytes
   * @return bytes copied; 0 if none are available now; -1 at the end of the stream
   */
  public int read(long address, int length) {
    int n = receiveQueue.read(address, length, core);
    return n > 0 ? afterRead(n) : endOfStream() && length > 0 ? -1 : 0;
  }

  /** Like {@link #read(long, int)}, into an array. */
  public int read(byte[] target, int offset, int length) {
    int n = receiveQueue.read(target, offset, length, core);
    return n > 0 ? afterRead(n) : endOfStream() && length > 0 ? -1 : 0;
  }

  private int afterRead(int bytes) {
    core.tuning().read(this, bytes);
    core.afterRead(this);
    return bytes;
  }

  /** Bytes that can be read now. */
  public int available() {
    return receiveQueue.bytes();
  }

  /** Whether the input is {@linkplain #isInputComplete() complete} and everything was read. */
  public boolean endOfStream() {
    return isInputComplete() && receiveQueue.isEmpty();
  }

  /** Whether nothing more will be received: the peer closed its side, or input was shut down. */
  public boolean isInputComplete() {
    return finReceived || inputShutdown;
  }

  /**
   * Within {@link TcpHandler#closed}: keeps received but unread data until {@link #close()} gives
   * it up. The data is bounded by {@link #receiveBuffer()}, and its packet buffers count as in use
   * until then.
   */
  public void keepUnread() {
    keepsUnread = true;
  }

  /** Sends a FIN after the queued data. Data can still be received. */
  public void shutdownOutput() {
    core.shutdownOutput(this);
  }

  /** Discards data received so far and from now on; reads return -1. The peer isn't told. */
  public void shutdownInput() {
    inputShutdown = true;
    receiveQueue.clear(core);
    core.afterRead(this);
  }

  /** Whether {@link #shutdownOutput} or {@link #close} was called, or the connection is over. */
  public boolean isOutputShutdown() {
    return finQueued || state == TcpState.CLOSED;
  }

  /** Whether {@link #shutdownInput} was called. */
  public boolean isInputShutdown() {
    return inputShutdown;
  }

  /**
   * Closes the connection: queued data is still sent, then a FIN. If received data is unread, the
   * connection is reset instead, so that the peer knows that the data was lost (RFC 9293 section
   * 3.6.1, RFC 2525 section 2.17). Nothing can be written or read any more; {@link
   * TcpHandler#closed} follows.
   */
  public void close() {
    core.close(this);
  }

  /**
   * Resets the connection. Queued data is sent first as far as the windows allow; the rest is lost.
   * {@link TcpHandler#closed} follows.
   */
  public void abort() {
    appClosed = true; // from now on only closed() is called
    core.abort(this, TcpError.ABORTED);
  }

  /** Whether Nagle's algorithm is off (TCP_NODELAY). */
  public boolean noDelay() {
    return noDelay;
  }

  /**
   * Turns Nagle's algorithm off or on (RFC 9293 section 3.7.4); on by default. Turning it off sends
   * queued data, even on a corked connection; data written later is subject to the cork.
   */
  public void noDelay(boolean noDelay) {
    boolean turnedOff = noDelay && !this.noDelay;
    this.noDelay = noDelay;
    if (turnedOff) {
      push();
    }
  }

  /** Sends all queued data, as far as the windows allow, even on a corked connection. */
  void push() {
    pushing = corked;
    pushEnd = sndEnd();
    core.pending().scheduleOutput(this);
  }

  /** Whether partial segments are held back (TCP_CORK). */
  public boolean isCorked() {
    return corked;
  }

  /**
   * Holds partial segments back, for at most 200 ms, or lets them go (TCP_CORK); takes precedence
   * over {@link #noDelay}. A FIN is never held back, nor is the data before it.
   */
  public void cork(boolean corked) {
    boolean uncorked = this.corked && !corked;
    this.corked = corked;
    if (uncorked) {
      pushing = false;
      core.pending().scheduleOutput(this);
    }
  }

  /** Unsent bytes below which writes are accepted; 0 for no such bound. */
  public long notSentLowat() {
    return notSentLowat;
  }

  /**
   * Bounds the queued data that was never sent (TCP_NOTSENT_LOWAT), in addition to {@link
   * #sendBuffer(int)}, which also counts data in flight. While less is unsent, a write is accepted
   * up to the bound, or up to one segment if that is more; {@link TcpHandler#writable} follows once
   * half of it is free, as on Linux.
   *
   * @param bytes 0 for no bound
   */
  public void notSentLowat(long bytes) {
    notSentLowat = Math.max(0, bytes);
    core.pending().writableAgain(this);
  }

  /**
   * The largest payload of a segment sent now (getsockopt of TCP_MAXSEG): the least of the peer's
   * MSS, the path's and {@link SocketOptions#maxSegment()}, less the timestamps option. Before the
   * handshake, what the path and the options allow.
   */
  public int segmentSize() {
    return sndMss;
  }

  /** The congestion control. */
  public CongestionAlgorithm congestionControl() {
    return congestionAlgorithm;
  }

  /** Sets the congestion control (TCP_CONGESTION). The congestion window stays as it is. */
  public void congestionControl(CongestionAlgorithm algorithm) {
    if (algorithm != congestionAlgorithm) {
      CongestionControl old = congestion;
      congestionAlgorithm = algorithm;
      congestion = algorithm.create();
      congestion.takeOver(sndMss, rtt.srttNanos(), old.cwnd(), old.ssthresh());
      choosePacing();
    }
  }

  /** Whether every segment is acknowledged in the turn in which it arrives. */
  public boolean quickAck() {
    return quickAck;
  }

  /** Turns delayed acknowledgments off or on (RFC 9293 section 3.8.6.3); on by default. */
  public void quickAck(boolean quickAck) {
    this.quickAck = quickAck;
  }

  /** Whether keepalive probes are sent (SO_KEEPALIVE). */
  public boolean keepAlive() {
    return keepAlive;
  }

  /** Turns keepalive probes on or off (RFC 9293 section 3.8.4); off by default. */
  public void keepAlive(boolean keepAlive) {
    if (this.keepAlive != keepAlive) {
      this.keepAlive = keepAlive;
      core.armKeepalive(this);
    }
  }

  /** Seconds of silence before the first probe. */
  public int keepIdleSeconds() {
    return (int) TimeUnit.NANOSECONDS.toSeconds(keepAliveIdleNanos);
  }

  /** Seconds between probes. */
  public int keepIntervalSeconds() {
    return (int) TimeUnit.NANOSECONDS.toSeconds(keepAliveIntervalNanos);
  }

  /** Unanswered probes that end the connection. */
  public int keepProbes() {
    return keepAliveProbes;
  }

  /**
   * Sets when probes are sent.
   *
   * @param idleSeconds silence before the first probe, at least 1
   * @param intervalSeconds time between probes, at least 1
   * @param probes unanswered probes that end the connection, at least 1
   */
  public void keepAliveTimes(int idleSeconds, int intervalSeconds, int probes) {
    long idle = TimeUnit.SECONDS.toNanos(Math.max(1, idleSeconds));
    long interval = TimeUnit.SECONDS.toNanos(Math.max(1, intervalSeconds));
    keepAliveProbes = Math.max(1, probes);
    if (idle != keepAliveIdleNanos || interval != keepAliveIntervalNanos) {
      keepAliveIdleNanos = idle;
      keepAliveIntervalNanos = interval;
      core.armKeepalive(this);
    }
  }

  /**
   * Sets how long data may stay unacknowledged before the connection is ended (RFC 5482).
   *
   * @param millis milliseconds; 0 for the default, a number of retransmissions
   */
  public void userTimeoutMillis(int millis) {
    userTimeoutNanos = TimeUnit.MILLISECONDS.toNanos(Math.max(0, millis));
    core.armUserTimeout(this);
  }

  /** Milliseconds that data may stay unacknowledged; 0 if retransmissions are counted instead. */
  public int userTimeoutMillis() {
    return (int) TimeUnit.NANOSECONDS.toMillis(userTimeoutNanos);
  }

  /** Bytes that may wait to be read; grows up to {@code rmem_size} unless it was set. */
  public int receiveBuffer() {
    return receiveBuffer;
  }

  /**
   * Sets how many bytes may wait to be read, at least one full segment; the buffer doesn't grow by
   * itself any more, as with SO_RCVBUF on Linux. An advertised window isn't taken back, and can't
   * get larger than the handshake's window scale allows: a size set beforehand by {@link
   * SocketOptions#receiveBuffer()} takes full effect.
   */
  public void receiveBuffer(int bytes) {
    core.tuning().fixReceive(this, bytes);
    core.afterRead(this);
  }

  /** Bytes that may wait to be acknowledged; grows up to {@code wmem_size} unless it was set. */
  public int sendBuffer() {
    return sendBuffer;
  }

  /**
   * Sets how many bytes may wait to be acknowledged, at least one full segment; the buffer doesn't
   * grow by itself any more, as with SO_SNDBUF on Linux.
   */
  public void sendBuffer(int bytes) {
    core.tuning().fixSend(this, bytes);
    core.pending().writableAgain(this);
  }

  /** The type-of-service octet of packets sent, 0 to 255. */
  public int tos() {
    return tos;
  }

  /** Sets the type-of-service octet; its two low-order bits are set as ECN requires. */
  public void tos(int tos) {
    this.tos = tos & 0xFF;
  }

  /** The TTL of packets sent, 1 to 255. */
  public int ttl() {
    return ttl;
  }

  /** Sets the TTL. */
  public void ttl(int ttl) {
    this.ttl = Math.clamp(ttl, 1, 255);
  }

  /** Smoothed round-trip time in nanoseconds; 0 before the first measurement. */
  public long smoothedRttNanos() {
    return rtt.srttNanos();
  }

  /**
   * The last ICMP error about the path to the peer since there was progress (RFC 9293 section
   * 3.9.2.2, SHLD-25): {@link TcpError#HOST_UNREACHABLE}, {@link TcpError#NET_UNREACHABLE}, or
   * {@link TcpError#NONE}. It becomes the connection's error if retransmissions are given up.
   */
  public TcpError softError() {
    return softError;
  }

  /** Congestion window in bytes. */
  public int congestionWindow() {
    return congestion.cwnd();
  }

  /**
   * Returns which of the connections that successively share this object it currently represents;
   * for {@link #info}. On the core's thread, or after {@link TcpHandler#connected} or the accept.
   */
  public int incarnation() {
    return currentIncarnation();
  }

  /**
   * Fills in the connection's state and statistics. Any thread, without blocking: each figure is
   * recent, but not necessarily from the same instant; on the core's thread, all are.
   *
   * @param target filled in
   * @param nowNanos the time on the core's clock
   * @param incarnation what {@link #incarnation()} was when the connection was new
   * @return false if the connection is over and its object represents another: the contents of
   *     {@code target} are then meaningless
   */
  public boolean info(TcpInfo target, long nowNanos, int incarnation) {
    if (currentIncarnation() != incarnation) {
      return false;
    }
    target.fill(this, nowNanos);
    return sameIncarnation(incarnation);
  }

  @Override
  public String toString() {
    return TcpCore.format(localAddress, localPort)
        + " - "
        + TcpCore.format(remoteAddress, remotePort)
        + " "
        + state;
  }
}
