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

/** TIME_WAIT beside live connections: its own bound, port reuse, and what applications see. */
class TimeWaitTest {
  private static final int LOCAL_PORT = 30_000;
  private static final int TIMESTAMPS = TcpOptions.PADDED_TIMESTAMPS_WORD;
  private static final int FIN_ACK = TcpHeader.ACK | TcpHeader.FIN;

  private static Rig rig(int maxConnections, int seconds) {
    long timeWait = seconds * 1000 * Rig.MILLI;
    return new Rig(new TcpConfig(0, maxConnections, 10_000, 8192, 8192, timeWait, 0));
  }

  /** 2,000 closes a second on a core that may have 1,000 connections, for 20 seconds. */
  @Test
  void takesNoConnectionsPlace() {
    try (Rig rig = rig(1000, 60)) {
      rig.listen((listener, core) -> {});
      for (int i = 0; i < 40_000; i++) {
        Rig.Remote remote = rig.synReceived();
        Tcb c = rig.accept(remote, new Told());
        c.close();
        rig.turn();
        remote.send(FIN_ACK, 1, 2);
        rig.turn();
        rig.sent.clear();
        rig.now += 460_000; // half a millisecond with its four turns
      }
      assertEquals(0, rig.counters.get(Counter.DROP_TCP_MAX_CONCURRENCY));
      assertEquals(40_000, rig.counters.get(Counter.TCP_PASSIVE_OPENS));
      assertEquals(TimeWaitTable.MIN_LIMIT, rig.core.timeWaits.size());
      assertEquals(
          40_000 - TimeWaitTable.MIN_LIMIT, rig.counters.get(Counter.TCP_TIME_WAIT_EVICTED));
      assertEquals(0, rig.core.connectionCount());
      assertEquals(TimeWaitTable.MIN_LIMIT, rig.core.flowCount());
      assertEquals(0, rig.core.timerCount());
      long deadline = rig.core.nextDeadlineNanos();
      assertTrue(deadline > rig.now && deadline < rig.now + 60_000 * Rig.MILLI, "" + deadline);
      rig.run(60_001);
      assertEquals(0, rig.core.flowCount());
    }
  }

  private static Tcb connect(Rig rig, Told told) throws IOException {
    SocketOptions options = SocketOptions.DEFAULT;
    return (Tcb) rig.core.connect(0, LOCAL_PORT, Rig.PEER, Rig.PORT, 0, options, told);
  }

  /** Opens a connection and closes it first, with its timestamps only just received. */
  private static int openAndClose(Rig rig, boolean timestamps, int peerClock) throws IOException {
    Tcb c = connect(rig, new Told());
    rig.flush();
    int iss = rig.sent.remove().seq();
    int[] options = timestamps ? new int[] {TIMESTAMPS, peerClock, 0} : new int[0];
    int seq = Rig.PEER_ISS;
    int synAck = TcpHeader.SYN | TcpHeader.ACK;
    rig.segment(Rig.PORT, LOCAL_PORT, synAck, seq, iss + 1, Rig.WINDOW, 0, options);
    rig.turn();
    c.close();
    rig.turn();
    rig.segment(Rig.PORT, LOCAL_PORT, FIN_ACK, seq + 1, iss + 2, Rig.WINDOW, 0, options);
    rig.turn();
    assertEquals(1, rig.core.timeWaits.size());
    assertEquals(0, rig.core.connectionCount());
    rig.sent.clear();
    return iss + 2;
  }

  /** Like Linux's tcp_tw_reuse. */
  @Test
  void aConnectTakesThePortAgainWhenTimestampsAreASecondOld() throws IOException {
    try (Rig rig = rig(100, 60)) {
      int last = openAndClose(rig, true, 7);
      rig.run(990);
      BindException e = assertThrows(BindException.class, () -> connect(rig, new Told()));
      assertEquals("Address already in use: 10.0.0.1:30000", e.getMessage());
      rig.run(20);
      connect(rig, new Told());
      rig.flush();
      int iss = rig.sent.remove().seq();
      assertTrue(Seq.gt(iss, last), "begins " + (iss - last) + " beyond the old one");
      assertEquals(1, rig.counters.get(Counter.TCP_TIME_WAIT_REUSED));
      assertEquals(0, rig.core.timeWaits.size());
      assertEquals(1, rig.core.flowCount());
    }
  }

