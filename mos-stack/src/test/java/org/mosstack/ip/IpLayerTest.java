package org.mosstack.ip;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.mosstack.IpEnds;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.stats.Counter;

/** Paths, local addresses, and packets sent. */
class IpLayerTest {
  private final Bed bed = new Bed(512, List.of(IpEnds.neighbour(0, 0, Bed.PEER_MAC)));

  @AfterEach
  void close() {
    bed.close();
  }

  @Test
  void writesBothHeaders() {
    byte[] payload = Frames.tcp(1, 2, 3, 40);
    Path path = bed.ip.path(Bed.FAR);
    long mbuf = FakeDevice.mbuf(bed.pool, payload);
    assertTrue(bed.ip.send(path, mbuf, Bed.US, Bed.FAR, 6, 0x48, 77));
    bed.flush();
    byte[] frame = bed.sent().get(0);
    Frames.Ipv4 expected = new Frames.Ipv4(Bed.US, Bed.FAR, 6, payload);
    expected.tos = 0x48;
    expected.ttl = 77;
    expected.fragment = 0x4000;
    expected.identification = 0; // RFC 6864 4.1: not needed
    byte[] packet = expected.packet();
    Bed.assertFrame(Frames.ethernet(Bed.PEER_MAC, Bed.MAC, 0x0800, packet), frame);
  }

  @Test
  void leavesByTheRoutesInterface() {
    Path near = bed.ip.path(Bed.PEER);
    assertSame(bed.if0, near.netInterface());
    assertEquals(Bed.PEER, near.nextHop());
    assertEquals(Bed.US, bed.ip.sourceFor(near));
    assertEquals(1500, near.mtu());
    Path far = bed.ip.path(Bed.FAR);
    assertEquals(Bed.GATEWAY, far.nextHop());
    Path other = bed.ip.path(Frames.ip("192.168.200.1"));
    assertSame(bed.if1, other.netInterface());
    assertEquals(Bed.US_1, bed.ip.sourceFor(other));
    bed.send(Frames.ip("192.168.200.1"), new byte[1]);
    assertEquals(1, Bed.take(bed.eth1).size());
    assertEquals(0, bed.sent().size());
  }

  @Test
  void thereIsNoPathToMany() {
    for (String group :
        List.of(
            "255.255.255.255",
            "10.0.0.255",
            "192.168.255.255",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "0.0.0.0",
            "0.1.1.1")) {
      assertNull(bed.ip.path(Frames.ip(group)), group);
    }
  }

  @Test
  void tooBigIsDropped() {
    assertTrue(bed.send(Bed.PEER, new byte[1480]));
    assertFalse(bed.send(Bed.PEER, new byte[1481]));
    assertEquals(1, bed.sent().size());
    bed.assertCounted(Counter.DROP_IP_TOO_BIG);
  }

  /** A chain would be sent with the length of its first buffer only. */
  @Test
  void severalBuffersAreDropped() {
    long head = FakeDevice.mbuf(bed.pool, new byte[8]);
    Mbuf.chain(head, head, FakeDevice.mbuf(bed.pool, new byte[100]));
    assertFalse(bed.ip.send(bed.ip.path(Bed.PEER), head, Bed.US, Bed.PEER, 6, 0, 64));
    bed.flush();
    assertEquals(0, bed.sent().size());
    bed.assertCounted(Counter.DROP_IP_SEGMENTS);
    assertEquals(0, bed.pool.inUse());
  }

  @Test
  void fullRingIsTold() {
    bed.eth0.ringSpace = 0;
    for (int i = 0; i < 32; i++) {
      assertTrue(bed.send(Bed.PEER, new byte[1]));
    }
    assertFalse(bed.send(Bed.PEER, new byte[1]));
    bed.assertCounted(Counter.DROP_TX_RING_FULL);
  }

  @Test
  void knowsItsOwnAddresses() {
    for (String own : List.of("10.0.0.1", "192.168.7.1", "127.0.0.1", "127.255.255.254")) {
      assertTrue(bed.ip.isLocal(Frames.ip(own)), own);
    }
    for (String other : List.of("10.0.0.2", "10.0.0.255", "0.0.0.0", "128.0.0.1")) {
      assertFalse(bed.ip.isLocal(Frames.ip(other)), other);
    }
  }

