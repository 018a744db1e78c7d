package org.mosstack.ip;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.mosstack.IpEnds;
import org.mosstack.config.ArpEntry;
import org.mosstack.stats.Counter;

/** The life of a neighbour: asked for, known, confirmed, gone. */
class ArpTest {
  private Bed bed = new Bed();

  @AfterEach
  void close() {
    bed.close();
  }

  private void restart(Bed other) {
    bed.close();
    bed = other;
  }

  /** Makes the peer known; the packet that caused it has been sent. */
  private void meetPeer() {
    bed.send(Bed.PEER, new byte[1]);
    bed.peerReplies();
    bed.sent();
  }

  private void assertSentTo(long mac, int payloadBytes, byte[] frame) {
    assertEquals(14 + 20 + payloadBytes, frame.length);
    assertEquals(mac, Mac.destination(frame));
  }

  private static final class Mac {
    static long destination(byte[] frame) {
      long mac = 0;
      for (int i = 0; i < 6; i++) {
        mac = mac << 8 | frame[i] & 0xFF;
      }
      return mac;
    }
  }

  @Test
  void asksThenSendsWhatWaited() {
    assertTrue(bed.send(Bed.PEER, new byte[] {1}));
    assertTrue(bed.send(Bed.PEER, new byte[] {2, 2}));
    List<byte[]> sent = bed.sent();
    assertEquals(1, sent.size());
    Bed.assertFrame(Bed.broadcastRequest(Bed.PEER), sent.get(0));
    bed.peerReplies();
    sent = bed.sent();
    assertEquals(2, sent.size());
    assertSentTo(Bed.PEER_MAC, 1, sent.get(0));
    assertSentTo(Bed.PEER_MAC, 2, sent.get(1));
    assertEquals(Long.MAX_VALUE, bed.ip.nextDeadlineNanos());
    bed.send(Bed.PEER, new byte[3]);
    assertSentTo(Bed.PEER_MAC, 3, bed.sent().get(0));
    bed.assertCounted();
  }

  @Test
  void asksEachSecondThenGivesUp() {
    bed.send(Bed.PEER, new byte[1]);
    bed.send(Bed.PEER, new byte[1]);
    assertEquals(1, bed.sent().size());
    for (int i = 0; i < 2; i++) {
      assertEquals(bed.now + Bed.SECOND, bed.ip.nextDeadlineNanos());
      bed.advance(Bed.SECOND - 1);
      assertEquals(0, bed.sent().size());
      bed.advance(1);
      Bed.assertFrame(Bed.broadcastRequest(Bed.PEER), bed.sent().get(0));
    }
    bed.assertCounted();
    bed.advance(Bed.SECOND);
    assertEquals(0, bed.sent().size());
    bed.assertCounted(Counter.DROP_ARP_UNRESOLVED, Counter.DROP_ARP_UNRESOLVED);
    assertEquals(List.of(Bed.PEER), bed.upper.unreachable);
    assertEquals(Long.MAX_VALUE, bed.ip.nextDeadlineNanos());
    assertEquals(0, bed.pool.inUse());
    bed.send(Bed.PEER, new byte[1]); // the next packet starts over
    Bed.assertFrame(Bed.broadcastRequest(Bed.PEER), bed.sent().get(0));
    bed.peerReplies();
    assertSentTo(Bed.PEER_MAC, 1, bed.sent().get(0));
  }

  @Test
  void tellsEachDestinationBehindASilentGateway() {
    bed.send(Bed.FAR, new byte[1]);
    bed.send(Bed.FAR + 1, new byte[1]);
    Bed.assertFrame(Bed.broadcastRequest(Bed.GATEWAY), bed.sent().get(0));
    assertSame(bed.ip.path(Bed.FAR), bed.ip.path(Bed.FAR + 1));
    bed.advance(Bed.SECOND);
    bed.advance(Bed.SECOND);
    bed.advance(Bed.SECOND);
    assertEquals(List.of(Bed.FAR, Bed.FAR + 1), bed.upper.unreachable);
    bed.assertMoved(Map.of(Counter.DROP_ARP_UNRESOLVED, 2L));
  }

  @Test
  void transportMaySendAgainWhenToldOfSilence() {
    bed.upper.onUnreachable = () -> bed.send(Bed.PEER, new byte[9]);
    bed.send(Bed.PEER, new byte[1]);
    bed.advance(Bed.SECOND);
    bed.advance(Bed.SECOND);
    bed.sent();
    bed.advance(Bed.SECOND);
    assertEquals(1, bed.sent().size()); // the new packet's request
    bed.peerReplies();
    assertSentTo(Bed.PEER_MAC, 9, bed.sent().get(0));
    assertEquals(1, bed.upper.unreachable.size());
  }

