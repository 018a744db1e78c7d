package org.mosstack.tcp;

import java.util.concurrent.TimeUnit;
import org.mosstack.ip.Path;

/**
 * One TCP connection: the transmission control block (RFC 9293 section 3.3.1) and what the
 * application does with it.
 *
 * <p>All methods are for the thread of the connection's core. Objects are pooled: after {@link
 * TcpHandler#closed} returned, the object belongs to somebody else. The fields are read and written
 * by this package's roles: {@link TcpInput} for arriving segments, {@link TcpOutput} for departing
 * ones, {@link TcpTimers} for time.
 */
public final class TcpConnection {
  static final int EVENT_CONNECTED = 1;
  static final int EVENT_READABLE = 2;
  static final int EVENT_WRITABLE = 4;
  static final int EVENT_CLOSED = 8;

  /** Segments acknowledged at once when a connection starts, so that slow start isn't slowed. */
  static final int QUICK_ACKS = 16;

  static final int DEFAULT_TTL = 64;
  private static final int DEFAULT_KEEPALIVE_IDLE_SECONDS = 7200; // RFC 9293 section 3.8.4
  private static final int DEFAULT_KEEPALIVE_INTERVAL_SECONDS = 75;
  private static final int DEFAULT_KEEPALIVE_PROBES = 9;

  final TcpCore core;

  // Identity.
  int localAddress;
  int localPort;
  int remoteAddress;
  int remotePort;
  int flowHash;
  Path path;
  TcpState state = TcpState.CLOSED;
  TcpListener listener;
  boolean inAcceptQueue;
  boolean active;

  // Send sequence space.
  int iss;
  int sndUna;
  int sndNxt;
  int sndMax;
  int sndWnd;
  int sndWl1;
  int sndWl2;
  int maxSndWnd;
  int sndWndShift;
  int sndMss;

  /** Sequence space in flight when new data was last sent: how much of the window is used. */
  int flightWhenSent;

  /** MSS before options are taken off: the lesser of the peer's and the path's. */
  int sndMssBase;

  boolean finQueued;
  SendQueue sendQueue;
  boolean writeBlocked;

  // Receive sequence space.
  int irs;
  int rcvNxt;

  /** Right edge of the window advertised last: RCV.NXT + RCV.WND at that time. */
  int rcvAdv;

  int rcvWndShift;
  boolean windowScaling;
  boolean finReceived;

  /** Sequence number of a FIN that arrived ahead of a gap; valid with {@link #finSeen}. */
  int finSeq;

  boolean finSeen;
  final ReceiveQueue receiveQueue = new ReceiveQueue();
  Reassembly reassembly;

  // Timestamps (RFC 7323).
  boolean timestamps;
  int tsOffset;
  int tsRecent;
  long tsRecentNanos;
  int lastAckSent;

  // Round trip, congestion, loss.
  final RttEstimator rtt = new RttEstimator();
  final CongestionControl congestion = new NewReno();
  final LossRecovery recovery = new LossRecovery();
  boolean timing;
  int timedSeq;
  long timedSinceNanos;
  int retransmits;
  int persistBackoff;
  int unansweredProbes;
  boolean synRetransmitted;

  // Deadlines, absolute; 0 for none. The wheel holds the earliest.
  long retransmitDeadline;

  /** Whether the deadline was put off because the thread came late. */
  boolean retransmitPutOff;

  long persistDeadline;
  long delayedAckDeadline;
  long keepaliveDeadline;
  long idleDeadline;
  long closeDeadline;
  int keepaliveProbesSent;
  long lastReceiveNanos;
  long lastSendNanos;

  /** When data, or a FIN, was last sent. */
  long lastDataNanos;

  /** When an ACK was last sent to a segment that should not be: they are rate limited. */
  long challengedNanos;

  /** When the oldest unacknowledged data was first waiting without progress; 0 for none. */
  long stalledSinceNanos;

  // Links of the timer wheel.
  TcpConnection wheelNext;
  TcpConnection wheelPrevious;
  int wheelSlot = -1;
  long wheelDeadline;

  // Links of the chain of connections in the same case, see TcpCore.
  ConnectionChain chain;
  TcpConnection chainNext;
  TcpConnection chainPrevious;

  // What is to be done this turn.
  boolean ackNow;
  int quickAcks;
  int unackedSegments;
  boolean onAckList;
  boolean onOutputList;
  boolean onEventList;
  boolean onClosedList;
  int events;
  TcpError error = TcpError.NONE;

  // The application's side.
  private TcpHandler handler;
  boolean appClosed;
  boolean inputShutdown;
  boolean noDelay;
  boolean quickAck;
  boolean keepAlive;
  long keepAliveIdleNanos;
  long keepAliveIntervalNanos;
  int keepAliveProbes;
  long userTimeoutNanos;
  int receiveBuffer;
  int sendBuffer;
  int tos;
  int ttl;

