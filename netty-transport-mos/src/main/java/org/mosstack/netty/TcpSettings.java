package org.mosstack.netty;

import static io.netty.util.internal.ObjectUtil.checkInRange;
import static io.netty.util.internal.ObjectUtil.checkPositive;
import static io.netty.util.internal.ObjectUtil.checkPositiveOrZero;

import io.netty.util.concurrent.FastThreadLocal;
import java.util.function.Consumer;
import org.mosstack.socket.CongestionAlgorithm;
import org.mosstack.socket.SocketOptions;
import org.mosstack.socket.TcpConnection;

/**
 * The values of the options that connections start with: a client's own, or those of a server
 * channel, whose connections inherit them. The setters check ranges, and are for an object that
 * nobody else has yet: {@link #with} changes a copy, as many channels may share one.
 */
final class TcpSettings {
  /** What channels have for which nothing has been set, and which have no connection yet. */
  static final TcpSettings DEFAULT = new TcpSettings();

  /** Those that this thread's last connection turned out to have. */
  private static final FastThreadLocal<TcpSettings> LAST = new FastThreadLocal<>();

  private static final long MAX_NOTSENT_LOWAT = 0xFFFF_FFFFL;

  // 0 leaves the size to the stack, which lets it grow.
  private int receiveBuffer;
  private int sendBuffer;

  // The connection's last values.
  private int actualReceiveBuffer;
  private int actualSendBuffer;

  // 0 stands for the stack's default.
  private int maxSegment;

  private int trafficClass = SocketOptions.DEFAULT.tos();
  private int ttl = SocketOptions.DEFAULT.ttl();
  private boolean keepAlive;
  private int keepIdle = SocketOptions.DEFAULT.keepIdleSeconds();
  private int keepInterval = SocketOptions.DEFAULT.keepIntervalSeconds();
  private int keepCount = SocketOptions.DEFAULT.keepProbes();
  private int userTimeout;
  private long notSentLowat;

  /** Null for the stack's default. */
  private CongestionAlgorithm congestion;

  private TcpSettings() {}

  /** A copy. */
  private TcpSettings(TcpSettings other) {
    receiveBuffer = other.receiveBuffer;
    sendBuffer = other.sendBuffer;
    actualReceiveBuffer = other.actualReceiveBuffer;
    actualSendBuffer = other.actualSendBuffer;
    maxSegment = other.maxSegment;
    trafficClass = other.trafficClass;
    ttl = other.ttl;
    keepAlive = other.keepAlive;
    keepIdle = other.keepIdle;
    keepInterval = other.keepInterval;
    keepCount = other.keepCount;
    userTimeout = other.userTimeout;
    notSentLowat = other.notSentLowat;
    congestion = other.congestion;
  }

  private boolean hasSameAs(TcpSettings other) {
    return receiveBuffer == other.receiveBuffer
        && sendBuffer == other.sendBuffer
        && actualReceiveBuffer == other.actualReceiveBuffer
        && actualSendBuffer == other.actualSendBuffer
        && maxSegment == other.maxSegment
        && trafficClass == other.trafficClass
        && ttl == other.ttl
        && keepAlive == other.keepAlive
        && keepIdle == other.keepIdle
        && keepInterval == other.keepInterval
        && keepCount == other.keepCount
        && userTimeout == other.userTimeout
        && notSentLowat == other.notSentLowat
        && congestion == other.congestion;
  }

  /** Returns settings with a change, which is made by one of the setters. */
  TcpSettings with(Consumer<TcpSettings> change) {
    TcpSettings changed = new TcpSettings(this);
    change.accept(changed);
    return changed;
  }

  /** Returns these, or another connection's that are the same. */
  private TcpSettings shared(TcpSettings before) {
    if (hasSameAs(before)) {
      return before;
    }
    TcpSettings last = LAST.get();
    if (last != null && hasSameAs(last)) {
      return last;
    }
    LAST.set(this);
    return this;
  }

  /** The options that a connection starts with. */
  SocketOptions.Builder toOptions() {
    return SocketOptions.builder()
        .receiveBuffer(receiveBuffer)
        .sendBuffer(sendBuffer)
        .maxSegment(maxSegment)
        .tos(trafficClass)
        .ttl(ttl)
        .keepAlive(keepAlive)
        .keepAliveTimes(keepIdle, keepInterval, keepCount)
        .userTimeoutMillis(userTimeout)
        .notSentLowat(notSentLowat)
        .congestion(congestion);
  }