  @Test
  void confirmsWithoutLossWhileInUse() {
    meetPeer();
    bed.advance(60 * Bed.SECOND - 1);
    bed.send(Bed.PEER, new byte[1]);
    assertEquals(1, bed.sent().size());
    bed.advance(1);
    bed.send(Bed.PEER, new byte[1]);
    bed.send(Bed.PEER, new byte[2]);
    List<byte[]> sent = bed.sent();
    assertEquals(3, sent.size());
    Bed.assertFrame(Frames.arp(Bed.PEER_MAC, 1, Bed.MAC, Bed.US, 0, Bed.PEER), sent.get(0));
    assertSentTo(Bed.PEER_MAC, 1, sent.get(1));
    assertSentTo(Bed.PEER_MAC, 2, sent.get(2));
    bed.peerReplies();
    assertEquals(Long.MAX_VALUE, bed.ip.nextDeadlineNanos());
    bed.advance(59 * Bed.SECOND);
    bed.send(Bed.PEER, new byte[1]);
    assertEquals(1, bed.sent().size());
    bed.assertCounted();
  }

  @Test
  void neighbourThatMovedIsFoundAgain() {
    meetPeer();
    bed.advance(60 * Bed.SECOND);
    bed.send(Bed.PEER, new byte[1]);
    assertEquals(2, bed.sent().size());
    for (int i = 0; i < 2; i++) {
      bed.advance(Bed.SECOND);
      assertEquals(Bed.PEER_MAC, Mac.destination(bed.sent().get(0)));
    }
    bed.advance(Bed.SECOND);
    assertEquals(0, bed.sent().size());
    bed.send(Bed.PEER, new byte[1]); // the old address is given up: ask everybody
    Bed.assertFrame(Bed.broadcastRequest(Bed.PEER), bed.sent().get(0));
    bed.receive(Frames.arp(Bed.MAC, 2, Bed.OTHER_MAC, Bed.PEER, Bed.MAC, Bed.US));
    assertSentTo(Bed.OTHER_MAC, 1, bed.sent().get(0));
    bed.assertCounted();
  }

  @Test
  void expiresWhenUnused() {
    meetPeer();
    bed.advance(300 * Bed.SECOND);
    assertEquals(Long.MAX_VALUE, bed.ip.nextDeadlineNanos());
    bed.send(Bed.PEER, new byte[1]);
    List<byte[]> sent = bed.sent();
    assertEquals(1, sent.size());
    Bed.assertFrame(Bed.broadcastRequest(Bed.PEER), sent.get(0));
    bed.peerReplies();
    assertSentTo(Bed.PEER_MAC, 1, bed.sent().get(0));
  }

  @Test
  void pathOutlivesItsEntry() {
    Path path = bed.ip.path(Bed.PEER);
    bed.send(path, Bed.PEER, new byte[1]);
    bed.peerReplies();
    bed.sent();
    bed.advance(1000 * Bed.SECOND);
    bed.send(path, Bed.PEER, new byte[1]);
    bed.peerReplies();
    assertEquals(2, bed.sent().size());
    assertSame(path, bed.ip.path(Bed.PEER));
  }

  @Test
  void queueKeepsTheLatest() {
    restart(new Bed(16 * WaitingPackets.MAX_FOR_A_NEIGHBOUR, List.of()));
    int sent = WaitingPackets.MAX_FOR_A_NEIGHBOUR + 5;
    for (int i = 0; i < sent; i++) {
      assertTrue(bed.send(Bed.PEER, new byte[100 + i]));
    }
    bed.assertMoved(Map.of(Counter.DROP_ARP_QUEUE_FULL, 5L));
    bed.sent();
    bed.peerReplies();
    List<byte[]> frames = bed.sent();
    assertEquals(WaitingPackets.MAX_FOR_A_NEIGHBOUR, frames.size());
    for (int i = 0; i < frames.size(); i++) {
      assertEquals(34 + 100 + 5 + i, frames.get(i).length);
    }
  }

  @Test
  void allQueuesTogetherLeaveMostBuffersFree() {
    restart(new Bed(80, List.of()));
    for (int i = 0; i < 10; i++) {
      assertTrue(bed.send(Bed.PEER + i, new byte[1]));
    }
    assertFalse(bed.send(Bed.PEER + 10, new byte[1]));
    assertEquals(10, bed.pool.inUse());
    bed.assertCounted(Counter.DROP_ARP_QUEUE_FULL);
    bed.peerReplies();
    assertTrue(bed.send(Bed.PEER + 10, new byte[1]));
  }

  @Test
  void noBufferForTheRequestIsCountedAndTriedAgain() {
    restart(new Bed(8, List.of()));
    long[] taken = new long[7];
    for (int i = 0; i < 7; i++) {
      taken[i] = bed.pool.alloc();
    }
    bed.send(Bed.PEER, new byte[1]);
    assertEquals(0, bed.sent().size());
    bed.assertCounted(Counter.NO_MBUF);
    for (long mbuf : taken) {
      bed.pool.free(mbuf);
    }
    bed.advance(Bed.SECOND);
    assertEquals(1, bed.sent().size());
  }

