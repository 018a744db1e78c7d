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
import org.mosstack.testkit.RecordingHandler;

/** Who is reset when {@code tcp_mem} is short: peers that take too little of what awaits them. */
class TcpMemoryTest {
  private static final int LIMIT = 1 << 20;
  private static final long PATIENCE_NANOS = 10_000 * TcpFixture.MILLI;

  private final RecordingHandler recorder = new RecordingHandler();

  private static TcpFixture fixture() {
    TcpProtection protection =
        new TcpProtection(SynCookieMode.OFF, LIMIT, 100, PATIENCE_NANOS, false, false);
    CongestionAlgorithm cubic = CongestionAlgorithm.CUBIC;
    TcpFixture fixture =
        new TcpFixture(
            new TcpConfig(
                0, 100, 10_000, 8192, LIMIT, 0, 0, cubic, false, EcnMode.OFF, protection));
    fixture.listen((listener, core) -> {});
    return fixture;
  }

  /** A peer that takes a number of bytes at a time, by opening its window that far. */
  private static final class Taker {
    final TcpFixture fixture;
    final TcpFixture.Remote remote;
    final Tcb connection;
    int taken = 1;

    Taker(TcpFixture fixture, RecordingHandler recorder, int held) {
      this.fixture = fixture;
      remote = fixture.synReceived();
      connection = fixture.accept(remote, recorder);
      connection.sendBuffer(LIMIT);
      remote.send(TcpHeader.ACK, 1, 1, 0, 0);
      fixture.turn();
      int accepted = connection.write(fixture.memory.address(), held, recorder);
      assertEquals(held, accepted);
      fixture.flush();
    }

    /** Opens the window by this many bytes, and takes what arrives. */
    void take(int bytes) {
      fixture.sent.clear();
      remote.send(TcpHeader.ACK, 1, taken, bytes, 0);
      fixture.turn();
      int most = taken;
      for (TcpFixture.Sent s : fixture.sent) {
        if (s.port() == remote.port) {
          most = Math.max(most, remote.seq(s) + s.length());
        }
      }
      fixture.sent.clear();
      taken = most;
      remote.send(TcpHeader.ACK, 1, taken, 0, 0);
      fixture.turn();
    }
  }

  /** At three quarters used, the patience with a closed window applies to a byte's window too. */
  @Test
  void aByteNowAndThenIsNoProgress() {
    try (TcpFixture fixture = fixture()) {
      Taker taker = new Taker(fixture, recorder, LIMIT / 100 * 80);
      for (int i = 0; i < 18; i++) {
        taker.take(1);
        fixture.run(500);
      }
      assertEquals(List.of(), recorder.events, "after nine seconds");
      for (int i = 0; i < 5; i++) {
        taker.take(1);
        fixture.run(500);
      }
      assertTrue(taker.taken > 18, "it took " + taker.taken);
      assertEquals(List.of("closed TIMED_OUT"), recorder.events);
      assertEquals(1, fixture.counters.get(Counter.TCP_MEMORY_RESETS));
    }
  }

  /** When all is used, a peer that won't finish in time goes, as if it took nothing. */
  @Test
  void aByteNowAndThenSavesNobodyWhenAllIsTaken() {
    try (TcpFixture fixture = fixture()) {
      RecordingHandler other = new RecordingHandler();
      Taker taker = new Taker(fixture, recorder, LIMIT / 2 + 1000);
      fixture.run(100);
      Taker quick = new Taker(fixture, other, LIMIT / 2);
      for (int i = 0; i < 22; i++) {
        taker.take(1);
        quick.take(20_000); // finishes in 2.6 seconds, but for what is written meanwhile
        quick.connection.write(fixture.memory.address(), 20_000, other);
        fixture.run(100);
      }
      assertEquals(List.of("closed TIMED_OUT"), recorder.events);
      assertEquals(List.of(), other.events);
      quick.connection.abort();
    }
  }

  /** A peer that takes everything in time stays, however much is always waiting. */
  @Test
  void whoTakesAllInTimeStays() {
    try (TcpFixture fixture = fixture()) {
      int held = LIMIT / 100 * 80;
      Taker taker = new Taker(fixture, recorder, held);
      for (int i = 0; i < 200; i++) {
        taker.take(held / 80); // all of it in eight seconds, but more is written each time
        int space = taker.connection.writeSpace();
        if (space > 0 && fixture.core.memory().used() < LIMIT / 100 * 85) {
          taker.connection.write(fixture.memory.address(), Math.min(space, held / 80), recorder);
        }
        fixture.run(100);
        assertTrue(fixture.core.memory().isPressed(), "short all the time");
      }
      assertEquals(List.of(), recorder.events);
      taker.connection.abort();
    }
  }

  /** With a small MSS, the records of each byte take more than the byte itself. */
  @Test
  void theScoreboardCounts() {
    try (TcpFixture fixture = fixture()) {
      TcpFixture.Remote remote = fixture.remote();
      int[] mss = {2 << 24 | 4 << 16 | 64};
      fixture.segment(
          remote.port,
          TcpFixture.PORT,
          TcpHeader.SYN,
          TcpFixture.PEER_ISS,
          0,
          TcpFixture.WINDOW,
          0,
          mss);
      fixture.turn();
      remote.iss = remote.next().seq();
      Tcb c = fixture.accept(remote, recorder);
      c.sendBuffer(LIMIT);
      c.noDelay(true);
      c.congestion.takeOver(64, 0, LIMIT, Integer.MAX_VALUE);
      assertEquals(60_000, c.write(fixture.memory.address(), 60_000, recorder));
      assertEquals(60_000, fixture.core.memory().used());
      fixture.flush();
      assertEquals(938, c.scoreboard.segments());
      assertEquals(60_000 + c.scoreboard.grownBytes(), fixture.core.memory().used());
      assertEquals((1024 - 16) * 64, c.scoreboard.grownBytes());
      remote.ack(1, 60_001);
      fixture.turn();
      assertEquals(0, fixture.core.memory().used());
      c.write(fixture.memory.address(), 1, recorder); // with the records of the segments before
      fixture.flush();
      remote.send(TcpHeader.RST, 1, 0);
      assertEquals(0, fixture.core.memory().used());
    }
  }
}
