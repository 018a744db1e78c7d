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
import org.mosstack.config.ArpEntry;
import org.mosstack.stats.Counter;
import org.mosstack.testkit.Endpoints;
import org.mosstack.testkit.Frames;

/** The life of a neighbour: asked for, known, confirmed, gone. */
class ArpTest {
  private IpFixture fixture = new IpFixture();

  @AfterEach
  void close() {
    fixture.close();
  }

  private void restart(IpFixture other) {
    fixture.close();
    fixture = other;
  }

  /** Makes the peer known; the packet that caused it has been sent. */
  private void meetPeer() {
    fixture.send(IpFixture.PEER, new byte[1]);
    fixture.peerReplies();
    fixture.sent();
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
    assertTrue(fixture.send(IpFixture.PEER, new byte[] {1}));
    assertTrue(fixture.send(IpFixture.PEER, new byte[] {2, 2}));
    List<byte[]> sent = fixture.sent();
    assertEquals(1, sent.size());
    IpFixture.assertFrame(IpFixture.broadcastRequest(IpFixture.PEER), sent.get(0));
    fixture.peerReplies();
    sent = fixture.sent();
    assertEquals(2, sent.size());
    assertSentTo(IpFixture.PEER_MAC, 1, sent.get(0));
    assertSentTo(IpFixture.PEER_MAC, 2, sent.get(1));
    assertEquals(Long.MAX_VALUE, fixture.ip.nextDeadlineNanos());
    fixture.send(IpFixture.PEER, new byte[3]);
    assertSentTo(IpFixture.PEER_MAC, 3, fixture.sent().get(0));
    fixture.assertCounted();
  }

  @Test
  void asksEachSecondThenGivesUp() {
    fixture.send(IpFixture.PEER, new byte[1]);
    fixture.send(IpFixture.PEER, new byte[1]);
    assertEquals(1, fixture.sent().size());
    for (int i = 0; i < 2; i++) {
      assertEquals(fixture.now + IpFixture.SECOND, fixture.ip.nextDeadlineNanos());
      fixture.advance(IpFixture.SECOND - 1);
      assertEquals(0, fixture.sent().size());
      fixture.advance(1);
      IpFixture.assertFrame(IpFixture.broadcastRequest(IpFixture.PEER), fixture.sent().get(0));
    }
    fixture.assertCounted();
    fixture.advance(IpFixture.SECOND);
    assertEquals(0, fixture.sent().size());
    fixture.assertCounted(Counter.DROP_ARP_UNRESOLVED, Counter.DROP_ARP_UNRESOLVED);
    assertEquals(List.of(IpFixture.PEER), fixture.upper.unreachable);
    assertEquals(Long.MAX_VALUE, fixture.ip.nextDeadlineNanos());
    assertEquals(0, fixture.pool.inUse());
    fixture.send(IpFixture.PEER, new byte[1]); // the next packet starts over
    IpFixture.assertFrame(IpFixture.broadcastRequest(IpFixture.PEER), fixture.sent().get(0));
    fixture.peerReplies();
    assertSentTo(IpFixture.PEER_MAC, 1, fixture.sent().get(0));
  }

  @Test
  void tellsEachDestinationBehindASilentGateway() {
    fixture.send(IpFixture.FAR, new byte[1]);
    fixture.send(IpFixture.FAR + 1, new byte[1]);
    IpFixture.assertFrame(IpFixture.broadcastRequest(IpFixture.GATEWAY), fixture.sent().get(0));
    assertSame(fixture.ip.path(IpFixture.FAR), fixture.ip.path(IpFixture.FAR + 1));
    fixture.advance(IpFixture.SECOND);
    fixture.advance(IpFixture.SECOND);
    fixture.advance(IpFixture.SECOND);
    assertEquals(List.of(IpFixture.FAR, IpFixture.FAR + 1), fixture.upper.unreachable);
    fixture.assertMoved(Map.of(Counter.DROP_ARP_UNRESOLVED, 2L));
  }

