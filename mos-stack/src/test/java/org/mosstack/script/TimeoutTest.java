package org.mosstack.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.mosstack.script.Seg.ack;
import static org.mosstack.script.Seg.data;
import static org.mosstack.script.Seg.fin;
import static org.mosstack.script.Seg.rstAck;
import static org.mosstack.script.Seg.syn;

import org.junit.jupiter.api.Test;
import org.mosstack.config.MosKeys;
import org.mosstack.socket.TcpState;
import org.mosstack.stats.Counter;

/** Keepalive, user timeout and idle timeout: RFC 9293 section 3.8.4, RFC 5482, tcp_timeout. */
class TimeoutTest extends ScriptTestBase {
  // ---- Keepalive ----

  private void keepAlive(int idle, int interval, int probes) {
    app.connection.keepAliveTimes(idle, interval, probes);
    app.connection.keepAlive(true);
  }

  @Test
  void keepaliveIsOffByDefault() { // RFC 9293 3.8.4, MUST-25
    establish();
    peer.expectNothingFor(3 * 7200 * 1000.0);
  }

  @Test
  void keepaliveWaitsTwoHoursByDefault() { // RFC 9293 3.8.4, MUST-28
    establish();
    app.connection.keepAlive(true);
    peer.expectAfter(7200 * 1000, ack(0, 1));
    peer.expectAfter(75 * 1000, ack(0, 1));
    peer.send(ack(1, 1));
    app.saw();
  }

  @Test
  void answeredProbesKeepTheConnection() {
    establish();
    keepAlive(10, 2, 3);
    for (int i = 0; i < 5; i++) {
      peer.expectAfter(10_000, ack(0, 1));
      peer.send(ack(1, 1));
    }
    peer.expectAfter(10_000, ack(0, 1));
    peer.expectAfter(2000, ack(0, 1)); // the answer was lost
    peer.send(ack(1, 1));
    peer.expectAfter(10_000, ack(0, 1));
    app.saw();
  }

  @Test
  void unansweredProbesEndTheConnection() { // RFC 9293 3.8.4, MUST-29: one isn't enough
    establish();
    keepAlive(10, 2, 3);
    peer.expectAfter(10_000, ack(0, 1));
    peer.expectAfter(2000, ack(0, 1));
    peer.expectAfter(2000, ack(0, 1));
    app.saw();
    peer.expectAfter(2000, rstAck(1, 1));
    app.saw("closed KEEPALIVE_TIMEOUT");
    assertEquals(3, s.stack.count(Counter.TCP_KEEPALIVE_PROBES));
  }

  @Test
  void dataPutsProbesOff() {
    establish();
    keepAlive(10, 2, 3);
    s.run(7000);
    peer.send(data(1, 1, 1));
    peer.expect(ack(1, 2));
    peer.expectAfter(10_000, ack(0, 2));
    app.readAll();
  }

  @Test
  void noProbesWhileDataIsInFlight() { // RFC 9293 3.8.4, MUST-27
    establish();
    keepAlive(1, 1, 2);
    app.write(100);
    peer.expect(data(1, 1, 100));
    for (int wait = 200; wait <= 6400; wait *= 2) {
      peer.expectAfter(wait, data(1, 1, 100));
    }
    app.saw();
    peer.send(ack(1, 101));
    peer.expectAfter(1000, ack(100, 1));
  }

  @Test
  void noProbesBeforeTheConnectionStands() {
    connect();
    keepAlive(1, 1, 1);
    peer.expectAfter(1000, syn());
    peer.expectAfter(2000, syn());
    app.saw();
    peer.send(Seg.synAck());
    peer.expect(ack(1, 1));
    peer.expectAfter(1000, ack(0, 1));
  }

  @Test
  void keepaliveWatchesAHalfClosedConnection() {
    reach(TcpState.FIN_WAIT_2);
    keepAlive(10, 2, 1);
    peer.expectAfter(10_000, ack(1, 1));
    peer.expectAfter(2000, rstAck(2, 1));
    app.saw("closed KEEPALIVE_TIMEOUT");
  }

  @Test
  void thePeersKeepaliveIsAnswered() { // RFC 9293 3.8.4
    establish();
    for (int i = 0; i < 3; i++) {
      s.run(5000);
      peer.send(ack(0, 1));
      peer.expect(ack(1, 1));
    }
    s.run(5000);
    peer.send(data(0, 1, 1)); // with a garbage byte, as old implementations send
    peer.expect(ack(1, 1));
  }

