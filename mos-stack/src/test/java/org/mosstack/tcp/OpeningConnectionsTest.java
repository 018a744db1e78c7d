package org.mosstack.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Destinations that can't be reached: everyone who waits is told, but not all in one turn. */
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

  /** A gateway that is gone is told of by destination: the others' connections aren't walked. */
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
}