  @Test
  void transportMaySendAgainWhenToldOfSilence() {
    fixture.upper.onUnreachable = () -> fixture.send(IpFixture.PEER, new byte[9]);
    fixture.send(IpFixture.PEER, new byte[1]);
    fixture.advance(IpFixture.SECOND);
    fixture.advance(IpFixture.SECOND);
    fixture.sent();
    fixture.advance(IpFixture.SECOND);
    assertEquals(1, fixture.sent().size()); // the new packet's request
    fixture.peerReplies();
    assertSentTo(IpFixture.PEER_MAC, 9, fixture.sent().get(0));
    assertEquals(1, fixture.upper.unreachable.size());
  }

  @Test
  void confirmsWithoutLossWhileInUse() {
    meetPeer();
    fixture.advance(60 * IpFixture.SECOND - 1);
    fixture.send(IpFixture.PEER, new byte[1]);
    assertEquals(1, fixture.sent().size());
    fixture.advance(1);
    fixture.send(IpFixture.PEER, new byte[1]);
    fixture.send(IpFixture.PEER, new byte[2]);
    List<byte[]> sent = fixture.sent();
    assertEquals(3, sent.size());
    IpFixture.assertFrame(
        Frames.arp(IpFixture.PEER_MAC, 1, IpFixture.MAC, IpFixture.US, 0, IpFixture.PEER),
        sent.get(0));
    assertSentTo(IpFixture.PEER_MAC, 1, sent.get(1));
    assertSentTo(IpFixture.PEER_MAC, 2, sent.get(2));
    fixture.peerReplies();
    assertEquals(Long.MAX_VALUE, fixture.ip.nextDeadlineNanos());
    fixture.advance(59 * IpFixture.SECOND);
    fixture.send(IpFixture.PEER, new byte[1]);
    assertEquals(1, fixture.sent().size());
    fixture.assertCounted();
  }

  @Test
  void neighbourThatMovedIsFoundAgain() {
    meetPeer();
    fixture.advance(60 * IpFixture.SECOND);
    fixture.send(IpFixture.PEER, new byte[1]);
    assertEquals(2, fixture.sent().size());
    for (int i = 0; i < 2; i++) {
      fixture.advance(IpFixture.SECOND);
      assertEquals(IpFixture.PEER_MAC, Mac.destination(fixture.sent().get(0)));
    }
    fixture.advance(IpFixture.SECOND);
    assertEquals(0, fixture.sent().size());
    fixture.send(IpFixture.PEER, new byte[1]); // the old address is given up: ask everybody
    IpFixture.assertFrame(IpFixture.broadcastRequest(IpFixture.PEER), fixture.sent().get(0));
    fixture.receive(
        Frames.arp(
            IpFixture.MAC, 2, IpFixture.OTHER_MAC, IpFixture.PEER, IpFixture.MAC, IpFixture.US));
    assertSentTo(IpFixture.OTHER_MAC, 1, fixture.sent().get(0));
    fixture.assertCounted();
  }

  @Test
  void expiresWhenUnused() {
    meetPeer();
    fixture.advance(300 * IpFixture.SECOND);
    assertEquals(Long.MAX_VALUE, fixture.ip.nextDeadlineNanos());
    fixture.send(IpFixture.PEER, new byte[1]);
    List<byte[]> sent = fixture.sent();
    assertEquals(1, sent.size());
    IpFixture.assertFrame(IpFixture.broadcastRequest(IpFixture.PEER), sent.get(0));
    fixture.peerReplies();
    assertSentTo(IpFixture.PEER_MAC, 1, fixture.sent().get(0));
  }

  @Test
  void pathOutlivesItsEntry() {
    Path path = fixture.ip.path(IpFixture.PEER);
    fixture.send(path, IpFixture.PEER, new byte[1]);
    fixture.peerReplies();
    fixture.sent();
    fixture.advance(1000 * IpFixture.SECOND);
    fixture.send(path, IpFixture.PEER, new byte[1]);
    fixture.peerReplies();
    assertEquals(2, fixture.sent().size());
    assertSame(path, fixture.ip.path(IpFixture.PEER));
  }