  @Test
  void staticEntriesAreNeitherAskedForNorChanged() {
    ArpEntry one = IpEnds.neighbour(Bed.PEER, 32, Bed.OTHER_MAC);
    ArpEntry network = IpEnds.neighbour(Frames.ip("10.0.0.128"), 25, Bed.PEER_MAC);
    ArpEntry inside = IpEnds.neighbour(Frames.ip("10.0.0.200"), 32, 0x0AL << 40);
    restart(new Bed(512, List.of(network, one, inside)));
    bed.send(Bed.PEER, new byte[1]);
    bed.send(Frames.ip("10.0.0.199"), new byte[1]);
    bed.send(Frames.ip("10.0.0.200"), new byte[1]);
    bed.send(Bed.FAR, new byte[1]); // the gateway is covered too
    List<byte[]> sent = bed.sent();
    assertEquals(4, sent.size());
    assertSentTo(Bed.OTHER_MAC, 1, sent.get(0));
    assertSentTo(Bed.PEER_MAC, 1, sent.get(1));
    assertSentTo(0x0AL << 40, 1, sent.get(2));
    assertSentTo(Bed.PEER_MAC, 1, sent.get(3));
    bed.receive(Frames.arp(Frames.BROADCAST, 1, Bed.PEER_MAC, Bed.PEER, 0, Bed.PEER));
    bed.advance(10_000 * Bed.SECOND);
    bed.send(Bed.PEER, new byte[1]);
    sent = bed.sent();
    assertEquals(1, sent.size());
    assertSentTo(Bed.OTHER_MAC, 1, sent.get(0));
  }

  @Test
  void evictedPathsGoOnWorking() {
    restart(new Bed(4096, List.of(IpEnds.neighbour(Bed.PEER, 32, Bed.PEER_MAC))));
    Path known = bed.ip.path(Frames.ip("192.168.0.9"));
    Path fixed = bed.ip.path(Bed.PEER);
    bed.send(known, known.nextHop(), new byte[1]); // waits, and is dropped with its entry
    List<Path> flood =
        IntStream.range(0, 3 * ArpTable.MAX_ENTRIES)
            .mapToObj(i -> bed.ip.path(Frames.ip("192.168.16.0") + i))
            .toList();
    // Never answered, so these go first; then the others, after a long idle time.
    bed.advance(3600 * Bed.SECOND);
    for (int i = 0; i < 3 * ArpTable.MAX_ENTRIES; i++) {
      bed.ip.path(Frames.ip("192.168.80.0") + i);
    }
    bed.assertMoved(Map.of(Counter.DROP_ARP_UNRESOLVED, 1L));
    assertEquals(Path.State.EVICTED, flood.get(0).state);
    for (Path path : List.of(known, fixed)) {
      path.state = forceOut(path);
    }
    bed.send(fixed, Bed.PEER, new byte[1]);
    assertSentTo(Bed.PEER_MAC, 1, bed.sent().get(0));
    Bed.take(bed.eth1);
    bed.send(known, known.nextHop(), new byte[2]);
    assertEquals(1, Bed.take(bed.eth1).size()); // its request
    bed.receive(
        bed.if1, Frames.arp(Bed.MAC_1, 2, Bed.OTHER_MAC, known.nextHop(), Bed.MAC_1, Bed.US_1));
    assertSentTo(Bed.OTHER_MAC, 2, Bed.take(bed.eth1).get(0));
    assertSame(known, bed.ip.path(known.nextHop()));
  }

  /** Evicts a path that chance has left in the table, by as many new ones as it takes. */
  private Path.State forceOut(Path path) {
    for (int i = 0; path.state != Path.State.EVICTED; i++) {
      assertTrue(i < 1_000_000, "never evicted");
      bed.now += 10_000 * Bed.SECOND;
      bed.ip.tick(bed.now);
      bed.ip.path(Frames.ip("192.168.128.0") + i % 32768);
    }
    return path.state;
  }

  @Test
  void evictedPathUsesTheEntryThatCameAfterIt() {
    restart(new Bed(4096, List.of()));
    Path old = bed.ip.path(Bed.PEER);
    forceOut(old);
    bed.eth0.sent.clear();
    bed.send(Bed.PEER, new byte[1]);
    assertNotSame(old, bed.ip.path(Bed.PEER));
    bed.send(old, Bed.PEER, new byte[2]);
    assertEquals(1, bed.sent().size()); // one request for both
    bed.peerReplies();
    assertEquals(2, bed.sent().size());
  }

