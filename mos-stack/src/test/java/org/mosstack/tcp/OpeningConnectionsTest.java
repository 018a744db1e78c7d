package org.mosstack.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.mosstack.config.EcnMode;
import org.mosstack.config.SynCookieMode;
import org.mosstack.header.TcpHeader;
import org.mosstack.socket.CongestionAlgorithm;
import org.mosstack.socket.SocketOptions;
import org.mosstack.testkit.RecordingHandler;

/** Unreachable destinations: every waiting connection is recorders, but not all in one turn. */
class OpeningConnectionsTest {
  private static final int MANY = 1000;

  private final List<RecordingHandler> recorders = new ArrayList<>();

  private void connect(TcpFixture fixture, int destination) throws IOException {
    RecordingHandler handler = new RecordingHandler();
    recorders.add(handler);
    fixture.core.connect(0, 0, destination, TcpFixture.PORT, 0, SocketOptions.DEFAULT, handler);
  }

  private long ended() {
    return recorders.stream().filter(each -> !each.events.isEmpty()).count();
  }

  @Test
  void allAreToldAFewInEachTurn() throws IOException {
    try (TcpFixture fixture = new TcpFixture()) {
      for (int i = 0; i < MANY; i++) {
        connect(fixture, TcpFixture.PEER);
      }
      fixture.core.transport().unreachable(TcpFixture.PEER);
      long before = 0;
      int turns = 0;
      while (before < MANY) {
        assertTrue(fixture.core.nextDeadlineNanos() <= fixture.now, "there is more to do");
        fixture.turn();
        long now = ended();
        assertTrue(now > before && now - before <= OpeningConnections.MAX_ENDED, now + " ended");
        before = now;
        turns++;
      }
      assertEquals((MANY - 1) / OpeningConnections.MAX_ENDED + 1, turns);
      recorders.forEach(each -> assertEquals(List.of("closed HOST_UNREACHABLE"), each.events));
      assertEquals(0, fixture.core.flowCount());
    }
  }

  @Test
  void oneThatBeganLaterIsNotMeant() throws IOException {
    try (TcpFixture fixture = new TcpFixture()) {
      for (int i = 0; i < MANY; i++) {
        connect(fixture, TcpFixture.PEER);
      }
      fixture.core.transport().unreachable(TcpFixture.PEER);
      fixture.turn();
      connect(fixture, TcpFixture.PEER);
      for (int i = 0; i < MANY / OpeningConnections.MAX_ENDED + 10; i++) {
        fixture.turn();
      }
      assertEquals(MANY, ended());
      assertEquals(1, fixture.core.flowCount());
    }
  }

  /** A lost gateway is reported by destination: other destinations' connections aren't walked. */
  @Test
  void workIsThatOfTheDestinationsOwnConnections() throws IOException {
    try (TcpFixture fixture = new TcpFixture(new TcpConfig(0, 100_000, 10_000, 8192, 8192, 0, 0))) {
      int others = 30_000;
      for (int i = 0; i < others; i++) {
        connect(fixture, TcpFixture.US + 3 + i % 200);
        if (i % 100 == 0) {
          fixture.flush();
          fixture.sent.clear();
        }
      }
      fixture.core.advanceTime();
      connect(fixture, TcpFixture.PEER);
      for (int i = 0; i < 512; i++) {
        fixture.core.transport().unreachable(i == 400 ? TcpFixture.PEER : TcpFixture.US + 300 + i);
      }
      int seen = fixture.core.advanceTime();
      assertTrue(seen <= OpeningConnections.MAX_SEEN + others / 100, "looked at " + seen);
      fixture.turn();
      assertEquals(1, ended());
    }
  }

  /** Connections begun meanwhile, as by an application that retries at once, aren't walked. */
  @Test
  void workDoesNotGrowWithThoseThatBeganSince() throws IOException {
    try (TcpFixture fixture = new TcpFixture()) {
      for (int i = 0; i < MANY; i++) {
        connect(fixture, TcpFixture.PEER);
        recorders.get(i).onClosed = c -> fixture.connect(new RecordingHandler());
      }
      fixture.core.transport().unreachable(TcpFixture.PEER);
      for (int turns = 0; ended() < MANY; turns++) {
        int seen = fixture.core.advanceTime();
        assertTrue(seen <= OpeningConnections.MAX_ENDED + 1, seen + " looked at in turn " + turns);
        fixture.turn();
      }
      assertEquals(MANY, fixture.core.flowCount());
    }
  }

