package org.mosstack.netty;

import static io.netty.util.internal.ObjectUtil.checkInRange;
import static io.netty.util.internal.ObjectUtil.checkPositive;
import static io.netty.util.internal.ObjectUtil.checkPositiveOrZero;

import org.mosstack.socket.CongestionAlgorithm;
import org.mosstack.socket.SocketOptions;
import org.mosstack.socket.TcpConnection;

/**
 * The values of the options that connections start with: a client's own, or those of a server
 * channel, whose connections inherit them. The setters check ranges. Any thread.
 */
final class TcpSettings {
  private static final long MAX_NOTSENT_LOWAT = 0xFFFF_FFFFL;

  // 0 leaves the size to the stack, which lets it grow.
  private volatile int receiveBuffer;
  private volatile int sendBuffer;

  // The connection's last values.
  private volatile int actualReceiveBuffer;
  private volatile int actualSendBuffer;

  // 0 stands for the stack's default.
  private volatile int maxSegment;

  private volatile int trafficClass = SocketOptions.DEFAULT.tos();
  private volatile int ttl = SocketOptions.DEFAULT.ttl();
  private volatile boolean keepAlive;
  private volatile int keepIdle = SocketOptions.DEFAULT.keepIdleSeconds();
  private volatile int keepInterval = SocketOptions.DEFAULT.keepIntervalSeconds();
  private volatile int keepCount = SocketOptions.DEFAULT.keepProbes();
  private volatile int userTimeout;
  private volatile long notSentLowat;

  /** Null for the stack's default. */
  private volatile CongestionAlgorithm congestion;

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

  /** Adopts what an accepted connection has inherited. On its loop. */
  void inherit(TcpConnection connection) {
    learnBuffers(connection);
    trafficClass = connection.tos();
    ttl = connection.ttl();
    keepAlive = connection.keepAlive();
    keepIdle = connection.keepIdleSeconds();
    keepInterval = connection.keepIntervalSeconds();
    keepCount = connection.keepProbes();
    userTimeout = connection.userTimeoutMillis();
    notSentLowat = connection.notSentLowat();
    congestion = connection.congestionControl();
  }

  /** Applies to a connection everything that can be changed while it lives. On its loop. */
  void applyTo(TcpConnection connection) {
    connection.keepAliveTimes(keepIdle, keepInterval, keepCount);
    connection.keepAlive(keepAlive);
    connection.userTimeoutMillis(userTimeout);
    connection.tos(trafficClass);
    connection.ttl(ttl);
    connection.notSentLowat(notSentLowat);
    CongestionAlgorithm algorithm = congestion;
    if (algorithm != null) {
      connection.congestionControl(algorithm);
    } else {
      congestion = connection.congestionControl();
    }
    if (receiveBuffer > 0) {
      connection.receiveBuffer(receiveBuffer);
    }
    if (sendBuffer > 0) {
      connection.sendBuffer(sendBuffer);
    }
    learnBuffers(connection);
  }

  /** Reads the buffer sizes, which the connection has the final say on. */
  private void learnBuffers(TcpConnection connection) {
    actualReceiveBuffer = connection.receiveBuffer();
    actualSendBuffer = connection.sendBuffer();
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
