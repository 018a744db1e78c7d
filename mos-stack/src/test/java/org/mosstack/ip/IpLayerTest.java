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
import org.mosstack.mbuf.Mbuf;
import org.mosstack.stats.Counter;
import org.mosstack.testkit.Endpoints;
import org.mosstack.testkit.FakeDevice;
import org.mosstack.testkit.Frames;

/** Paths, local addresses, and packets sent. */
class IpLayerTest {
  private final IpFixture fixture =
      new IpFixture(512, List.of(Endpoints.neighbour(0, 0, IpFixture.PEER_MAC)));

  @AfterEach
  void close() {
    fixture.close();
  }

  @Test
  void writesBothHeaders() {
    byte[] payload = Frames.tcp(1, 2, 3, 40);
    Path path = fixture.ip.path(IpFixture.FAR);
    long mbuf = FakeDevice.mbuf(fixture.pool, payload);
    assertTrue(fixture.ip.send(path, mbuf, IpFixture.US, IpFixture.FAR, 6, 0x48, 77));
    fixture.flush();
    byte[] frame = fixture.sent().get(0);
    Frames.Ipv4 expected = new Frames.Ipv4(IpFixture.US, IpFixture.FAR, 6, payload);
    expected.tos = 0x48;
    expected.ttl = 77;
    expected.fragment = 0x4000;
    expected.identification = 0; // RFC 6864 4.1: not needed
    byte[] packet = expected.packet();
    IpFixture.assertFrame(
        Frames.ethernet(IpFixture.PEER_MAC, IpFixture.MAC, 0x0800, packet), frame);
  }