  @Test
  void queueKeepsTheLatest() {
    restart(new IpFixture(16 * WaitingPackets.MAX_FOR_A_NEIGHBOUR, List.of()));
    int sent = WaitingPackets.MAX_FOR_A_NEIGHBOUR + 5;
    for (int i = 0; i < sent; i++) {
      assertTrue(fixture.send(IpFixture.PEER, new byte[100 + i]));
    }
    fixture.assertMoved(Map.of(Counter.DROP_ARP_QUEUE_FULL, 5L));
    fixture.sent();
    fixture.peerReplies();
    List<byte[]> frames = fixture.sent();
    assertEquals(WaitingPackets.MAX_FOR_A_NEIGHBOUR, frames.size());
    for (int i = 0; i < frames.size(); i++) {
      assertEquals(34 + 100 + 5 + i, frames.get(i).length);
    }
  }

  @Test
  void allQueuesTogetherLeaveMostBuffersFree() {
    restart(new IpFixture(80, List.of()));
    for (int i = 0; i < 10; i++) {
      assertTrue(fixture.send(IpFixture.PEER + i, new byte[1]));
    }
    assertFalse(fixture.send(IpFixture.PEER + 10, new byte[1]));
    assertEquals(10, fixture.pool.inUse());
    fixture.assertCounted(Counter.DROP_ARP_QUEUE_FULL);
    fixture.peerReplies();
    assertTrue(fixture.send(IpFixture.PEER + 10, new byte[1]));
  }

  @Test
  void noBufferForTheRequestIsCountedAndTriedAgain() {
    restart(new IpFixture(8, List.of()));
    long[] taken = new long[7];
    for (int i = 0; i < 7; i++) {
      taken[i] = fixture.pool.alloc();
    }
    fixture.send(IpFixture.PEER, new byte[1]);
    assertEquals(0, fixture.sent().size());
    fixture.assertCounted(Counter.NO_MBUF);
    for (long mbuf : taken) {
      fixture.pool.free(mbuf);
    }
    fixture.advance(IpFixture.SECOND);
    assertEquals(1, fixture.sent().size());
  }

  @Test
  void staticEntriesAreNeitherAskedForNorChanged() {
    ArpEntry one = Endpoints.neighbour(IpFixture.PEER, 32, IpFixture.OTHER_MAC);
    ArpEntry network = Endpoints.neighbour(Frames.ip("10.0.0.128"), 25, IpFixture.PEER_MAC);
    ArpEntry inside = Endpoints.neighbour(Frames.ip("10.0.0.200"), 32, 0x0AL << 40);
    restart(new IpFixture(512, List.of(network, one, inside)));
    fixture.send(IpFixture.PEER, new byte[1]);
    fixture.send(Frames.ip("10.0.0.199"), new byte[1]);
    fixture.send(Frames.ip("10.0.0.200"), new byte[1]);
    fixture.send(IpFixture.FAR, new byte[1]); // the gateway is covered too
    List<byte[]> sent = fixture.sent();
    assertEquals(4, sent.size());
    assertSentTo(IpFixture.OTHER_MAC, 1, sent.get(0));
    assertSentTo(IpFixture.PEER_MAC, 1, sent.get(1));
    assertSentTo(0x0AL << 40, 1, sent.get(2));
    assertSentTo(IpFixture.PEER_MAC, 1, sent.get(3));
    fixture.receive(
        Frames.arp(Frames.BROADCAST, 1, IpFixture.PEER_MAC, IpFixture.PEER, 0, IpFixture.PEER));
    fixture.advance(10_000 * IpFixture.SECOND);
    fixture.send(IpFixture.PEER, new byte[1]);
    sent = fixture.sent();
    assertEquals(1, sent.size());
    assertSentTo(IpFixture.OTHER_MAC, 1, sent.get(0));
  }