  @Test
  void talksToItselfOverLoopback() {
    int odd = Frames.ip("127.4.5.6");
    for (int address : new int[] {Bed.LOOPBACK, odd, Bed.US, Bed.US_1}) {
      Path path = bed.ip.path(address);
      assertSame(bed.ifLo, path.netInterface());
      assertSame(path, bed.ip.path(address));
      assertEquals(address == odd ? Bed.LOOPBACK : address, bed.ip.sourceFor(path));
      byte[] payload = Frames.tcp(address, 2, 3, 4);
      bed.send(address, payload);
      assertEquals(0, bed.sent().size());
      assertArrayEquals(new byte[12], Arrays.copyOf(Bed.take(bed.lo).get(0), 12));
      long[] burst = new long[4];
      assertEquals(1, bed.ifLo.receive(burst, 4));
      bed.ip.input(bed.ifLo, burst[0], bed.now);
      Bed.Upper.Segment segment = bed.upper.segments.removeLast();
      assertArrayEquals(payload, segment.bytes());
      assertEquals(address, segment.destination());
      assertEquals(bed.ip.sourceFor(path), segment.source());
    }
    bed.assertCounted();
    assertEquals(Long.MAX_VALUE, bed.ip.nextDeadlineNanos());
  }

  @Test
  void loopbackCarriesOwnAddressesOnly() {
    Frames.Ipv4 packet = new Frames.Ipv4(Bed.PEER, Bed.US, 6, new byte[20]);
    bed.receive(bed.ifLo, packet.frame(0, 0));
    bed.assertCounted(Counter.DROP_IP_SOURCE);
  }

  @Test
  void withoutLoopbackThereIsNoPathToItself() {
    NetInterface[] interfaces = {bed.if0};
    RouteTable routes = RouteTable.builder().route(0, 0, 0, Bed.GATEWAY).build();
    IpLayer ip =
        new IpLayer(
            interfaces, routes, List.of(), bed.pool, bed.counters, new SplittableRandom(1), 0);
    assertNull(ip.path(Bed.US));
    assertNull(ip.path(Bed.LOOPBACK));
    assertFalse(ip.isLocal(Bed.LOOPBACK));
    assertTrue(ip.isLocal(Bed.US));
    assertNotEquals(null, ip.path(Bed.FAR));
  }

  @Test
  void withoutTransportTcpIsAnUnknownProtocol() {
    NetInterface[] interfaces = {bed.if0};
    IpLayer ip =
        new IpLayer(
            interfaces,
            RouteTable.builder().onLink(0, Bed.US, 24).build(),
            List.of(IpEnds.neighbour(0, 0, Bed.PEER_MAC)),
            bed.pool,
            bed.counters,
            new SplittableRandom(1),
            0);
    byte[] segment = Frames.tcp(1, 2, 3, 0);
    byte[] frame = new Frames.Ipv4(Bed.PEER, Bed.US, 6, segment).frame(Bed.MAC, 1);
    ip.input(bed.if0, FakeDevice.mbuf(bed.pool, frame), 0);
    bed.flush();
    assertEquals(1, bed.sent().size());
    bed.assertCounted(Counter.DROP_IP_PROTOCOL);
  }

  @Test
  void pointToPointLinksHaveNoBroadcast() {
    NetInterface narrow =
        new NetInterface(
            bed.eth0,
            0,
            Frames.ip("10.9.0.2"),
            31,
            8,
            bed.pool,
            bed.counters,
            new org.mosstack.stats.DeviceCounters());
    IpLayer ip =
        new IpLayer(
            new NetInterface[] {narrow},
            RouteTable.builder().onLink(0, Frames.ip("10.9.0.2"), 31).build(),
            List.of(),
            bed.pool,
            bed.counters,
            new SplittableRandom(1),
            0);
    assertNotEquals(null, ip.path(Frames.ip("10.9.0.3")));
    assertNull(ip.path(Frames.ip("10.9.0.4")));
  }
}
