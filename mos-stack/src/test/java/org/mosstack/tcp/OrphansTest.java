package org.mosstack.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.BindException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.mosstack.config.EcnMode;
import org.mosstack.config.SynCookieMode;
import org.mosstack.header.TcpHeader;
import org.mosstack.mbuf.Memory;
import org.mosstack.os.OffHeap;
import org.mosstack.socket.CongestionAlgorithm;
import org.mosstack.socket.SocketOptions;
import org.mosstack.stats.Counter;
import org.mosstack.testkit.RecordingHandler;

/** Connections that their application has closed while they still have data to send. */
class OrphansTest {
  private static final int MEMORY = 1 << 20; // 128 blocks
  private static final int WRITTEN = 20_000; // 3 blocks

  private final RecordingHandler recorder = new RecordingHandler();

  private static TcpFixture fixture(int maxConnections) {
    return fixture(maxConnections, SynCookieMode.OFF);
  }

  private static TcpFixture fixture(int maxConnections, SynCookieMode cookies) {
    TcpProtection protection =
        new TcpProtection(cookies, MEMORY, 100, 1_000_000 * TcpFixture.MILLI, false, false);
    TcpFixture fixture =
        new TcpFixture(
            new TcpConfig(
                0,
                maxConnections,
                10_000,
                8192,
                MEMORY,
                0,
                0,
                CongestionAlgorithm.CUBIC,
                false,
                EcnMode.OFF,
                protection));
    fixture.listen(1000, SocketOptions.DEFAULT, (_, _) -> {});
    return fixture;
  }

  private Tcb accept(TcpFixture fixture, TcpFixture.Remote remote) {
    Tcb c = fixture.accept(remote, recorder);
    c.sendBuffer(WRITTEN);
    return c;
  }

  /** Closes a connection that has written and whose peer acknowledges nothing. */
  private TcpFixture.Remote orphan(TcpFixture fixture) {
    TcpFixture.Remote remote = fixture.synReceived();
    Tcb c = accept(fixture, remote);
    assertEquals(WRITTEN, c.write(fixture.memory.address(), WRITTEN, "data"));
    c.close();
    fixture.flush();
    fixture.sent.clear();
    return remote;
  }

  @Test
  void theApplicationHasItsBuffersBackAtOnceAndThePeerGetsWhatWasWritten() {
    try (TcpFixture fixture = fixture(100);
        OffHeap sent = OffHeap.map(WRITTEN)) {
      byte[] data = new byte[WRITTEN];
      new SplittableRandom(1).nextBytes(data);
      Memory.copy(data, 0, fixture.memory.address(), WRITTEN);
      TcpFixture.Remote remote = fixture.synReceived();
      Tcb c = accept(fixture, remote);
      for (int at = 0; at < WRITTEN; at += 1000) {
        assertEquals(1000, c.write(fixture.memory.address() + at, 1000, "data"));
      }
      fixture.turn();
      remote.ack(1, 1501); // half of a chunk
      fixture.turn();
      int before = recorder.released;
      c.close();
      assertEquals(WRITTEN / 1000, recorder.released, "buffers, of which " + before + " before");
      Memory.zero(fixture.memory.address(), WRITTEN);
      assertContent(data, 1500, c, sent);
      assertEquals(3, fixture.core.orphans.blocksInUse());
      remote.ack(1, 10_001);
      fixture.turn();
      assertContent(data, 10_000, c, sent);
      assertEquals(2, fixture.core.orphans.blocksInUse());
      fixture.turn();
      remote.ack(1, WRITTEN + 1);
      fixture.turn();
      remote.ack(1, WRITTEN + 2); // the FIN
      remote.send(TcpHeader.FIN | TcpHeader.ACK, 1, WRITTEN + 2);
      fixture.turn();
      assertEquals(0, fixture.core.orphans.blocksInUse());
      assertEquals(0, fixture.core.flowCount());
      assertEquals(WRITTEN / 1000, recorder.released, "each once");
      assertEquals(List.of("closed NONE"), recorder.events);
    }
  }

  private static void assertContent(byte[] data, int from, Tcb c, OffHeap sent) {
    int left = data.length - from;
    assertEquals(left, c.sendQueue.bytes());
    for (int at = 0; at < left; at += 700) {
      int length = Math.min(700, left - at);
      c.sendQueue.copy(at, length, sent.address() + at);
    }
    for (int i = 0; i < left; i++) {
      assertEquals(data[from + i], (byte) Memory.getByte(sent.address() + i), "byte " + i);
    }
  }