  @Test
  void evictedPathsGoOnWorking() {
    restart(
        new IpFixture(4096, List.of(Endpoints.neighbour(IpFixture.PEER, 32, IpFixture.PEER_MAC))));
    Path known = fixture.ip.path(Frames.ip("192.168.0.9"));
    Path fixed = fixture.ip.path(IpFixture.PEER);
    fixture.send(known, known.nextHop(), new byte[1]); // waits, and is dropped with its entry
    List<Path> flood =
        IntStream.range(0, 3 * ArpTable.MAX_ENTRIES)
            .mapToObj(i -> fixture.ip.path(Frames.ip("192.168.16.0") + i))
            .toList();
    // Never answered, so these go first; then the others, after a long idle time.
    fixture.advance(3600 * IpFixture.SECOND);
    for (int i = 0; i < 3 * ArpTable.MAX_ENTRIES; i++) {
      fixture.ip.path(Frames.ip("192.168.80.0") + i);
    }
    fixture.assertMoved(Map.of(Counter.DROP_ARP_UNRESOLVED, 1L));
    assertEquals(Path.State.EVICTED, flood.get(0).state);
    for (Path path : List.of(known, fixed)) {
      path.state = forceOut(path);
    }
    fixture.send(fixed, IpFixture.PEER, new byte[1]);
    assertSentTo(IpFixture.PEER_MAC, 1, fixture.sent().get(0));
    IpFixture.take(fixture.eth1);
    fixture.send(known, known.nextHop(), new byte[2]);
    assertEquals(1, IpFixture.take(fixture.eth1).size()); // its request
    fixture.receive(
        fixture.if1,
        Frames.arp(
            IpFixture.MAC_1,
            2,
            IpFixture.OTHER_MAC,
            known.nextHop(),
            IpFixture.MAC_1,
            IpFixture.US_1));
    assertSentTo(IpFixture.OTHER_MAC, 2, IpFixture.take(fixture.eth1).get(0));
    assertSame(known, fixture.ip.path(known.nextHop()));
  }

  /** Evicts a path that chance has left in the table, by as many new ones as it takes. */
  private Path.State forceOut(Path path) {
    for (int i = 0; path.state != Path.State.EVICTED; i++) {
      assertTrue(i < 1_000_000, "never evicted");
      fixture.now += 10_000 * IpFixture.SECOND;
      fixture.ip.tick(fixture.now);
      fixture.ip.path(Frames.ip("192.168.128.0") + i % 32768);
    }
    return path.state;
  }

  @Test
  void evictedPathUsesTheEntryThatCameAfterIt() {
    restart(new IpFixture(4096, List.of()));
    Path old = fixture.ip.path(IpFixture.PEER);
    forceOut(old);
    fixture.eth0.sent.clear();
    fixture.send(IpFixture.PEER, new byte[1]);
    assertNotSame(old, fixture.ip.path(IpFixture.PEER));
    fixture.send(old, IpFixture.PEER, new byte[2]);
    assertEquals(1, fixture.sent().size()); // one request for both
    fixture.peerReplies();
    assertEquals(2, fixture.sent().size());
  }

  @Test
  void closeFreesWhatWaits() {
    fixture.send(IpFixture.PEER, new byte[1]);
    fixture.send(IpFixture.PEER + 1, new byte[1]);
    assertEquals(2, fixture.pool.inUse());
    fixture.ip.close();
    assertEquals(0, fixture.pool.inUse());
  }

  // ---- Floods ----

  private static final int NEIGHBOURS = 5000;
  private static final int FIRST = Frames.ip("192.168.20.1"); // on eth1, a /16

  private int broadcasts() {
    int count = 0;
    for (byte[] frame : IpFixture.take(fixture.eth1)) {
      count += frame.length == 42 && Mac.destination(frame) == Frames.BROADCAST ? 1 : 0;
    }
    return count;
  }

  private void pingFrom(int neighbour) {
    byte[] echo = Frames.icmp(8, 0, 1, new byte[0]);
    fixture.receive(
        fixture.if1,
        new Frames.Ipv4(neighbour, IpFixture.US_1, 1, echo)
            .frame(IpFixture.MAC_1, IpFixture.OTHER_MAC));
  }

