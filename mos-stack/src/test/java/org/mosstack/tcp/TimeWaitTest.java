package org.mosstack.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.BindException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.mosstack.header.TcpHeader;
import org.mosstack.socket.SocketOptions;
import org.mosstack.socket.TcpState;
import org.mosstack.stats.Counter;
import org.mosstack.tcp.segment.Seq;
import org.mosstack.tcp.segment.TcpOptions;
import org.mosstack.testkit.RecordingHandler;

/** TIME_WAIT beside live connections: its own bound, port reuse, and what applications see. */
class TimeWaitTest {
  private static final int LOCAL_PORT = 30_000;
  private static final int TIMESTAMPS = TcpOptions.PADDED_TIMESTAMPS_WORD;
  private static final int FIN_ACK = TcpHeader.ACK | TcpHeader.FIN;

  private static TcpFixture fixture(int maxConnections, int seconds) {
    long timeWait = seconds * 1000 * TcpFixture.MILLI;
    return new TcpFixture(new TcpConfig(0, maxConnections, 10_000, 8192, 8192, timeWait, 0));
  }

  /** 2,000 closes a second on a core that may have 1,000 connections, for 20 seconds. */
  @Test
  void takesNoConnectionsPlace() {
    try (TcpFixture fixture = fixture(1000, 60)) {
      fixture.listen((listener, core) -> {});
      for (int i = 0; i < 40_000; i++) {
        TcpFixture.Remote remote = fixture.synReceived();
        Tcb c = fixture.accept(remote, new RecordingHandler());
        c.close();
        fixture.turn();
        remote.send(FIN_ACK, 1, 2);
        fixture.turn();
        fixture.sent.clear();
        fixture.now += 460_000; // half a millisecond with its four turns
      }
      assertEquals(0, fixture.counters.get(Counter.DROP_TCP_MAX_CONCURRENCY));
      assertEquals(40_000, fixture.counters.get(Counter.TCP_PASSIVE_OPENS));
      assertEquals(TimeWaitTable.MIN_LIMIT, fixture.core.timeWaits.size());
      assertEquals(
          40_000 - TimeWaitTable.MIN_LIMIT, fixture.counters.get(Counter.TCP_TIME_WAIT_EVICTED));
      assertEquals(0, fixture.core.connectionCount());
      assertEquals(TimeWaitTable.MIN_LIMIT, fixture.core.flowCount());
      assertEquals(0, fixture.core.timerCount());
      long deadline = fixture.core.nextDeadlineNanos();
      assertTrue(
          deadline > fixture.now && deadline < fixture.now + 60_000 * TcpFixture.MILLI,
          "" + deadline);
      fixture.run(60_001);
      assertEquals(0, fixture.core.flowCount());
    }
  }

  private static Tcb connect(TcpFixture fixture, RecordingHandler recorder) throws IOException {
    SocketOptions options = SocketOptions.DEFAULT;
    return (Tcb)
        fixture.core.connect(0, LOCAL_PORT, TcpFixture.PEER, TcpFixture.PORT, 0, options, recorder);
  }

  /** Opens a connection and closes it first, with its timestamps only just received. */
  private static int openAndClose(TcpFixture fixture, boolean timestamps, int peerClock)
      throws IOException {
    Tcb c = connect(fixture, new RecordingHandler());
    fixture.flush();
    int iss = fixture.sent.remove().seq();
    int[] options = timestamps ? new int[] {TIMESTAMPS, peerClock, 0} : new int[0];
    int seq = TcpFixture.PEER_ISS;
    int synAck = TcpHeader.SYN | TcpHeader.ACK;
    fixture.segment(
        TcpFixture.PORT, LOCAL_PORT, synAck, seq, iss + 1, TcpFixture.WINDOW, 0, options);
    fixture.turn();
    c.close();
    fixture.turn();
    fixture.segment(
        TcpFixture.PORT, LOCAL_PORT, FIN_ACK, seq + 1, iss + 2, TcpFixture.WINDOW, 0, options);
    fixture.turn();
    assertEquals(1, fixture.core.timeWaits.size());
    assertEquals(0, fixture.core.connectionCount());
    fixture.sent.clear();
    return iss + 2;
  }

