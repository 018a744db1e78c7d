package org.mosstack.ip;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.mosstack.config.ArpEntry;
import org.mosstack.stats.Counter;
import org.mosstack.testkit.Endpoints;
import org.mosstack.testkit.FakeDevice;
import org.mosstack.testkit.Frames;

/** Echoes, errors sent, errors received. */
class IcmpTest {
  private static final int ICMP = 1;
  private static final int UDP = 17;
  private static final List<ArpEntry> PEER_KNOWN =
      List.of(Endpoints.neighbour(IpFixture.PEER, 32, IpFixture.PEER_MAC));

  private IpFixture fixture = new IpFixture(512, PEER_KNOWN);

  @AfterEach
  void close() {
    fixture.close();
  }

  @BeforeEach
  void nothingSentYet() {
    fixture.sent();
  }

  private static byte[] toUs(int protocol, byte[] payload) {
    return new Frames.Ipv4(IpFixture.PEER, IpFixture.US, protocol, payload)
        .frame(IpFixture.MAC, IpFixture.PEER_MAC);
  }

  /** Checks that one IPv4 packet was sent to the peer; returns its payload. */
  private byte[] sentToPeer(int expectedTos) {
    List<byte[]> sent = fixture.sent();
    assertEquals(1, sent.size());
    byte[] frame = sent.get(0);
    ByteBuffer ip = ByteBuffer.wrap(frame, 14, frame.length - 14).slice();
    byte[] payload = Arrays.copyOfRange(frame, 34, frame.length);
    Frames.Ipv4 expected = new Frames.Ipv4(IpFixture.US, IpFixture.PEER, ICMP, payload);
    expected.tos = expectedTos;
    byte[] packet = expected.packet();
    // All but the identification, and the checksum that depends on it, is known; "don't fragment"
    // isn't set, as nobody would make the message smaller.
    assertEquals(0, Frames.checksum(frame, 14, 20));
    for (int i : new int[] {4, 5, 10, 11}) {
      packet[i] = ip.get(i);
    }
    IpFixture.assertFrame(
        Frames.ethernet(IpFixture.PEER_MAC, IpFixture.MAC, 0x0800, packet), frame);
    return payload;
  }

  @Test
  void answersEchoesOfAnySize() {
    for (int size : new int[] {0, 1, 2, 17, 56, 57, 1471, 1472}) {
      byte[] body = new byte[size];
      new SplittableRandom(size).nextBytes(body);
      fixture.receive(toUs(ICMP, Frames.icmp(8, 0, 0xCAFE0001, body)));
      IpFixture.assertFrame(Frames.icmp(0, 0, 0xCAFE0001, body), sentToPeer(0));
    }
    fixture.assertCounted();
  }

  @Test
  void echoIsPaddedOptionedAndMarked() {
    Frames.Ipv4 packet =
        new Frames.Ipv4(IpFixture.PEER, IpFixture.US, ICMP, Frames.icmp(8, 0, 5, new byte[3]));
    packet.options = new byte[] {1, 1, 1, 0};
    packet.tos = 0xB9 | 3; // congestion marks aren't echoed
    fixture.receive(Arrays.copyOf(packet.frame(IpFixture.MAC, IpFixture.PEER_MAC), 60));
    IpFixture.assertFrame(Frames.icmp(0, 0, 5, new byte[3]), sentToPeer(0xB8));
  }

  @Test
  void echoOfAStrangerWaitsForItsAddress() {
    Frames.Ipv4 packet =
        new Frames.Ipv4(IpFixture.FAR, IpFixture.US, ICMP, Frames.icmp(8, 0, 5, new byte[3]));
    fixture.receive(packet.frame(IpFixture.MAC, IpFixture.PEER_MAC));
    IpFixture.assertFrame(IpFixture.broadcastRequest(IpFixture.GATEWAY), fixture.sent().get(0));
    fixture.receive(
        Frames.arp(
            IpFixture.MAC, 2, IpFixture.OTHER_MAC, IpFixture.GATEWAY, IpFixture.MAC, IpFixture.US));
    assertEquals(1, fixture.sent().size());
  }