  @Test
  void inventedNeighboursAreNotAskedForWithoutLimit() {
    int asked = 0;
    for (int second = 0; second < 10; second++) {
      for (int i = 0; i < NEIGHBOURS / 5; i++) {
        pingFrom(FIRST + (second * NEIGHBOURS / 5 + i) % NEIGHBOURS);
      }
      fixture.advance(IpFixture.SECOND);
      asked += broadcasts();
    }
    // 10,000 packets: unlimited, a request each, and another for each second that one waits.
    assertTrue(asked <= 11 * ArpTable.MAX_UNKNOWN_PEERS, asked + " broadcasts");
    assertTrue(fixture.counters.get(Counter.DROP_ARP_UNKNOWN_PEER) > 9000);
    // Amid this, whoever asks for us is known, and we may ask for others.
    int real = FIRST + NEIGHBOURS + 1;
    fixture.receive(
        fixture.if1, Frames.arp(Frames.BROADCAST, 1, IpFixture.OTHER_MAC, real, 0, IpFixture.US_1));
    IpFixture.take(fixture.eth1);
    pingFrom(real);
    assertSentTo(IpFixture.OTHER_MAC, 8, IpFixture.take(fixture.eth1).get(0));
    fixture.send(real + 1, new byte[1]);
    assertEquals(1, broadcasts());
  }

  /** A router that still knows our address doesn't ask for it before it forwards a client's SYN. */
  @Test
  void inventedNeighboursDoNotShutOutTheGateway() {
    restart(new IpFixture(16_384, List.of()));
    for (int i = 0; i < 2 * ArpTable.MAX_UNKNOWN_PEERS; i++) {
      pingFrom(FIRST + i);
    }
    assertEquals(ArpTable.MAX_UNKNOWN_PEERS, broadcasts());
    byte[] echo = Frames.icmp(8, 0, 1, new byte[0]);
    fixture.receive(
        new Frames.Ipv4(IpFixture.FAR, IpFixture.US, 1, echo)
            .frame(IpFixture.MAC, IpFixture.OTHER_MAC));
    List<byte[]> sent = fixture.sent();
    assertEquals(1, sent.size());
    IpFixture.assertFrame(IpFixture.broadcastRequest(IpFixture.GATEWAY), sent.get(0));
    fixture.receive(
        Frames.arp(
            IpFixture.MAC, 2, IpFixture.OTHER_MAC, IpFixture.GATEWAY, IpFixture.MAC, IpFixture.US));
    assertSentTo(IpFixture.OTHER_MAC, 8, fixture.sent().get(0));
    pingFrom(FIRST - 1);
    assertEquals(0, broadcasts());
  }

  @Test
  void requestsHaveARateAndNoneIsForgotten() {
    int many = ArpTable.BROADCASTS_BURST + 100;
    restart(new IpFixture(16_384, List.of()));
    for (int i = 0; i < many; i++) {
      fixture.send(FIRST + i, new byte[1]);
    }
    assertEquals(ArpTable.BROADCASTS_BURST, broadcasts());
    assertEquals(100, fixture.counters.get(Counter.ARP_RATE_LIMITED));
    int later = 0;
    for (int i = 0; i < 8000; i++) {
      fixture.advance(IpFixture.SECOND / 1000);
      later += broadcasts();
    }
    assertEquals(ArpTable.MAX_REQUESTS * many, ArpTable.BROADCASTS_BURST + later);
    assertEquals(many, fixture.upper.unreachable.size());
  }

  @Test
  void manyThatAreDueAtOnceTakeSeveralTurns() {
    restart(new IpFixture(16_384, List.of()));
    for (int i = 0; i < 300; i++) {
      fixture.send(FIRST + i, new byte[1]);
    }
    broadcasts();
    fixture.advance(IpFixture.SECOND);
    assertEquals(ArpTable.MAX_TICKED, broadcasts());
    assertTrue(fixture.ip.nextDeadlineNanos() - fixture.now <= 0);
    fixture.advance(1);
    fixture.advance(1);
    assertEquals(300 - ArpTable.MAX_TICKED, broadcasts());
  }
}
