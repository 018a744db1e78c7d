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

/** Unreachable destinations: every waiting connection is told, but not all in one turn. */
class OpeningConnectionsTest {
  private static final int MANY = 1000;

  private final List<Told> told = new ArrayList<>();

  private void connect(Rig rig, int destination) throws IOException {
    Told handler = new Told();
    told.add(handler);
    rig.core.connect(0, 0, destination, Rig.PORT, 0, SocketOptions.DEFAULT, handler);
  }

  private long ended() {
    return told.stream().filter(each -> !each.events.isEmpty()).count();
  }

  @Test
  void allAreToldAFewInEachTurn() throws IOException {
    try (Rig rig = new Rig()) {
      for (int i = 0; i < MANY; i++) {
        connect(rig, Rig.PEER);
      }
      rig.core.transport().unreachable(Rig.PEER);
      long before = 0;
      int turns = 0;
      while (before < MANY) {
        assertTrue(rig.core.nextDeadlineNanos() <= rig.now, "there is more to do");
        rig.turn();
        long now = ended();
        assertTrue(now > before && now - before <= OpeningConnections.MAX_ENDED, now + " ended");
        before = now;
        turns++;
      }
      assertEquals((MANY - 1) / OpeningConnections.MAX_ENDED + 1, turns);
      told.forEach(each -> assertEquals(List.of("closed HOST_UNREACHABLE"), each.events));
      assertEquals(0, rig.core.flowCount());
    }
  }

  @Test
  void oneThatBeganLaterIsNotMeant() throws IOException {
    try (Rig rig = new Rig()) {
      for (int i = 0; i < MANY; i++) {
        connect(rig, Rig.PEER);
      }
      rig.core.transport().unreachable(Rig.PEER);
      rig.turn();
      connect(rig, Rig.PEER);
      for (int i = 0; i < MANY / OpeningConnections.MAX_ENDED + 10; i++) {
        rig.turn();
      }
      assertEquals(MANY, ended());
      assertEquals(1, rig.core.flowCount());
    }
  }

  /** A lost gateway is reported by destination: other destinations' connections aren't walked. */
  @Test
  void workIsThatOfTheDestinationsOwnConnections() throws IOException {
    try (Rig rig = new Rig(new TcpConfig(0, 100_000, 10_000, 8192, 8192, 0, 0))) {
      int others = 30_000;
      for (int i = 0; i < others; i++) {
        connect(rig, Rig.US + 3 + i % 200);
        if (i % 100 == 0) {
          rig.flush();
          rig.sent.clear();
        }
      }
      rig.core.advanceTime();
      connect(rig, Rig.PEER);
      for (int i = 0; i < 512; i++) {
        rig.core.transport().unreachable(i == 400 ? Rig.PEER : Rig.US + 300 + i);
      }
      int seen = rig.core.advanceTime();
      assertTrue(seen <= OpeningConnections.MAX_SEEN + others / 100, "looked at " + seen);
      rig.turn();
      assertEquals(1, ended());
    }
  }

  /** Connections begun meanwhile, as by an application that retries at once, aren't walked. */
  @Test
  void workDoesNotGrowWithThoseThatBeganSince() throws IOException {
    try (Rig rig = new Rig()) {
      for (int i = 0; i < MANY; i++) {
        connect(rig, Rig.PEER);
        told.get(i).onClosed = c -> rig.connect(new Told());
      }
      rig.core.transport().unreachable(Rig.PEER);
      for (int turns = 0; ended() < MANY; turns++) {
        int seen = rig.core.advanceTime();
        assertTrue(seen <= OpeningConnections.MAX_ENDED + 1, seen + " looked at in turn " + turns);
        rig.turn();
      }
      assertEquals(MANY, rig.core.flowCount());
    }
  }

  /** However many other connections share the chain, the next turn continues behind them. */
  @Test
  void everyTurnIsBounded() throws IOException {
    try (Rig rig = new Rig()) {
      int destination = Rig.US + 3;
      OpeningConnections opening = meeting(rig.core, destination, Rig.PEER);
      List<Told> meant = new ArrayList<>();
      for (int i = 0; i < 5000; i++) {
        boolean is = i % 1000 == 999;
        Told handler = new Told();
        Tcb c = rig.connect(handler);
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
      rig.core.dispatch();
      meant.forEach(each -> assertEquals(List.of("closed HOST_UNREACHABLE"), each.events));
      assertEquals(4995, rig.core.flowCount());
    }
  }

  /** Connections already passed, and newer ones, precede some of those that are meant. */
  @Test
  void newsOfTheSameChainMissNobody() throws IOException {
    try (Rig rig = new Rig()) {
      int destination = Rig.US + 3;
      OpeningConnections opening = meeting(rig.core, destination, Rig.PEER);
      for (int i = 0; i < MANY; i++) {
        Tcb c = rig.connect(new Told());
        ConnectionChain.leave(c);
        opening.add(c);
      }
      opening.unreachable(destination);
      opening.unreachable(Rig.PEER);
      rig.core.now(rig.now + Rig.MILLI);
      for (int i = 0; i < MANY; i++) {
        Tcb later = rig.connect(new Told());
        ConnectionChain.leave(later);
        opening.add(later);
      }
      while (opening.hasNews()) {
        opening.tell();
      }
      assertEquals(MANY, rig.core.flowCount());
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
        new TcpProtection(SynCookieMode.OFF, 0, 100, 1000 * Rig.MILLI, true, false));
  }

  /** Obtains a Fast Open cookie: what is written in the turn of later connects goes with them. */
  private static void learnCookie(Rig rig, SocketOptions options) {
    Tcb c = rig.connect(options, new Told());
    rig.flush();
    rig.segment(
        Rig.PORT,
        c.localPort,
        TcpHeader.SYN | TcpHeader.ACK,
        Rig.PEER_ISS,
        rig.sent.remove().seq() + 1,
        Rig.WINDOW,
        0,
        new int[] {0x02_04_05_B4, 0x01_01_22_0A, 1, 2});
    rig.turn();
    c.abort();
    rig.turn();
    rig.sent.clear();
  }

  /** An application that is given its buffers back may end other connections. */
  @Test
  void allAreToldThoughOneEndsOthersMeanwhile() throws IOException {
    try (Rig rig = new Rig(fastOpen())) {
      SocketOptions fast = SocketOptions.builder().fastOpenConnect(true).build();
      learnCookie(rig, fast);
      List<Tcb> open = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        Told handler = new Told();
        told.add(handler);
        Tcb c = rig.connect(fast, handler);
        assertTrue(c.write(rig.memory.address(), 100, "data") > 0);
        open.add(c);
      }
      told.get(4).onReleased =
          c -> {
            open.get(3).abort();
            open.get(5).abort();
          };
      rig.turn();
      rig.core.transport().unreachable(Rig.PEER);
      rig.turn();
      rig.turn();
      assertEquals(10, ended());
    }
  }
}