  @Test
  void malformedMessages() {
    byte[] echo = Frames.icmp(8, 0, 1, new byte[9]);
    for (int i = 0; i < echo.length; i++) {
      byte[] bad = echo.clone();
      bad[i] ^= 1;
      assertDropped(toUs(ICMP, bad), Counter.DROP_ICMP_MALFORMED);
    }
    for (int length = 0; length < 8; length++) {
      assertDropped(toUs(ICMP, new byte[length]), Counter.DROP_ICMP_MALFORMED);
    }
  }

  @Test
  void otherMessagesAreIgnored() {
    for (int type = 0; type < 256; type++) {
      if (type != 8 && type != 3 && type != 11 && type != 12) {
        byte[] message = Frames.icmp(type, 0, 0, quoted(new byte[8]).packet());
        assertDropped(toUs(ICMP, message), Counter.DROP_ICMP_IGNORED);
      }
    }
  }

  private void assertDropped(byte[] frame, Counter reason) {
    fixture.receive(frame);
    fixture.assertCounted(reason);
    assertEquals(List.of(), fixture.upper.errors);
    assertEquals(0, fixture.sent().size());
    assertEquals(0, fixture.pool.inUse());
  }

  @Test
  void udpFindsNoPort() {
    byte[] datagram = Frames.udp(IpFixture.PEER, IpFixture.US, 5000, 53, new byte[21]);
    byte[] packet = new Frames.Ipv4(IpFixture.PEER, IpFixture.US, UDP, datagram).packet();
    fixture.receive(toUs(UDP, datagram));
    fixture.assertCounted(Counter.DROP_UDP_NO_PORT);
    IpFixture.assertFrame(Frames.icmp(3, 3, 0, packet), sentToPeer(0));
    datagram[6] = 0; // no checksum
    datagram[7] = 0;
    fixture.receive(toUs(UDP, datagram));
    fixture.assertCounted(Counter.DROP_UDP_NO_PORT);
    assertEquals(1, fixture.sent().size());
  }

  @Test
  void brokenUdpIsNotAnswered() {
    byte[] datagram = Frames.udp(IpFixture.PEER, IpFixture.US, 5000, 53, new byte[21]);
    byte[] checksum = datagram.clone();
    checksum[20] ^= 1;
    assertDropped(toUs(UDP, checksum), Counter.DROP_UDP_MALFORMED);
    for (int length : new int[] {0, 7, 30, 65535}) {
      byte[] bad = datagram.clone();
      bad[4] = (byte) (length >> 8);
      bad[5] = (byte) length;
      assertDropped(toUs(UDP, bad), Counter.DROP_UDP_MALFORMED);
    }
    assertDropped(toUs(UDP, new byte[7]), Counter.DROP_UDP_MALFORMED);
  }

  @Test
  void unknownProtocolIsToldSo() {
    Frames.Ipv4 packet = new Frames.Ipv4(IpFixture.PEER, IpFixture.US, 132, new byte[40]);
    packet.options = new byte[] {1, 1, 1, 0};
    fixture.receive(Arrays.copyOf(packet.frame(IpFixture.MAC, IpFixture.PEER_MAC), 100));
    fixture.assertCounted(Counter.DROP_IP_PROTOCOL);
    IpFixture.assertFrame(Frames.icmp(3, 2, 0, packet.packet()), sentToPeer(0));
  }

  @Test
  void errorQuotesWhatFitsInto576Bytes() {
    Frames.Ipv4 packet = new Frames.Ipv4(IpFixture.PEER, IpFixture.US, 99, new byte[1400]);
    fixture.receive(packet.frame(IpFixture.MAC, IpFixture.PEER_MAC));
    byte[] quoted = Arrays.copyOf(packet.packet(), 576 - 28);
    IpFixture.assertFrame(Frames.icmp(3, 2, 0, quoted), sentToPeer(0));
  }