  TcpConnection(TcpCore core) {
    this.core = core;
  }

  /** Brings a pooled object back to its first state. */
  void reset(TcpConfig config) {
    path = null;
    listener = null;
    inAcceptQueue = false;
    active = false;
    iss = 0;
    sndUna = 0;
    sndNxt = 0;
    sndMax = 0;
    sndWnd = 0;
    sndWl1 = 0;
    sndWl2 = 0;
    maxSndWnd = 0;
    sndWndShift = 0;
    flightWhenSent = 0;
    finQueued = false;
    writeBlocked = false;
    irs = 0;
    rcvNxt = 0;
    rcvAdv = 0;
    rcvWndShift = 0;
    windowScaling = false;
    finReceived = false;
    finSeen = false;
    timestamps = false;
    tsRecent = 0;
    lastAckSent = 0;
    rtt.reset();
    timing = false;
    retransmits = 0;
    persistBackoff = 0;
    unansweredProbes = 0;
    synRetransmitted = false;
    retransmitDeadline = 0;
    persistDeadline = 0;
    delayedAckDeadline = 0;
    keepaliveDeadline = 0;
    idleDeadline = 0;
    closeDeadline = 0;
    keepaliveProbesSent = 0;
    stalledSinceNanos = 0;
    challengedNanos = 0;
    ackNow = false;
    quickAcks = QUICK_ACKS;
    unackedSegments = 0;
    events = 0;
    error = TcpError.NONE;
    handler = null;
    appClosed = false;
    inputShutdown = false;
    noDelay = false;
    quickAck = false;
    keepAlive = false;
    keepAliveIdleNanos = TimeUnit.SECONDS.toNanos(DEFAULT_KEEPALIVE_IDLE_SECONDS);
    keepAliveIntervalNanos = TimeUnit.SECONDS.toNanos(DEFAULT_KEEPALIVE_INTERVAL_SECONDS);
    keepAliveProbes = DEFAULT_KEEPALIVE_PROBES;
    userTimeoutNanos = 0;
    receiveBuffer = config.receiveBuffer();
    sendBuffer = config.sendBuffer();
    tos = 0;
    ttl = DEFAULT_TTL;
  }

  // ---- Sequence space, for the roles of this package ----

  /** Bytes queued and not acknowledged; SYN and FIN aren't counted. */
  int queuedBytes() {
    return sendQueue == null ? 0 : sendQueue.bytes();
  }

  /** Sequence number behind the last byte queued: that of the FIN, once one is queued. */
  int sndEnd() {
    return sndUna + queuedBytes();
  }

  /** Sequence space in flight. */
  int flight() {
    return sndNxt - sndUna;
  }

  /** Whether everything queued, the FIN included, was sent at least once. */
  boolean allSent() {
    return Seq.geq(sndNxt, sndEnd() + (finQueued ? 1 : 0));
  }

  /** Bytes that may still be received: what is left of the buffer and a window can say. */
  int receiveSpace() {
    int space = receiveBuffer - receiveQueue.bytes();
    return Math.clamp(space, 0, TcpOutput.MAX_WINDOW_FIELD << rcvWndShift);
  }

  /** RCV.WND as the peer knows it. */
  int rcvWnd() {
    return Math.max(0, rcvAdv - rcvNxt);
  }

  void releaseBuffer(Object buffer) {
    TcpHandler h = handler;
    if (h != null) {
      core.pending().released(h, this, buffer);
    }
  }

  // ---- The application's side ----

  /** Sets who is told of this connection's events; of those since its start too, next turn. */
  public void handler(TcpHandler handler) {
    this.handler = handler;
    if (handler != null && events != 0) {
      core.pending().raise(this, events);
    }
  }

