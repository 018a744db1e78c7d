package org.mosstack.netty;

import org.mosstack.socket.CongestionAlgorithm;
import org.mosstack.socket.Endpoint;
import org.mosstack.socket.TcpConnection;
import org.mosstack.socket.TcpError;
import org.mosstack.socket.TcpState;

/**
 * What a loop knows of a connection on another thread's core: its values at one time.
 *
 * @param connection the connection, for {@link TcpConnection#info} only
 * @param incarnation see {@link TcpConnection#incarnation}
 */
record FarState(
    TcpConnection connection,
    int incarnation,
    Endpoint local,
    Endpoint remote,
    TcpState state,
    int segmentSize,
    int keepIdleSeconds,
    int keepIntervalSeconds,
    int keepProbes,
    long smoothedRttNanos,
    TcpError softError,
    int congestionWindow,
    boolean noDelay,
    boolean isCorked,
    long notSentLowat,
    CongestionAlgorithm congestionControl,
    boolean quickAck,
    boolean keepAlive,
    int userTimeoutMillis,
    int receiveBuffer,
    int sendBuffer,
    int tos,
    int ttl) {

  /** Reads a connection's values. On its core's thread. */
  static FarState of(TcpConnection c) {
    return new FarState(
        c,
        c.incarnation(),
        c.local(),
        c.remote(),
        c.state(),
        c.segmentSize(),
        c.keepIdleSeconds(),
        c.keepIntervalSeconds(),
        c.keepProbes(),
        c.smoothedRttNanos(),
        c.softError(),
        c.congestionWindow(),
        c.noDelay(),
        c.isCorked(),
        c.notSentLowat(),
        c.congestionControl(),
        c.quickAck(),
        c.keepAlive(),
        c.userTimeoutMillis(),
        c.receiveBuffer(),
        c.sendBuffer(),
        c.tos(),
        c.ttl());
  }
}