  /** Returns what an accepted connection has inherited. On its core's thread. */
  static TcpSettings inherited(TcpConnection connection) {
    TcpSettings settings = new TcpSettings();
    settings.learn(connection);
    settings.trafficClass = connection.tos();
    settings.ttl = connection.ttl();
    settings.keepAlive = connection.keepAlive();
    settings.keepIdle = connection.keepIdleSeconds();
    settings.keepInterval = connection.keepIntervalSeconds();
    settings.keepCount = connection.keepProbes();
    settings.userTimeout = connection.userTimeoutMillis();
    settings.notSentLowat = connection.notSentLowat();
    return settings.shared(DEFAULT);
  }

  /** Applies to a connection everything that can be changed while it lives. On its loop. */
  void applyTo(TcpConnection connection) {
    connection.keepAliveTimes(keepIdle, keepInterval, keepCount);
    connection.keepAlive(keepAlive);
    connection.userTimeoutMillis(userTimeout);
    connection.tos(trafficClass);
    connection.ttl(ttl);
    connection.notSentLowat(notSentLowat);
    if (congestion != null) {
      connection.congestionControl(congestion);
    }
    if (receiveBuffer > 0) {
      connection.receiveBuffer(receiveBuffer);
    }
    if (sendBuffer > 0) {
      connection.sendBuffer(sendBuffer);
    }
  }

  /** Returns the settings with what only the connection knows. On its loop. */
  TcpSettings learned(TcpConnection connection) {
    TcpSettings learned = new TcpSettings(this);
    learned.learn(connection);
    return learned.shared(this);
  }

  /** Reads the buffer sizes, which the connection has the final say on, and its algorithm. */
  private void learn(TcpConnection connection) {
    actualReceiveBuffer = connection.receiveBuffer();
    actualSendBuffer = connection.sendBuffer();
    congestion = connection.congestionControl();
  }

  int receiveBuffer() {
    return actualReceiveBuffer;
  }

  void receiveBuffer(int bytes) {
    receiveBuffer = checkPositive(bytes, "receiveBufferSize");
    actualReceiveBuffer = bytes;
  }

  int sendBuffer() {
    return actualSendBuffer;
  }

  void sendBuffer(int bytes) {
    sendBuffer = checkPositive(bytes, "sendBufferSize");
    actualSendBuffer = bytes;
  }

  int maxSegment() {
    return maxSegment;
  }

  void maxSegment(int bytes) {
    if (bytes != 0) {
      checkInRange(
          bytes, SocketOptions.MIN_SEGMENT_BYTES, SocketOptions.MAX_SEGMENT_BYTES, "maxSeg");
    }
    maxSegment = bytes;
  }

  int trafficClass() {
    return trafficClass;
  }

  void trafficClass(int octet) {
    trafficClass = checkInRange(octet, 0, 255, "trafficClass");
  }

  int ttl() {
    return ttl;
  }

  void ttl(int hops) {
    ttl = checkInRange(hops, 1, 255, "ttl");
  }

  boolean keepAlive() {
    return keepAlive;
  }

  void keepAlive(boolean on) {
    keepAlive = on;
  }

  int keepIdle() {
    return keepIdle;
  }

  void keepIdle(int seconds) {
    keepIdle = checkPositive(seconds, "seconds");
  }

  int keepInterval() {
    return keepInterval;
  }

  void keepInterval(int seconds) {
    keepInterval = checkPositive(seconds, "seconds");
  }

  int keepCount() {
    return keepCount;
  }

  void keepCount(int probes) {
    keepCount = checkPositive(probes, "probes");
  }

  int userTimeout() {
    return userTimeout;
  }

  void userTimeout(int millis) {
    userTimeout = checkPositiveOrZero(millis, "milliseconds");
  }

  long notSentLowat() {
    return notSentLowat;
  }

  void notSentLowat(long bytes) {
    notSentLowat = checkInRange(bytes, 0, MAX_NOTSENT_LOWAT, "tcpNotSentLowAt");
  }

  /** The algorithm's name; null for the stack's. */
  String congestion() {
    CongestionAlgorithm algorithm = congestion;
    return algorithm == null ? null : algorithm.id();
  }

  void congestion(String name) {
    congestion = CongestionAlgorithm.of(name);
  }
}