  @Test
  void aSilentPeerIsGivenUp() {
    try (TcpFixture fixture = fixture(100)) {
      orphan(fixture);
      fixture.run(1_000_000);
      assertEquals(0, fixture.core.flowCount());
      assertEquals(8, fixture.counters.get(Counter.TCP_RTO_EXPIRED));
      assertEquals(0, fixture.core.orphans.blocksInUse());
    }
  }

  @Test
  void whereMemoryIsShortTheOldestSilentOneGivesWay() {
    try (TcpFixture fixture = fixture(1000)) {
      int fit = MEMORY / OrphanMemory.BLOCK_BYTES / OrphanMemory.blocks(WRITTEN);
      for (int i = 0; i < fit; i++) {
        orphan(fixture);
      }
      assertEquals(0, fixture.counters.get(Counter.TCP_ORPHANS_RESET));
      int flows = fixture.core.flowCount();
      orphan(fixture);
      assertEquals(1, fixture.counters.get(Counter.TCP_ORPHANS_RESET), "all are young: itself");
      assertEquals(flows, fixture.core.flowCount());
      fixture.run(1_100);
      fixture.sent.clear();
      orphan(fixture);
      assertEquals(2, fixture.counters.get(Counter.TCP_ORPHANS_RESET));
      assertEquals(flows, fixture.core.flowCount());
      assertTrue(fixture.core.orphans.blocksInUse() <= MEMORY / OrphanMemory.BLOCK_BYTES);
    }
  }

  /** Nobody is reset for data that wouldn't fit even then. */
  @Test
  void nobodyGivesWayInVain() {
    try (TcpFixture fixture = fixture(1000)) {
      for (int i = 0; i < 5; i++) {
        orphan(fixture);
      }
      fixture.run(1_100);
      fixture.sent.clear();
      close(fixture, 2 * MEMORY);
      assertEquals(
          1, fixture.counters.get(Counter.TCP_ORPHANS_RESET), "more than all of the memory");
      assertEquals(5, fixture.core.flowCount());
      orphan(fixture); // too young to be reset
      fixture.sent.clear();
      close(fixture, MEMORY);
      assertEquals(
          2, fixture.counters.get(Counter.TCP_ORPHANS_RESET), "more than the silent ones have");
      assertEquals(6, fixture.core.flowCount());
      close(fixture, MEMORY - 2 * OrphanMemory.blocks(WRITTEN) * OrphanMemory.BLOCK_BYTES);
      assertEquals(6, fixture.counters.get(Counter.TCP_ORPHANS_RESET), "as many as it needs");
      assertEquals(3, fixture.core.flowCount());
    }
  }

  /** Closes a connection with this many bytes to send. */
  private void close(TcpFixture fixture, int bytes) {
    TcpFixture.Remote remote = fixture.synReceived();
    Tcb c = fixture.accept(remote, recorder);
    c.sendBuffer(bytes);
    for (int left = bytes; left > 0; left -= MEMORY) {
      int part = Math.min(left, MEMORY);
      assertEquals(part, c.write(fixture.memory.address(), part, "data"));
    }
    c.close();
    fixture.flush();
    fixture.sent.clear();
  }

  @Test
  void orphansKeepNoNewConnectionOut() {
    try (TcpFixture fixture = fixture(10)) {
      for (int i = 0; i < 10; i++) {
        orphan(fixture);
      }
      fixture.run(1_100);
      fixture.sent.clear();
      TcpFixture.Remote remote = fixture.remote();
      fixture.segment(
          remote.port, TcpFixture.PORT, TcpHeader.SYN, TcpFixture.PEER_ISS, 0, 1000, 0, new int[0]);
      fixture.turn();
      assertEquals(1, fixture.counters.get(Counter.TCP_ORPHANS_RESET));
      assertEquals(0, fixture.counters.get(Counter.DROP_TCP_MAX_CONCURRENCY));
      assertTrue(
          fixture.sent.stream().anyMatch(s -> s.port() == remote.port && s.has(TcpHeader.SYN)));
    }
  }

  /** It takes no memory; otherwise anybody could have all orphans reset by spoofed SYNs. */
  @Test
  void aSynThatIsAnsweredByACookieTakesNoPlace() {
    try (TcpFixture fixture = fixture(10, SynCookieMode.ALWAYS)) {
      for (int i = 0; i < 10; i++) {
        orphan(fixture);
      }
      assertFalse(isAnswered(fixture), "nobody would give way yet");
      fixture.run(1_100);
      fixture.sent.clear();
      TcpFixture.Remote remote = fixture.synReceived();
      assertEquals(0, fixture.counters.get(Counter.TCP_ORPHANS_RESET));
      remote.ack(1, 1);
      assertEquals(1, fixture.counters.get(Counter.TCP_ORPHANS_RESET));
      assertEquals(10, fixture.core.connectionCount());
    }
  }