  @Test
  void errorsAreRateLimited() {
    byte[] frame = toUs(99, new byte[8]);
    for (int i = 0; i < IcmpOutput.ERRORS_BURST; i++) {
      fixture.receive(frame);
    }
    assertEquals(IcmpOutput.ERRORS_BURST, fixture.sent().size());
    fixture.assertMoved(Map.of(Counter.DROP_IP_PROTOCOL, (long) IcmpOutput.ERRORS_BURST));
    fixture.receive(frame);
    fixture.assertCounted(Counter.DROP_IP_PROTOCOL, Counter.DROP_ICMP_RATE_LIMITED);
    fixture.receive(toUs(ICMP, Frames.icmp(8, 0, 0, new byte[0]))); // echoes aren't affected
    assertEquals(1, fixture.sent().size());
    fixture.advance(IpFixture.SECOND / IcmpOutput.ERRORS_PER_SECOND);
    fixture.receive(frame);
    fixture.receive(frame);
    assertEquals(1, fixture.sent().size());
  }

  @Test
  void echoesAreRateLimited() {
    byte[] frame = toUs(ICMP, Frames.icmp(8, 0, 0, new byte[0]));
    for (int i = 0; i < IcmpOutput.ECHOES_BURST + 3; i++) {
      fixture.receive(frame);
    }
    assertEquals(IcmpOutput.ECHOES_BURST, fixture.sent().size());
    fixture.assertMoved(Map.of(Counter.DROP_ICMP_RATE_LIMITED, 3L));
  }

  @Test
  void answerWithoutRouteIsCounted() {
    fixture.close();
    fixture = new IpFixture(512, PEER_KNOWN);
    NetInterface[] interfaces = {fixture.if0};
    IpLayer noRoutes =
        new IpLayer(
            interfaces,
            RouteTable.builder().build(),
            List.of(),
            fixture.pool,
            fixture.counters,
            new SplittableRandom(1),
            0);
    byte[] echo = toUs(ICMP, Frames.icmp(8, 0, 0, new byte[0]));
    noRoutes.input(fixture.if0, FakeDevice.mbuf(fixture.pool, echo), 0);
    fixture.assertCounted(Counter.DROP_IP_NO_ROUTE);
  }

  /** A packet of ours, as quoted by an error. */
  private static Frames.Ipv4 quoted(byte[] tcpStart) {
    return new Frames.Ipv4(IpFixture.US, IpFixture.FAR, 6, tcpStart);
  }

  private static byte[] tcpStart() {
    return Arrays.copyOf(Frames.tcp(40000, 443, 0xDEADBEEF, 0), 8);
  }

  @Test
  void errorsReachTheTransport() {
    int[][] kinds = {{3, 0}, {3, 1}, {3, 2}, {3, 3}, {3, 4}, {3, 13}, {11, 0}, {11, 1}, {12, 0}};
    for (int[] kind : kinds) {
      fixture.upper.errors.clear();
      byte[] message = Frames.icmp(kind[0], kind[1], 1280, quoted(tcpStart()).packet());
      fixture.receive(toUs(ICMP, message));
      int mtu = kind[0] == 3 && kind[1] == 4 ? 1280 : 0;
      List<Integer> expected =
          List.of(kind[0], kind[1], mtu, IpFixture.US, IpFixture.FAR, 40000, 443, 0xDEADBEEF);
      assertEquals(List.of(expected), fixture.upper.errors);
    }
    fixture.assertCounted();
    assertEquals(0, fixture.sent().size());
  }

  @Test
  void quoteMayHaveOptionsAndMore() {
    Frames.Ipv4 quote = quoted(Frames.tcp(1, 2, 3, 100));
    quote.options = new byte[40];
    fixture.receive(toUs(ICMP, Frames.icmp(3, 3, 0, quote.packet())));
    assertEquals(
        List.of(List.of(3, 3, 0, IpFixture.US, IpFixture.FAR, 1, 2, 3)), fixture.upper.errors);
  }