  @Test
  void leavesByTheRoutesInterface() {
    Path near = fixture.ip.path(IpFixture.PEER);
    assertSame(fixture.if0, near.netInterface());
    assertEquals(IpFixture.PEER, near.nextHop());
    assertEquals(IpFixture.US, fixture.ip.sourceFor(near));
    assertEquals(1500, near.mtu());
    Path far = fixture.ip.path(IpFixture.FAR);
    assertEquals(IpFixture.GATEWAY, far.nextHop());
    Path other = fixture.ip.path(Frames.ip("192.168.200.1"));
    assertSame(fixture.if1, other.netInterface());
    assertEquals(IpFixture.US_1, fixture.ip.sourceFor(other));
    fixture.send(Frames.ip("192.168.200.1"), new byte[1]);
    assertEquals(1, IpFixture.take(fixture.eth1).size());
    assertEquals(0, fixture.sent().size());
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
      assertNull(fixture.ip.path(Frames.ip(group)), group);
    }
  }

  @Test
  void tooBigIsDropped() {
    assertTrue(fixture.send(IpFixture.PEER, new byte[1480]));
    assertFalse(fixture.send(IpFixture.PEER, new byte[1481]));
    assertEquals(1, fixture.sent().size());
    fixture.assertCounted(Counter.DROP_IP_TOO_BIG);
  }

  /** A chain would be sent with the length of its first buffer only. */
  @Test
  void severalBuffersAreDropped() {
    long head = FakeDevice.mbuf(fixture.pool, new byte[8]);
    Mbuf.chain(head, head, FakeDevice.mbuf(fixture.pool, new byte[100]));
    assertFalse(
        fixture.ip.send(
            fixture.ip.path(IpFixture.PEER), head, IpFixture.US, IpFixture.PEER, 6, 0, 64));
    fixture.flush();
    assertEquals(0, fixture.sent().size());
    fixture.assertCounted(Counter.DROP_IP_SEGMENTS);
    assertEquals(0, fixture.pool.inUse());
  }

  @Test
  void fullRingIsTold() {
    fixture.eth0.ringSpace = 0;
    for (int i = 0; i < 32; i++) {
      assertTrue(fixture.send(IpFixture.PEER, new byte[1]));
    }
    assertFalse(fixture.send(IpFixture.PEER, new byte[1]));
    fixture.assertCounted(Counter.DROP_TX_RING_FULL);
  }

  @Test
  void knowsItsOwnAddresses() {
    for (String own : List.of("10.0.0.1", "192.168.7.1", "127.0.0.1", "127.255.255.254")) {
      assertTrue(fixture.ip.isLocal(Frames.ip(own)), own);
    }
    for (String other : List.of("10.0.0.2", "10.0.0.255", "0.0.0.0", "128.0.0.1")) {
      assertFalse(fixture.ip.isLocal(Frames.ip(other)), other);
    }
  }

  @Test
  void talksToItselfOverLoopback() {
    int odd = Frames.ip("127.4.5.6");
    for (int address : new int[] {IpFixture.LOOPBACK, odd, IpFixture.US, IpFixture.US_1}) {
      Path path = fixture.ip.path(address);
      assertSame(fixture.ifLo, path.netInterface());
      assertSame(path, fixture.ip.path(address));
      assertEquals(address == odd ? IpFixture.LOOPBACK : address, fixture.ip.sourceFor(path));
      byte[] payload = Frames.tcp(address, 2, 3, 4);
      fixture.send(address, payload);
      assertEquals(0, fixture.sent().size());
      assertArrayEquals(new byte[12], Arrays.copyOf(IpFixture.take(fixture.lo).get(0), 12));
      long[] burst = new long[4];
      assertEquals(1, fixture.ifLo.receive(burst, 4));
      fixture.ip.input(fixture.ifLo, burst[0], fixture.now);
      IpFixture.Upper.Segment segment = fixture.upper.segments.removeLast();
      assertArrayEquals(payload, segment.bytes());
      assertEquals(address, segment.destination());
      assertEquals(fixture.ip.sourceFor(path), segment.source());
    }
    fixture.assertCounted();
    assertEquals(Long.MAX_VALUE, fixture.ip.nextDeadlineNanos());
  }

  @Test
  void loopbackCarriesOwnAddressesOnly() {
    Frames.Ipv4 packet = new Frames.Ipv4(IpFixture.PEER, IpFixture.US, 6, new byte[20]);
    fixture.receive(fixture.ifLo, packet.frame(0, 0));
    fixture.assertCounted(Counter.DROP_IP_SOURCE);
  }

  @Test
  void withoutLoopbackThereIsNoPathToItself() {
    NetInterface[] interfaces = {fixture.if0};
    RouteTable routes = RouteTable.builder().route(0, 0, 0, IpFixture.GATEWAY).build();
    IpLayer ip =
        new IpLayer(
            interfaces,
            routes,
            List.of(),
            fixture.pool,
            fixture.counters,
            new SplittableRandom(1),
            0);
    assertNull(ip.path(IpFixture.US));
    assertNull(ip.path(IpFixture.LOOPBACK));
    assertFalse(ip.isLocal(IpFixture.LOOPBACK));
    assertTrue(ip.isLocal(IpFixture.US));
    assertNotEquals(null, ip.path(IpFixture.FAR));
  }

  @Test
  void withoutTransportTcpIsAnUnknownProtocol() {
    NetInterface[] interfaces = {fixture.if0};
    IpLayer ip =
        new IpLayer(
            interfaces,
            RouteTable.builder().onLink(0, IpFixture.US, 24).build(),
            List.of(Endpoints.neighbour(0, 0, IpFixture.PEER_MAC)),
            fixture.pool,
            fixture.counters,
            new SplittableRandom(1),
            0);
    byte[] segment = Frames.tcp(1, 2, 3, 0);
    byte[] frame =
        new Frames.Ipv4(IpFixture.PEER, IpFixture.US, 6, segment).frame(IpFixture.MAC, 1);
    ip.input(fixture.if0, FakeDevice.mbuf(fixture.pool, frame), 0);
    fixture.flush();
    assertEquals(1, fixture.sent().size());
    fixture.assertCounted(Counter.DROP_IP_PROTOCOL);
  }

  @Test
  void pointToPointLinksHaveNoBroadcast() {
    NetInterface narrow =
        new NetInterface(
            fixture.eth0,
            0,
            Frames.ip("10.9.0.2"),
            31,
            8,
            fixture.pool,
            fixture.counters,
            new org.mosstack.stats.DeviceCounters());
    IpLayer ip =
        new IpLayer(
            new NetInterface[] {narrow},
            RouteTable.builder().onLink(0, Frames.ip("10.9.0.2"), 31).build(),
            List.of(),
            fixture.pool,
            fixture.counters,
            new SplittableRandom(1),
            0);
    assertNotEquals(null, ip.path(Frames.ip("10.9.0.3")));
    assertNull(ip.path(Frames.ip("10.9.0.4")));
  }
}