  /** Who is told of this connection's events. */
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
   * Queues bytes to be sent, by reference: they must stay as they are until {@link
   * TcpHandler#released} gives {@code buffer} back.
   *
   * @param address memory address of the first byte
   * @param length bytes, at least 0
   * @param buffer what {@code released} is given; not null
   * @return bytes accepted, 0 to {@code length}: bounded by {@link #sendBuffer()}. When fewer than
   *     asked for, {@link TcpHandler#writable} follows. 0 after {@link #shutdownOutput}.
   */
  public int write(long address, int length, Object buffer) {
    if (finQueued || state != TcpState.ESTABLISHED && state != TcpState.CLOSE_WAIT) {
      return 0;
    }
    int accepted = Math.min(length, writeSpace());
    writeBlocked |= accepted < length;
    if (accepted <= 0) {
      return 0;
    }
    if (sendQueue == null) {
      sendQueue = core.takeSendQueue();
    }
    sendQueue.add(address, accepted, buffer);
    core.pending().scheduleOutput(this);
    return accepted;
  }

  /** Bytes that {@link #write} would accept now. */
  public int writeSpace() {
    return Math.max(0, sendBuffer - queuedBytes());
  }

  /** Bytes written and not acknowledged yet. */
  public int unacknowledgedBytes() {
    return queuedBytes();
  }

  /**
   * Copies received bytes to memory.
   *
   * @param address memory of at least {@code length} bytes
   * @return bytes copied; 0 when none are there now; -1 at the end of the stream
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
    core.afterRead(this);
    return bytes;
  }

  /** Bytes that can be read now. */
  public int available() {
    return receiveQueue.bytes();
  }

  /** Whether the peer has closed its side and everything was read. */
  public boolean endOfStream() {
    return (finReceived || inputShutdown) && receiveQueue.isEmpty();
  }

  /** Sends FIN behind what is queued. Data can still be received. */
  public void shutdownOutput() {
    core.shutdownOutput(this);
  }

  /** Discards what was received and what will be; reads answer -1. The peer isn't told. */
  public void shutdownInput() {
    inputShutdown = true;
    receiveQueue.clear(core);
    core.afterRead(this);
  }

  /** Whether {@link #shutdownOutput} or {@link #close} was called. */
  public boolean isOutputShutdown() {
    return finQueued || state == TcpState.CLOSED;
  }

  /** Whether {@link #shutdownInput} was called. */
  public boolean isInputShutdown() {
    return inputShutdown;
  }

  /**
   * Ends the connection: what is queued is still sent, then FIN. With received data unread it is
   * reset instead, so that the peer knows it was lost (RFC 9293 section 3.6.1, RFC 2525 section
   * 2.17). Writes and reads are over; {@link TcpHandler#closed} follows.
   */
  public void close() {
    core.close(this);
  }

  /**
   * Resets the connection. What the windows let go is sent before; the rest of what is queued is
   * lost. {@link TcpHandler#closed} follows.
   */
  public void abort() {
    appClosed = true; // nothing but closed() is told any more
    core.abort(this, TcpError.ABORTED);
  }

  /** Whether Nagle's algorithm is off (TCP_NODELAY). */
  public boolean noDelay() {
    return noDelay;
  }

  /** Turns Nagle's algorithm off or on (RFC 9293 section 3.7.4); on by default. */
  public void noDelay(boolean noDelay) {
    this.noDelay = noDelay;
    if (noDelay) {
      core.pending().scheduleOutput(this);
    }
  }

  /** Whether every segment is acknowledged in the turn in which it came. */
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
    this.keepAlive = keepAlive;
    core.armKeepalive(this);
  }

  /**
   * Sets when probes are sent.
   *
   * @param idleSeconds silence before the first probe, at least 1
   * @param intervalSeconds time between probes, at least 1
   * @param probes unanswered probes that end the connection, at least 1
   */
  public void keepAliveTimes(int idleSeconds, int intervalSeconds, int probes) {
    keepAliveIdleNanos = TimeUnit.SECONDS.toNanos(Math.max(1, idleSeconds));
    keepAliveIntervalNanos = TimeUnit.SECONDS.toNanos(Math.max(1, intervalSeconds));
    keepAliveProbes = Math.max(1, probes);
    core.armKeepalive(this);
  }

  /**
   * Ends the connection when data stays unacknowledged for so long (RFC 5482).
   *
   * @param millis milliseconds; 0 for the default, which retransmissions bound
   */
  public void userTimeoutMillis(int millis) {
    userTimeoutNanos = TimeUnit.MILLISECONDS.toNanos(Math.max(0, millis));
    core.armUserTimeout(this);
  }

  /** Bytes that may wait to be read. */
  public int receiveBuffer() {
    return receiveBuffer;
  }

  /**
   * Sets how much may wait to be read, at least one full segment. The window that was promised
   * isn't taken back.
   */
  public void receiveBuffer(int bytes) {
    receiveBuffer = Math.max(bytes, Math.max(sndMss, TcpCore.MIN_BUFFER_BYTES));
    core.afterRead(this);
  }

  /** Bytes that may wait to be acknowledged. */
  public int sendBuffer() {
    return sendBuffer;
  }

  /** Sets how much may wait to be acknowledged, at least one full segment. */
  public void sendBuffer(int bytes) {
    sendBuffer = Math.max(bytes, Math.max(sndMss, TcpCore.MIN_BUFFER_BYTES));
  }

  /** The type-of-service octet of packets sent, 0 to 255. */
  public int tos() {
    return tos;
  }

  /** Sets the type-of-service octet. */
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

  /** Congestion window in bytes. */
  public int congestionWindow() {
    return congestion.cwnd();
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
