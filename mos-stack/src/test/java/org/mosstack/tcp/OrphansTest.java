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

/** Connections that their application has closed while they still have data to send. */
class OrphansTest {
  private static final int MEMORY = 1 << 20; // 128 blocks
  private static final int WRITTEN = 20_000; // 3 blocks

  private final Told told = new Told();

  private static Rig rig(int maxConnections) {
    return rig(maxConnections, SynCookieMode.OFF);
  }

  private static Rig rig(int maxConnections, SynCookieMode cookies) {
    TcpProtection protection =
        new TcpProtection(cookies, MEMORY, 100, 1_000_000 * Rig.MILLI, false, false);
    Rig rig =
        new Rig(
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
    rig.listen(1000, SocketOptions.DEFAULT, (_, _) -> {});
    return rig;
  }

  private Tcb accept(Rig rig, Rig.Remote remote) {
    Tcb c = rig.accept(remote, told);
    c.sendBuffer(WRITTEN);
    return c;
  }

  /** Closes a connection that has written and whose peer acknowledges nothing. */
  private Rig.Remote orphan(Rig rig) {
    Rig.Remote remote = rig.synReceived();
    Tcb c = accept(rig, remote);
    assertEquals(WRITTEN, c.write(rig.memory.address(), WRITTEN, "data"));
    c.close();
    rig.flush();
    rig.sent.clear();
    return remote;
  }

  @Test
  void theApplicationHasItsBuffersBackAtOnceAndThePeerGetsWhatWasWritten() {
    try (Rig rig = rig(100);
        OffHeap sent = OffHeap.map(WRITTEN)) {
      byte[] data = new byte[WRITTEN];
      new SplittableRandom(1).nextBytes(data);
      Memory.copy(data, 0, rig.memory.address(), WRITTEN);
      Rig.Remote remote = rig.synReceived();
      Tcb c = accept(rig, remote);
      for (int at = 0; at < WRITTEN; at += 1000) {
        assertEquals(1000, c.write(rig.memory.address() + at, 1000, "data"));
      }
      rig.turn();
      remote.ack(1, 1501); // half of a chunk
      rig.turn();
      int before = told.released;
      c.close();
      assertEquals(WRITTEN / 1000, told.released, "buffers, of which " + before + " before");
      Memory.zero(rig.memory.address(), WRITTEN);
      assertContent(data, 1500, c, sent);
      assertEquals(3, rig.core.orphans.blocksInUse());
      remote.ack(1, 10_001);
      rig.turn();
      assertContent(data, 10_000, c, sent);
      assertEquals(2, rig.core.orphans.blocksInUse());
      rig.turn();
      remote.ack(1, WRITTEN + 1);
      rig.turn();
      remote.ack(1, WRITTEN + 2); // the FIN
      remote.send(TcpHeader.FIN | TcpHeader.ACK, 1, WRITTEN + 2);
      rig.turn();
      assertEquals(0, rig.core.orphans.blocksInUse());
      assertEquals(0, rig.core.flowCount());
      assertEquals(WRITTEN / 1000, told.released, "each once");
      assertEquals(List.of("closed NONE"), told.events);
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
    try (Rig rig = rig(100)) {
      orphan(rig);
      rig.run(1_000_000);
      assertEquals(0, rig.core.flowCount());
      assertEquals(8, rig.counters.get(Counter.TCP_RTO_EXPIRED));
      assertEquals(0, rig.core.orphans.blocksInUse());
    }
  }

  @Test
  void whereMemoryIsShortTheOldestSilentOneGivesWay() {
    try (Rig rig = rig(1000)) {
      int fit = MEMORY / OrphanMemory.BLOCK_BYTES / OrphanMemory.blocks(WRITTEN);
      for (int i = 0; i < fit; i++) {
        orphan(rig);
      }
      assertEquals(0, rig.counters.get(Counter.TCP_ORPHANS_RESET));
      int flows = rig.core.flowCount();
      orphan(rig);
      assertEquals(1, rig.counters.get(Counter.TCP_ORPHANS_RESET), "all are young: itself");
      assertEquals(flows, rig.core.flowCount());
      rig.run(1_100);
      rig.sent.clear();
      orphan(rig);
      assertEquals(2, rig.counters.get(Counter.TCP_ORPHANS_RESET));
      assertEquals(flows, rig.core.flowCount());
      assertTrue(rig.core.orphans.blocksInUse() <= MEMORY / OrphanMemory.BLOCK_BYTES);
    }
  }

  /** Nobody is reset for data that wouldn't fit even then. */
  @Test
  void nobodyGivesWayInVain() {
    try (Rig rig = rig(1000)) {
      for (int i = 0; i < 5; i++) {
        orphan(rig);
      }
      rig.run(1_100);
      rig.sent.clear();
      close(rig, 2 * MEMORY);
      assertEquals(1, rig.counters.get(Counter.TCP_ORPHANS_RESET), "more than all of the memory");
      assertEquals(5, rig.core.flowCount());
      orphan(rig); // too young to be reset
      rig.sent.clear();
      close(rig, MEMORY);
      assertEquals(
          2, rig.counters.get(Counter.TCP_ORPHANS_RESET), "more than the silent ones have");
      assertEquals(6, rig.core.flowCount());
      close(rig, MEMORY - 2 * OrphanMemory.blocks(WRITTEN) * OrphanMemory.BLOCK_BYTES);
      assertEquals(6, rig.counters.get(Counter.TCP_ORPHANS_RESET), "as many as it needs");
      assertEquals(3, rig.core.flowCount());
    }
  }

  /** Closes a connection with this many bytes to send. */
  private void close(Rig rig, int bytes) {
    Rig.Remote remote = rig.synReceived();
    Tcb c = rig.accept(remote, told);
    c.sendBuffer(bytes);
    for (int left = bytes; left > 0; left -= MEMORY) {
      int part = Math.min(left, MEMORY);
      assertEquals(part, c.write(rig.memory.address(), part, "data"));
    }
    c.close();
    rig.flush();
    rig.sent.clear();
  }

  @Test
  void orphansKeepNoNewConnectionOut() {
    try (Rig rig = rig(10)) {
      for (int i = 0; i < 10; i++) {
        orphan(rig);
      }
      rig.run(1_100);
      rig.sent.clear();
      Rig.Remote remote = rig.remote();
      rig.segment(remote.port, Rig.PORT, TcpHeader.SYN, Rig.PEER_ISS, 0, 1000, 0, new int[0]);
      rig.turn();
      assertEquals(1, rig.counters.get(Counter.TCP_ORPHANS_RESET));
      assertEquals(0, rig.counters.get(Counter.DROP_TCP_MAX_CONCURRENCY));
      assertTrue(rig.sent.stream().anyMatch(s -> s.port() == remote.port && s.has(TcpHeader.SYN)));
    }
  }

  /** It takes no memory; otherwise anybody could have all orphans reset by spoofed SYNs. */
  @Test
  void aSynThatIsAnsweredByACookieTakesNoPlace() {
    try (Rig rig = rig(10, SynCookieMode.ALWAYS)) {
      for (int i = 0; i < 10; i++) {
        orphan(rig);
      }
      assertFalse(isAnswered(rig), "nobody would give way yet");
      rig.run(1_100);
      rig.sent.clear();
      Rig.Remote remote = rig.synReceived();
      assertEquals(0, rig.counters.get(Counter.TCP_ORPHANS_RESET));
      remote.ack(1, 1);
      assertEquals(1, rig.counters.get(Counter.TCP_ORPHANS_RESET));
      assertEquals(10, rig.core.connectionCount());
    }
  }

  @Test
  void anOpenThatFailsTakesNoPlace() throws IOException {
    try (Rig rig = rig(10)) {
      for (int i = 0; i < 9; i++) {
        orphan(rig);
      }
      int taken = rig.connect(told).localPort;
      rig.run(1_100);
      assertThrows(BindException.class, () -> connect(rig, taken));
      assertEquals(0, rig.counters.get(Counter.TCP_ORPHANS_RESET));
      connect(rig, taken + 1);
      assertEquals(1, rig.counters.get(Counter.TCP_ORPHANS_RESET));
    }
  }

  private void connect(Rig rig, int localPort) throws IOException {
    rig.core.connect(0, localPort, Rig.PEER, Rig.PORT, 0, SocketOptions.DEFAULT, told);
  }

  private static boolean isAnswered(Rig rig) {
    rig.sent.clear();
    Rig.Remote remote = rig.remote();
    rig.segment(remote.port, Rig.PORT, TcpHeader.SYN, Rig.PEER_ISS, 0, 1000, 0, new int[0]);
    rig.turn();
    return rig.sent.stream().anyMatch(s -> s.port() == remote.port && s.has(TcpHeader.SYN));
  }

  /** The oldest ones' peers answer now and then: that protects only their own connections. */
  @Test
  void thoseWhosePeersAreAliveDoNotShieldTheSilentOnes() {
    try (Rig rig = rig(40)) {
      List<Rig.Remote> alive = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        alive.add(orphan(rig));
      }
      for (int i = 0; i < 20; i++) {
        orphan(rig);
      }
      rig.run(1_100);
      alive.forEach(each -> each.ack(1, 1));
      assertFalse(isAnswered(rig), "as many as one segment may cost are alive");
      for (int i = 1; i <= 20; i++) {
        assertTrue(isAnswered(rig), "connection " + i);
        assertEquals(i, rig.counters.get(Counter.TCP_ORPHANS_RESET));
      }
      assertFalse(isAnswered(rig), "all orphans that are left are alive");
      assertEquals(20, rig.counters.get(Counter.TCP_ORPHANS_RESET));
    }
  }

  @Test
  void oneThatIsAliveDoesNotKeepTheMemoryOfTheSilentOnes() {
    try (Rig rig = rig(1000)) {
      Rig.Remote alive = orphan(rig);
      int fit = MEMORY / OrphanMemory.BLOCK_BYTES / OrphanMemory.blocks(WRITTEN);
      for (int i = 1; i < fit; i++) {
        orphan(rig);
      }
      rig.run(1_100);
      alive.ack(1, 1);
      rig.sent.clear();
      Rig.Remote closed = orphan(rig);
      rig.run(1_100);
      assertEquals(1, rig.counters.get(Counter.TCP_ORPHANS_RESET));
      assertTrue(rig.sent.stream().anyMatch(s -> s.port() == closed.port), "it goes on");
      assertTrue(rig.sent.stream().noneMatch(s -> s.port() == alive.port && s.has(TcpHeader.RST)));
    }
  }

  /** A connection that only waits for the peer's FIN has no memory to give. */
  @Test
  void memoryIsTakenFromThoseThatHoldSome() {
    try (Rig rig = rig(1000)) {
      for (int i = 0; i < 50; i++) {
        Rig.Remote remote = orphan(rig);
        remote.ack(1, 10_001);
        rig.turn();
        remote.ack(1, WRITTEN + 2);
        rig.turn();
        rig.sent.clear();
      }
      int fit = MEMORY / OrphanMemory.BLOCK_BYTES / OrphanMemory.blocks(WRITTEN);
      for (int i = 0; i < fit; i++) {
        orphan(rig);
      }
      rig.run(1_100);
      rig.sent.clear();
      orphan(rig);
      assertEquals(1, rig.counters.get(Counter.TCP_ORPHANS_RESET));
      assertEquals(50 + fit, rig.core.connectionCount());
    }
  }
}
