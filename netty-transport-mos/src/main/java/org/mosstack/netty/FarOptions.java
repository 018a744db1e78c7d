package org.mosstack.netty;

import java.util.function.Consumer;
import org.mosstack.socket.CongestionAlgorithm;
import org.mosstack.socket.Endpoint;
import org.mosstack.socket.TcpConnection;
import org.mosstack.socket.TcpError;
import org.mosstack.socket.TcpInfo;
import org.mosstack.socket.TcpState;

/**
 * The options and figures of a connection on another thread's core: what is read is what the core
 * last told, when the connection began; what is set goes to the core. Only {@link #info} is
 * current.
 */
abstract class FarOptions implements TcpConnection {
  /** Null before the core has told. Read on any thread by {@link #info}. */
  private volatile FarState known;

  /** Learns the connection's values from its core. */
  final void know(FarState now) {
    known = now;
  }

  final FarState known() {
    return known;
  }

  /** Has a change made on the core's thread, after what was ordered before. */
  abstract void change(Consumer<TcpConnection> change);

  /** Any thread; null as long as nothing is known of the connection. */
  @Override
  public final TcpInfo info(long nowNanos, int incarnation) {
    FarState last = known;
    return last == null ? null : last.connection().info(nowNanos, last.incarnation());
  }

  /** 0: {@link #info} knows. */
  @Override
  public final int incarnation() {
    return 0;
  }

  @Override
  public final void keepAliveTimes(int idleSeconds, int intervalSeconds, int probes) {
    change(connection -> connection.keepAliveTimes(idleSeconds, intervalSeconds, probes));
  }

  @Override
  public final Endpoint local() {
    return known.local();
  }

  @Override
  public final Endpoint remote() {
    return known.remote();
  }

  @Override
  public final TcpState state() {
    return known.state();
  }

  @Override
  public final int segmentSize() {
    return known.segmentSize();
  }

  @Override
  public final int keepIdleSeconds() {
    return known.keepIdleSeconds();
  }

  @Override
  public final int keepIntervalSeconds() {
    return known.keepIntervalSeconds();
  }

  @Override
  public final int keepProbes() {
    return known.keepProbes();
  }

  @Override
  public final long smoothedRttNanos() {
    return known.smoothedRttNanos();
  }

  @Override
  public final TcpError softError() {
    return known.softError();
  }

  @Override
  public final int congestionWindow() {
    return known.congestionWindow();
  }

  @Override
  public final boolean noDelay() {
    return known.noDelay();
  }

  @Override
  public final void noDelay(boolean noDelay) {
    change(connection -> connection.noDelay(noDelay));
  }

  @Override
  public final boolean isCorked() {
    return known.isCorked();
  }

  @Override
  public final void cork(boolean corked) {
    change(connection -> connection.cork(corked));
  }

  @Override
  public final long notSentLowat() {
    return known.notSentLowat();
  }

  @Override
  public final void notSentLowat(long bytes) {
    change(connection -> connection.notSentLowat(bytes));
  }

  @Override
  public final CongestionAlgorithm congestionControl() {
    return known.congestionControl();
  }

  @Override
  public final void congestionControl(CongestionAlgorithm algorithm) {
    change(connection -> connection.congestionControl(algorithm));
  }

  @Override
  public final boolean quickAck() {
    return known.quickAck();
  }

  @Override
  public final void quickAck(boolean quickAck) {
    change(connection -> connection.quickAck(quickAck));
  }

  @Override
  public final boolean keepAlive() {
    return known.keepAlive();
  }

  @Override
  public final void keepAlive(boolean keepAlive) {
    change(connection -> connection.keepAlive(keepAlive));
  }

  @Override
  public final int userTimeoutMillis() {
    return known.userTimeoutMillis();
  }

  @Override
  public final void userTimeoutMillis(int millis) {
    change(connection -> connection.userTimeoutMillis(millis));
  }

  @Override
  public final int receiveBuffer() {
    return known.receiveBuffer();
  }

  @Override
  public final void receiveBuffer(int bytes) {
    change(connection -> connection.receiveBuffer(bytes));
  }

  @Override
  public final int sendBuffer() {
    return known.sendBuffer();
  }

  @Override
  public final void sendBuffer(int bytes) {
    change(connection -> connection.sendBuffer(bytes));
  }

  @Override
  public final int tos() {
    return known.tos();
  }

  @Override
  public final void tos(int tos) {
    change(connection -> connection.tos(tos));
  }

  @Override
  public final int ttl() {
    return known.ttl();
  }

  @Override
  public final void ttl(int ttl) {
    change(connection -> connection.ttl(ttl));
  }
}