  /** However many other connections share the chain, the next turn continues behind them. */
  @Test
  void everyTurnIsBounded() throws IOException {
    try (TcpFixture fixture = new TcpFixture()) {
      int destination = TcpFixture.US + 3;
      OpeningConnections opening = meeting(fixture.core, destination, TcpFixture.PEER);
      List<RecordingHandler> meant = new ArrayList<>();
      for (int i = 0; i < 5000; i++) {
        boolean is = i % 1000 == 999;
        RecordingHandler handler = new RecordingHandler();
        Tcb c = fixture.connect(handler);
        if (is) {
          c.remoteAddress = destination;
          meant.add(handler);
        }
        ConnectionChain.leave(c);
        opening.add(c);
      }
      opening.unreachable(destination);
      opening.unreachable(destination);
      for (int turns = 1; opening.hasNews(); turns++) {
        int seen = opening.tell();
        assertTrue(seen <= OpeningConnections.MAX_SEEN, seen + " looked at");
        assertTrue(turns <= 11, "still at work after " + turns + " turns");
      }
      fixture.core.dispatch();
      meant.forEach(each -> assertEquals(List.of("closed HOST_UNREACHABLE"), each.events));
      assertEquals(4995, fixture.core.flowCount());
    }
  }

  /** Connections already passed, and newer ones, precede some of those that are meant. */
  @Test
  void newsOfTheSameChainMissNobody() throws IOException {
    try (TcpFixture fixture = new TcpFixture()) {
      int destination = TcpFixture.US + 3;
      OpeningConnections opening = meeting(fixture.core, destination, TcpFixture.PEER);
      for (int i = 0; i < MANY; i++) {
        Tcb c = fixture.connect(new RecordingHandler());
        ConnectionChain.leave(c);
        opening.add(c);
      }
      opening.unreachable(destination);
      opening.unreachable(TcpFixture.PEER);
      fixture.core.now(fixture.now + TcpFixture.MILLI);
      for (int i = 0; i < MANY; i++) {
        Tcb later = fixture.connect(new RecordingHandler());
        ConnectionChain.leave(later);
        opening.add(later);
      }
      while (opening.hasNews()) {
        opening.tell();
      }
      assertEquals(MANY, fixture.core.flowCount());
    }
  }

  /** Returns one in which connections to both destinations are in the same chain. */
  private static OpeningConnections meeting(TcpCore core, int destination, int other) {
    for (int seed = 0; ; seed++) {
      OpeningConnections opening = new OpeningConnections(core, new SplittableRandom(seed));
      if (opening.slot(destination) == opening.slot(other)) {
        return opening;
      }
    }
  }

  private static TcpConfig fastOpen() {
    return new TcpConfig(
        0,
        1000,
        10_000,
        8192,
        8192,
        0,
        0,
        CongestionAlgorithm.CUBIC,
        false,
        EcnMode.OFF,
        new TcpProtection(SynCookieMode.OFF, 0, 100, 1000 * TcpFixture.MILLI, true, false));
  }

  /** Obtains a Fast Open cookie: what is written in the turn of later connects goes with them. */
  private static void learnCookie(TcpFixture fixture, SocketOptions options) {
    Tcb c = fixture.connect(options, new RecordingHandler());
    fixture.flush();
    fixture.segment(
        TcpFixture.PORT,
        c.localPort,
        TcpHeader.SYN | TcpHeader.ACK,
        TcpFixture.PEER_ISS,
        fixture.sent.remove().seq() + 1,
        TcpFixture.WINDOW,
        0,
        new int[] {0x02_04_05_B4, 0x01_01_22_0A, 1, 2});
    fixture.turn();
    c.abort();
    fixture.turn();
    fixture.sent.clear();
  }

  /** An application that is given its buffers back may end other connections. */
  @Test
  void allAreToldThoughOneEndsOthersMeanwhile() throws IOException {
    try (TcpFixture fixture = new TcpFixture(fastOpen())) {
      SocketOptions fast = SocketOptions.builder().fastOpenConnect(true).build();
      learnCookie(fixture, fast);
      List<Tcb> open = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        RecordingHandler handler = new RecordingHandler();
        recorders.add(handler);
        Tcb c = fixture.connect(fast, handler);
        assertTrue(c.write(fixture.memory.address(), 100, "data") > 0);
        open.add(c);
      }
      recorders.get(4).onReleased =
          c -> {
            open.get(3).abort();
            open.get(5).abort();
          };
      fixture.turn();
      fixture.core.transport().unreachable(TcpFixture.PEER);
      fixture.turn();
      fixture.turn();
      assertEquals(10, ended());
    }
  }
}