  /** A router on a path with a small MTU has fragmented the segment (RFC 1122 section 4.2.3.9). */
  @Test
  void quoteMayBeTheFirstFragment() {
    Frames.Ipv4 quote = quoted(tcpStart());
    quote.fragment = 0x2000;
    fixture.receive(toUs(ICMP, Frames.icmp(11, 1, 0, quote.packet())));
    List<Integer> expected = List.of(11, 1, 0, IpFixture.US, IpFixture.FAR, 40000, 443, 0xDEADBEEF);
    assertEquals(List.of(expected), fixture.upper.errors);
    fixture.assertCounted();
  }

  @Test
  void quotesThatLieAreMalformed() {
    byte[] quote = quoted(tcpStart()).packet();
    for (int length = 0; length < quote.length; length++) {
      byte[] message = Frames.icmp(3, 3, 0, Arrays.copyOf(quote, length));
      assertDropped(toUs(ICMP, message), Counter.DROP_ICMP_MALFORMED);
    }
    for (int first : new int[] {0x40, 0x44, 0x46, 0x4F, 0x65, 0x05}) {
      byte[] bad = quote.clone();
      bad[0] = (byte) first;
      byte[] message = Frames.icmp(3, 3, 0, bad);
      assertDropped(toUs(ICMP, message), Counter.DROP_ICMP_MALFORMED);
    }
  }

  @Test
  void quotesThatConcernNobodyAreIgnored() {
    Frames.Ipv4 notOurs = quoted(tcpStart());
    notOurs.source = IpFixture.PEER;
    Frames.Ipv4 udp = quoted(tcpStart());
    udp.protocol = UDP;
    Frames.Ipv4 fragment = quoted(tcpStart());
    fragment.fragment = 0x2001; // no TCP header: only data
    Frames.Ipv4 last = quoted(tcpStart());
    last.fragment = 100;
    for (Frames.Ipv4 each : List.of(notOurs, udp, fragment, last)) {
      byte[] message = Frames.icmp(3, 3, 0, each.packet());
      assertDropped(toUs(ICMP, message), Counter.DROP_ICMP_IGNORED);
    }
  }

  @Test
  void noErrorAboutAnError() {
    Frames.Ipv4 quote = quoted(new byte[40]);
    quote.protocol = 99;
    for (int code = 0; code < 16; code++) {
      byte[] message = Frames.icmp(3, code, 0, quote.packet());
      assertDropped(toUs(ICMP, message), Counter.DROP_ICMP_IGNORED);
    }
  }

  @Test
  void noErrorToOrAboutMany() {
    byte[] datagram = Frames.udp(IpFixture.PEER, IpFixture.US, 5000, 53, new byte[21]);
    Frames.Ipv4 packet = new Frames.Ipv4(IpFixture.PEER, IpFixture.US, UDP, datagram);
    assertDropped(packet.frame(Frames.BROADCAST, 1), Counter.DROP_IP_LINK_BROADCAST);
    for (String group : List.of("255.255.255.255", "10.0.0.255", "224.0.0.251")) {
      packet.destination = Frames.ip(group);
      assertDropped(packet.frame(Frames.BROADCAST, 1), Counter.DROP_IP_BROADCAST);
      assertDropped(packet.frame(IpFixture.MAC, 1), Counter.DROP_IP_BROADCAST);
    }
    byte[] echo = Frames.icmp(8, 0, 0, new byte[4]);
    Frames.Ipv4 ping = new Frames.Ipv4(IpFixture.PEER, Frames.ip("10.0.0.255"), ICMP, echo);
    assertDropped(ping.frame(Frames.BROADCAST, 1), Counter.DROP_IP_BROADCAST);
  }
}