  // ---- User timeout ----

  /** Returns the remainder of a time that began at {@code start}, in milliseconds. */
  private double left(double millis, long start) {
    return millis - (s.now() - start) / 1e6;
  }

  @Test
  void userTimeoutEndsAStalledConnection() { // RFC 5482 3
    establish();
    app.connection.userTimeoutMillis(1000);
    final long start = s.now();
    app.write(100);
    peer.expect(data(1, 1, 100));
    peer.expectAfter(200, data(1, 1, 100));
    peer.expectAfter(400, data(1, 1, 100));
    peer.expectAfter(left(1000, start), rstAck(101, 1));
    app.saw("closed USER_TIMEOUT");
  }

  @Test
  void progressRestartsTheUserTimeout() {
    establish();
    app.connection.userTimeoutMillis(500);
    app.write(2 * MSS);
    peer.expect(data(1, 1, MSS));
    peer.expect(data(1 + MSS, 1, MSS));
    s.run(190);
    peer.send(ack(1, 1 + MSS));
    peer.expectAfter(223, data(1 + MSS, 1, MSS)); // 190 ms were measured: SRTT is 23.75 ms
    s.run(100);
    peer.send(ack(1, 1 + 2 * MSS));
    peer.expectNothingFor(10_000);
    app.saw();
  }

  @Test
  void userTimeoutSetWhileDataIsStalled() {
    establish();
    final long start = s.now();
    app.write(100);
    peer.expect(data(1, 1, 100));
    peer.expectAfter(200, data(1, 1, 100));
    app.connection.userTimeoutMillis(450);
    peer.expectAfter(left(450, start), rstAck(101, 1));
    app.saw("closed USER_TIMEOUT");
  }

  @Test
  void userTimeoutEndsAStallAtAZeroWindow() { // RFC 5482 3: answered probes deliver nothing
    establish();
    app.connection.userTimeoutMillis(1500);
    peer.window = 0;
    peer.send(ack(1, 1));
    final long start = s.now();
    app.write(100);
    peer.expectNothing();
    peer.expectAfter(200, data(1, 1, 1));
    peer.send(ack(1, 1));
    peer.expectAfter(400, data(1, 1, 1));
    peer.send(ack(1, 1));
    peer.expectAfter(800, data(1, 1, 1));
    peer.send(ack(1, 1));
    peer.expectAfter(left(1500, start), rstAck(1, 1));
    app.saw("closed USER_TIMEOUT");
  }

  @Test
  void userTimeoutMayBeLongerThanR2() { // RFC 5482 3.1
    establish();
    app.connection.userTimeoutMillis(700_000);
    app.write(100);
    s.run(699_990);
    s.forgetReceived();
    app.saw();
    peer.expectAfter(10, rstAck(101, 1));
    app.saw("closed USER_TIMEOUT");
  }

  // ---- Idle timeout ----

  @Test
  void idleTimeoutEndsASilentConnection() { // tcp_timeout
    start(c -> c.set(MosKeys.TCP_TIMEOUT, 30));
    establish();
    peer.expectAfter(30_000, rstAck(1, 1));
    app.saw("closed IDLE_TIMEOUT");
  }

  @Test
  void trafficEitherWayPutsTheIdleTimeoutOff() {
    start(c -> c.set(MosKeys.TCP_TIMEOUT, 30));
    establish();
    s.run(20_000);
    peer.send(data(1, 1, 1));
    peer.expect(ack(1, 2));
    s.run(20_000);
    app.write(1);
    peer.expect(data(1, 2, 1));
    peer.send(ack(2, 2));
    peer.expectAfter(30_000, rstAck(2, 2));
    app.saw("readable", "closed IDLE_TIMEOUT");
  }

  @Test
  void idleTimeoutEndsHalfClosedConnectionsToo() {
    start(c -> c.set(MosKeys.TCP_TIMEOUT, 30));
    establish();
    peer.send(fin(1, 1));
    peer.expect(ack(1, 2));
    peer.expectAfter(30_000, rstAck(1, 2));
    app.saw("readable", "closed IDLE_TIMEOUT");
  }

  @Test
  void idleTimeoutEndsConnectionsNobodyAccepted() {
    start(c -> c.set(MosKeys.TCP_TIMEOUT, 30));
    s.listen(10, false);
    peer = s.peer();
    handshake(peer, syn());
    peer.expectAfter(30_000, rstAck(1, 1));
    s.acceptAll();
    s.accepted.remove().saw("closed IDLE_TIMEOUT");
  }
}