  @Test
  void closeFreesWhatWaits() {
    bed.send(Bed.PEER, new byte[1]);
    bed.send(Bed.PEER + 1, new byte[1]);
    assertEquals(2, bed.pool.inUse());
    bed.ip.close();
    assertEquals(0, bed.pool.inUse());
  }

  // ---- Floods ----

  private static final int NEIGHBOURS = 5000;
  private static final int FIRST = Frames.ip("192.168.20.1"); // on eth1, a /16

  private int broadcasts() {
    int count = 0;
    for (byte[] frame : Bed.take(bed.eth1)) {
      count += frame.length == 42 && Mac.destination(frame) == Frames.BROADCAST ? 1 : 0;
    }
    return count;
  }

  private void pingFrom(int neighbour) {
    byte[] echo = Frames.icmp(8, 0, 1, new byte[0]);
    bed.receive(
        bed.if1, new Frames.Ipv4(neighbour, Bed.US_1, 1, echo).frame(Bed.MAC_1, Bed.OTHER_MAC));
  }

  @Test
  void inventedNeighboursAreNotAskedForWithoutLimit() {
    int asked = 0;
    for (int second = 0; second < 10; second++) {
      for (int i = 0; i < NEIGHBOURS / 5; i++) {
        pingFrom(FIRST + (second * NEIGHBOURS / 5 + i) % NEIGHBOURS);
      }
      bed.advance(Bed.SECOND);
      asked += broadcasts();
    }
    // 10,000 packets: unlimited, a request each, and another for each second that one waits.
    assertTrue(asked <= 11 * ArpTable.MAX_UNKNOWN_PEERS, asked + " broadcasts");
    assertTrue(bed.counters.get(Counter.DROP_ARP_UNKNOWN_PEER) > 9000);
    // Amid this, whoever asks for us is known, and we may ask for others.
    int real = FIRST + NEIGHBOURS + 1;
    bed.receive(bed.if1, Frames.arp(Frames.BROADCAST, 1, Bed.OTHER_MAC, real, 0, Bed.US_1));
    Bed.take(bed.eth1);
    pingFrom(real);
    assertSentTo(Bed.OTHER_MAC, 8, Bed.take(bed.eth1).get(0));
    bed.send(real + 1, new byte[1]);
    assertEquals(1, broadcasts());
  }

  /** A router that still knows our address doesn't ask for it before it forwards a client's SYN. */
  @Test
  void inventedNeighboursDoNotShutOutTheGateway() {
    restart(new Bed(16_384, List.of()));
    for (int i = 0; i < 2 * ArpTable.MAX_UNKNOWN_PEERS; i++) {
      pingFrom(FIRST + i);
    }
    assertEquals(ArpTable.MAX_UNKNOWN_PEERS, broadcasts());
    byte[] echo = Frames.icmp(8, 0, 1, new byte[0]);
    bed.receive(new Frames.Ipv4(Bed.FAR, Bed.US, 1, echo).frame(Bed.MAC, Bed.OTHER_MAC));
    List<byte[]> sent = bed.sent();
    assertEquals(1, sent.size());
    Bed.assertFrame(Bed.broadcastRequest(Bed.GATEWAY), sent.get(0));
    bed.receive(Frames.arp(Bed.MAC, 2, Bed.OTHER_MAC, Bed.GATEWAY, Bed.MAC, Bed.US));
    assertSentTo(Bed.OTHER_MAC, 8, bed.sent().get(0));
    pingFrom(FIRST - 1);
    assertEquals(0, broadcasts());
  }

  @Test
  void requestsHaveARateAndNoneIsForgotten() {
    int many = ArpTable.BROADCASTS_BURST + 100;
    restart(new Bed(16_384, List.of()));
    for (int i = 0; i < many; i++) {
      bed.send(FIRST + i, new byte[1]);
    }
    assertEquals(ArpTable.BROADCASTS_BURST, broadcasts());
    assertEquals(100, bed.counters.get(Counter.ARP_RATE_LIMITED));
    int later = 0;
    for (int i = 0; i < 8000; i++) {
      bed.advance(Bed.SECOND / 1000);
      later += broadcasts();
    }
    assertEquals(ArpTable.MAX_REQUESTS * many, ArpTable.BROADCASTS_BURST + later);
    assertEquals(many, bed.upper.unreachable.size());
  }

  @Test
  void manyThatAreDueAtOnceTakeSeveralTurns() {
    restart(new Bed(16_384, List.of()));
    for (int i = 0; i < 300; i++) {
      bed.send(FIRST + i, new byte[1]);
    }
    broadcasts();
    bed.advance(Bed.SECOND);
    assertEquals(ArpTable.MAX_TICKED, broadcasts());
    assertTrue(bed.ip.nextDeadlineNanos() - bed.now <= 0);
    bed.advance(1);
    bed.advance(1);
    assertEquals(300 - ArpTable.MAX_TICKED, broadcasts());
  }
}