  /** Like Linux's tcp_tw_reuse. */
  @Test
  void aConnectTakesThePortAgainWhenTimestampsAreASecondOld() throws IOException {
    try (TcpFixture fixture = fixture(100, 60)) {
      int last = openAndClose(fixture, true, 7);
      fixture.run(990);
      BindException e =
          assertThrows(BindException.class, () -> connect(fixture, new RecordingHandler()));
      assertEquals("Address already in use: 10.0.0.1:30000", e.getMessage());
      fixture.run(20);
      connect(fixture, new RecordingHandler());
      fixture.flush();
      int iss = fixture.sent.remove().seq();
      assertTrue(Seq.gt(iss, last), "begins " + (iss - last) + " beyond the old one");
      assertEquals(1, fixture.counters.get(Counter.TCP_TIME_WAIT_REUSED));
      assertEquals(0, fixture.core.timeWaits.size());
      assertEquals(1, fixture.core.flowCount());
    }
  }

  @Test
  void withoutTimestampsThePortStaysTaken() throws IOException {
    try (TcpFixture fixture = fixture(100, 60)) {
      openAndClose(fixture, false, 0);
      fixture.run(59_000);
      assertThrows(BindException.class, () -> connect(fixture, new RecordingHandler()));
      fixture.run(1001);
      connect(fixture, new RecordingHandler());
    }
  }

  /** The SYN is dropped, and the record still answers for the old connection. */
  @Test
  void aSynThatFindsNoRoomEndsNothing() {
    try (TcpFixture fixture = fixture(1, 60)) {
      fixture.listen((listener, core) -> {});
      final TcpFixture.Remote old = fixture.synReceived();
      Tcb c = fixture.accept(old, new RecordingHandler());
      c.close();
      fixture.turn();
      old.send(FIN_ACK, 1, 2);
      fixture.turn();
      fixture.sent.clear();
      TcpFixture.Remote other = fixture.synReceived(); // takes the only place
      fixture.sent.clear();
      old.send(TcpHeader.SYN, 1000, 0);
      fixture.turn();
      assertEquals(List.of(), List.copyOf(fixture.sent));
      assertEquals(1, fixture.counters.get(Counter.DROP_TCP_MAX_CONCURRENCY));
      assertEquals(0, fixture.counters.get(Counter.TCP_TIME_WAIT_REUSED));
      old.send(FIN_ACK, 1, 2);
      fixture.turn();
      assertEquals(2, old.ack(old.next()));
      other.send(TcpHeader.RST, 1, 0);
    }
  }

  /** An application that hasn't closed sees TIME_WAIT as long as it lasts, and reads what came. */
  @Test
  void theApplicationSeesItWhileItLasts() {
    try (TcpFixture fixture = fixture(100, 60)) {
      fixture.listen((listener, core) -> {});
      RecordingHandler recorder = new RecordingHandler();
      TcpFixture.Remote remote = fixture.synReceived();
      Tcb c = fixture.accept(remote, recorder);
      c.shutdownOutput();
      fixture.turn();
      remote.send(FIN_ACK, 1, 2, TcpFixture.WINDOW, 10);
      fixture.turn();
      assertEquals(TcpState.TIME_WAIT, c.state());
      c.keepAlive(true);
      c.userTimeoutMillis(1000);
      assertEquals(0, fixture.core.timerCount());
      fixture.run(59_900);
      assertEquals(TcpState.TIME_WAIT, c.state());
      fixture.run(200);
      assertEquals(TcpState.CLOSED, c.state());
      assertEquals(10, c.read(new byte[20], 0, 20));
      assertEquals(List.of("readable"), recorder.events);
      c.close();
      fixture.turn();
      assertEquals(List.of("readable", "closed NONE"), recorder.events);
    }
  }

  /** When evicted or replaced by a new connection, TIME_WAIT ends for the old application too. */
  @Test
  void anotherConnectionOfTheSameEndsIsNotTheOldOnes() {
    try (TcpFixture fixture = fixture(100, 60)) {
      fixture.listen((listener, core) -> {});
      TcpFixture.Remote remote = fixture.synReceived();
      Tcb old = fixture.accept(remote, new RecordingHandler());
      old.shutdownOutput();
      fixture.turn();
      remote.send(FIN_ACK, 1, 2);
      fixture.turn();
      assertEquals(TcpState.TIME_WAIT, old.state());
      fixture.sent.clear();
      remote.send(TcpHeader.SYN, 1000, 0);
      fixture.turn();
      assertEquals(TcpState.CLOSED, old.state());
      assertEquals(1, fixture.core.connectionCount());
      old.abort();
      fixture.turn();
      assertEquals(1, fixture.core.connectionCount());
      remote.iss = remote.next().seq();
      remote.send(TcpHeader.RST, 1001, 0);
    }
  }
}