  @Test
  void withoutTimestampsThePortStaysTaken() throws IOException {
    try (Rig rig = rig(100, 60)) {
      openAndClose(rig, false, 0);
      rig.run(59_000);
      assertThrows(BindException.class, () -> connect(rig, new Told()));
      rig.run(1001);
      connect(rig, new Told());
    }
  }

  /** The SYN is dropped, and the record still answers for the old connection. */
  @Test
  void aSynThatFindsNoRoomEndsNothing() {
    try (Rig rig = rig(1, 60)) {
      rig.listen((listener, core) -> {});
      final Rig.Remote old = rig.synReceived();
      Tcb c = rig.accept(old, new Told());
      c.close();
      rig.turn();
      old.send(FIN_ACK, 1, 2);
      rig.turn();
      rig.sent.clear();
      Rig.Remote other = rig.synReceived(); // takes the only place
      rig.sent.clear();
      old.send(TcpHeader.SYN, 1000, 0);
      rig.turn();
      assertEquals(List.of(), List.copyOf(rig.sent));
      assertEquals(1, rig.counters.get(Counter.DROP_TCP_MAX_CONCURRENCY));
      assertEquals(0, rig.counters.get(Counter.TCP_TIME_WAIT_REUSED));
      old.send(FIN_ACK, 1, 2);
      rig.turn();
      assertEquals(2, old.ack(old.next()));
      other.send(TcpHeader.RST, 1, 0);
    }
  }

  /** An application that hasn't closed sees TIME_WAIT as long as it lasts, and reads what came. */
  @Test
  void theApplicationSeesItWhileItLasts() {
    try (Rig rig = rig(100, 60)) {
      rig.listen((listener, core) -> {});
      Told told = new Told();
      Rig.Remote remote = rig.synReceived();
      Tcb c = rig.accept(remote, told);
      c.shutdownOutput();
      rig.turn();
      remote.send(FIN_ACK, 1, 2, Rig.WINDOW, 10);
      rig.turn();
      assertEquals(TcpState.TIME_WAIT, c.state());
      c.keepAlive(true);
      c.userTimeoutMillis(1000);
      assertEquals(0, rig.core.timerCount());
      rig.run(59_900);
      assertEquals(TcpState.TIME_WAIT, c.state());
      rig.run(200);
      assertEquals(TcpState.CLOSED, c.state());
      assertEquals(10, c.read(new byte[20], 0, 20));
      assertEquals(List.of("readable"), told.events);
      c.close();
      rig.turn();
      assertEquals(List.of("readable", "closed NONE"), told.events);
    }
  }

  /** When evicted or replaced by a new connection, TIME_WAIT ends for the old application too. */
  @Test
  void anotherConnectionOfTheSameEndsIsNotTheOldOnes() {
    try (Rig rig = rig(100, 60)) {
      rig.listen((listener, core) -> {});
      Rig.Remote remote = rig.synReceived();
      Tcb old = rig.accept(remote, new Told());
      old.shutdownOutput();
      rig.turn();
      remote.send(FIN_ACK, 1, 2);
      rig.turn();
      assertEquals(TcpState.TIME_WAIT, old.state());
      rig.sent.clear();
      remote.send(TcpHeader.SYN, 1000, 0);
      rig.turn();
      assertEquals(TcpState.CLOSED, old.state());
      assertEquals(1, rig.core.connectionCount());
      old.abort();
      rig.turn();
      assertEquals(1, rig.core.connectionCount());
      remote.iss = remote.next().seq();
      remote.send(TcpHeader.RST, 1001, 0);
    }
  }
}
