package org.mosstack.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.mosstack.config.EcnMode;
import org.mosstack.config.SynCookieMode;
import org.mosstack.header.TcpHeader;
import org.mosstack.socket.CongestionAlgorithm;
import org.mosstack.stats.Counter;

/** Who is reset when {@code tcp_mem} is short: peers that take too little of what awaits them. */
class TcpMemoryTest {
  private static final int LIMIT = 1 << 20;
  private static final long PATIENCE_NANOS = 10_000 * Rig.MILLI;

  private final Told told = new Told();

  private static Rig rig() {
    TcpProtection protection =
        new TcpProtection(SynCookieMode.OFF, LIMIT, 100, PATIENCE_NANOS, false, false);
    CongestionAlgorithm cubic = CongestionAlgorithm.CUBIC;
    Rig rig =
        new Rig(
            new TcpConfig(
                0, 100, 10_000, 8192, LIMIT, 0, 0, cubic, false, EcnMode.OFF, protection));
    rig.listen((listener, core) -> {});
    return rig;
  }

  /** A peer that takes a number of bytes at a time, by opening its window that far. */
  private static final class Taker {
    final Rig rig;
    final Rig.Remote remote;
    final Tcb connection;
    int taken = 1;

    Taker(Rig rig, Told told, int held) {
      this.rig = rig;
      remote = rig.synReceived();
      connection = rig.accept(remote, told);
      connection.sendBuffer(LIMIT);
      remote.send(TcpHeader.ACK, 1, 1, 0, 0);
      rig.turn();
      int accepted = connection.write(rig.memory.address(), held, told);
      assertEquals(held, accepted);
      rig.flush();
    }

    /** Opens the window by this many bytes, and takes what arrives. */
    void take(int bytes) {
      rig.sent.clear();
      remote.send(TcpHeader.ACK, 1, taken, bytes, 0);
      rig.turn();
      int most = taken;
      for (Rig.Sent s : rig.sent) {
        if (s.port() == remote.port) {
          most = Math.max(most, remote.seq(s) + s.length());
        }
      }
      rig.sent.clear();
      taken = most;
      remote.send(TcpHeader.ACK, 1, taken, 0, 0);
      rig.turn();
    }
  }

  /** At three quarters used, the patience with a closed window applies to a byte's window too. */
  @Test
  void aByteNowAndThenIsNoProgress() {
    try (Rig rig = rig()) {
      Taker taker = new Taker(rig, told, LIMIT / 100 * 80);
      for (int i = 0; i < 18; i++) {
        taker.take(1);
        rig.run(500);
      }
      assertEquals(List.of(), told.events, "after nine seconds");
      for (int i = 0; i < 5; i++) {
        taker.take(1);
        rig.run(500);
      }
      assertTrue(taker.taken > 18, "it took " + taker.taken);
      assertEquals(List.of("closed TIMED_OUT"), told.events);
      assertEquals(1, rig.counters.get(Counter.TCP_MEMORY_RESETS));
    }
  }

  /** When all is used, a peer that won't finish in time goes, as if it took nothing. */
  @Test
  void aByteNowAndThenSavesNobodyWhenAllIsTaken() {
    try (Rig rig = rig()) {
      Told other = new Told();
      Taker taker = new Taker(rig, told, LIMIT / 2 + 1000);
      rig.run(100);
      Taker quick = new Taker(rig, other, LIMIT / 2);
      for (int i = 0; i < 22; i++) {
        taker.take(1);
        quick.take(20_000); // finishes in 2.6 seconds, but for what is written meanwhile
        quick.connection.write(rig.memory.address(), 20_000, other);
        rig.run(100);
      }
      assertEquals(List.of("closed TIMED_OUT"), told.events);
      assertEquals(List.of(), other.events);
      quick.connection.abort();
    }
  }

  /** A peer that takes everything in time stays, however much is always waiting. */
  @Test
  void whoTakesAllInTimeStays() {
    try (Rig rig = rig()) {
      int held = LIMIT / 100 * 80;
      Taker taker = new Taker(rig, told, held);
      for (int i = 0; i < 200; i++) {
        taker.take(held / 80); // all of it in eight seconds, but more is written each time
        int space = taker.connection.writeSpace();
        if (space > 0 && rig.core.memory().used() < LIMIT / 100 * 85) {
          taker.connection.write(rig.memory.address(), Math.min(space, held / 80), told);
        }
        rig.run(100);
        assertTrue(rig.core.memory().isPressed(), "short all the time");
      }
      assertEquals(List.of(), told.events);
      taker.connection.abort();
    }
  }

  /** With a small MSS, the records of each byte take more than the byte itself. */
  @Test
  void theScoreboardCounts() {
    try (Rig rig = rig()) {
      Rig.Remote remote = rig.remote();
      int[] mss = {2 << 24 | 4 << 16 | 64};
      rig.segment(remote.port, Rig.PORT, TcpHeader.SYN, Rig.PEER_ISS, 0, Rig.WINDOW, 0, mss);
      rig.turn();
      remote.iss = remote.next().seq();
      Tcb c = rig.accept(remote, told);
      c.sendBuffer(LIMIT);
      c.noDelay(true);
      c.congestion.takeOver(64, 0, LIMIT, Integer.MAX_VALUE);
      assertEquals(60_000, c.write(rig.memory.address(), 60_000, told));
      assertEquals(60_000, rig.core.memory().used());
      rig.flush();
      assertEquals(938, c.scoreboard.segments());
      assertEquals(60_000 + c.scoreboard.grownBytes(), rig.core.memory().used());
      assertEquals((1024 - 16) * 64, c.scoreboard.grownBytes());
      remote.ack(1, 60_001);
      rig.turn();
      assertEquals(0, rig.core.memory().used());
      c.write(rig.memory.address(), 1, told); // with the records of the segments before
      rig.flush();
      remote.send(TcpHeader.RST, 1, 0);
      assertEquals(0, rig.core.memory().used());
    }
  }
}