  @Test
  void anOpenThatFailsTakesNoPlace() throws IOException {
    try (TcpFixture fixture = fixture(10)) {
      for (int i = 0; i < 9; i++) {
        orphan(fixture);
      }
      int taken = fixture.connect(recorder).localPort;
      fixture.run(1_100);
      assertThrows(BindException.class, () -> connect(fixture, taken));
      assertEquals(0, fixture.counters.get(Counter.TCP_ORPHANS_RESET));
      connect(fixture, taken + 1);
      assertEquals(1, fixture.counters.get(Counter.TCP_ORPHANS_RESET));
    }
  }

  private void connect(TcpFixture fixture, int localPort) throws IOException {
    fixture.core.connect(
        0, localPort, TcpFixture.PEER, TcpFixture.PORT, 0, SocketOptions.DEFAULT, recorder);
  }

  private static boolean isAnswered(TcpFixture fixture) {
    fixture.sent.clear();
    TcpFixture.Remote remote = fixture.remote();
    fixture.segment(
        remote.port, TcpFixture.PORT, TcpHeader.SYN, TcpFixture.PEER_ISS, 0, 1000, 0, new int[0]);
    fixture.turn();
    return fixture.sent.stream().anyMatch(s -> s.port() == remote.port && s.has(TcpHeader.SYN));
  }

  /** The oldest ones' peers answer now and then: that protects only their own connections. */
  @Test
  void thoseWhosePeersAreAliveDoNotShieldTheSilentOnes() {
    try (TcpFixture fixture = fixture(40)) {
      List<TcpFixture.Remote> alive = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        alive.add(orphan(fixture));
      }
      for (int i = 0; i < 20; i++) {
        orphan(fixture);
      }
      fixture.run(1_100);
      alive.forEach(each -> each.ack(1, 1));
      assertFalse(isAnswered(fixture), "as many as one segment may cost are alive");
      for (int i = 1; i <= 20; i++) {
        assertTrue(isAnswered(fixture), "connection " + i);
        assertEquals(i, fixture.counters.get(Counter.TCP_ORPHANS_RESET));
      }
      assertFalse(isAnswered(fixture), "all orphans that are left are alive");
      assertEquals(20, fixture.counters.get(Counter.TCP_ORPHANS_RESET));
    }
  }

  @Test
  void oneThatIsAliveDoesNotKeepTheMemoryOfTheSilentOnes() {
    try (TcpFixture fixture = fixture(1000)) {
      TcpFixture.Remote alive = orphan(fixture);
      int fit = MEMORY / OrphanMemory.BLOCK_BYTES / OrphanMemory.blocks(WRITTEN);
      for (int i = 1; i < fit; i++) {
        orphan(fixture);
      }
      fixture.run(1_100);
      alive.ack(1, 1);
      fixture.sent.clear();
      TcpFixture.Remote closed = orphan(fixture);
      fixture.run(1_100);
      assertEquals(1, fixture.counters.get(Counter.TCP_ORPHANS_RESET));
      assertTrue(fixture.sent.stream().anyMatch(s -> s.port() == closed.port), "it goes on");
      assertTrue(
          fixture.sent.stream().noneMatch(s -> s.port() == alive.port && s.has(TcpHeader.RST)));
    }
  }

  /** A connection that only waits for the peer's FIN has no memory to give. */
  @Test
  void memoryIsTakenFromThoseThatHoldSome() {
    try (TcpFixture fixture = fixture(1000)) {
      for (int i = 0; i < 50; i++) {
        TcpFixture.Remote remote = orphan(fixture);
        remote.ack(1, 10_001);
        fixture.turn();
        remote.ack(1, WRITTEN + 2);
        fixture.turn();
        fixture.sent.clear();
      }
      int fit = MEMORY / OrphanMemory.BLOCK_BYTES / OrphanMemory.blocks(WRITTEN);
      for (int i = 0; i < fit; i++) {
        orphan(fixture);
      }
      fixture.run(1_100);
      fixture.sent.clear();
      orphan(fixture);
      assertEquals(1, fixture.counters.get(Counter.TCP_ORPHANS_RESET));
      assertEquals(50 + fit, fixture.core.connectionCount());
    }
  }
}
