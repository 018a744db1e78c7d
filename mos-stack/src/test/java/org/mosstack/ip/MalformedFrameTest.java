package org.mosstack.ip;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.stats.Counter;
import org.mosstack.testkit.FakeDevice;
import org.mosstack.testkit.Frames;

/** Every kind of frame that must not get through, with the one counter that says why. */
class MalformedFrameTest {
  private final IpFixture fixture = new IpFixture();

  @AfterEach
  void close() {
    fixture.close();
  }

  private static Frames.Ipv4 good() {
    return new Frames.Ipv4(IpFixture.PEER, IpFixture.US, 6, Frames.tcp(1000, 80, 1, 30));
  }

  private static byte[] with(Consumer<Frames.Ipv4> change) {
    Frames.Ipv4 packet = good();
    change.accept(packet);
    return packet.frame(IpFixture.MAC, IpFixture.PEER_MAC);
  }

  private static byte[] from(String source) {
    return with(p -> p.source = Frames.ip(source));
  }

  private static byte[] to(String destination) {
    return with(p -> p.destination = Frames.ip(destination));
  }

  private static byte[] type(int etherType) {
    return Frames.ethernet(IpFixture.MAC, IpFixture.PEER_MAC, etherType, good().packet());
  }

  private static Arguments row(String what, byte[] frame, Counter reason) {
    return Arguments.of(what, frame, reason);
  }

  static Stream<Arguments> table() {
    byte[] frame = good().frame(IpFixture.MAC, IpFixture.PEER_MAC);
    long multicastMac = 0x0100_5E00_0001L;
    return Stream.of(
        row("empty", new byte[0], Counter.DROP_ETHERNET_SHORT),
        row("13 bytes", Arrays.copyOf(frame, 13), Counter.DROP_ETHERNET_SHORT),
        row("other MAC", good().frame(IpFixture.OTHER_MAC, 1), Counter.DROP_ETHERNET_OTHER_HOST),
        row("MAC 0", good().frame(0, 1), Counter.DROP_ETHERNET_OTHER_HOST),
        row("other link's MAC", good().frame(IpFixture.MAC_1, 1), Counter.DROP_ETHERNET_OTHER_HOST),
        row("IPv6", type(0x86DD), Counter.DROP_ETHERNET_TYPE),
        row("VLAN tag", type(0x8100), Counter.DROP_ETHERNET_TYPE),
        row("802.3 length", type(46), Counter.DROP_ETHERNET_TYPE),
        row("type 0", type(0), Counter.DROP_ETHERNET_TYPE),
        row("no IP header", Arrays.copyOf(frame, 14), Counter.DROP_IP_MALFORMED),
        row("19 bytes of IP header", Arrays.copyOf(frame, 33), Counter.DROP_IP_MALFORMED),
        row("version 6", with(p -> p.version = 6), Counter.DROP_IP_MALFORMED),
        row("version 0", with(p -> p.version = 0), Counter.DROP_IP_MALFORMED),
        row("IHL 0", with(p -> p.ihl = 0), Counter.DROP_IP_MALFORMED),
        row("IHL 4", with(p -> p.ihl = 4), Counter.DROP_IP_MALFORMED),
        row("IHL beyond the frame", shortWithIhl(15), Counter.DROP_IP_MALFORMED),
        row("IHL beyond the total", headerBeyondTotal(), Counter.DROP_IP_MALFORMED),
        row("total 0", with(p -> p.totalLength = 0), Counter.DROP_IP_MALFORMED),
        row("total 19", with(p -> p.totalLength = 19), Counter.DROP_IP_MALFORMED),
        row("total 1 beyond", with(p -> p.totalLength = 71), Counter.DROP_IP_MALFORMED),
        row("total 65535", with(p -> p.totalLength = 65535), Counter.DROP_IP_MALFORMED),
        row("cut by 1", Arrays.copyOf(frame, frame.length - 1), Counter.DROP_IP_MALFORMED),
        row("checksum", with(p -> p.checksumError = 1), Counter.DROP_IP_CHECKSUM),
        row("checksum over options", badOption(), Counter.DROP_IP_CHECKSUM),
        row("option of length 0", options(7, 0, 0, 0), Counter.DROP_IP_OPTION),
        row("option of length 1", options(1, 7, 1, 0), Counter.DROP_IP_OPTION),
        row("option beyond the header", options(1, 7, 4, 0), Counter.DROP_IP_OPTION),
        row("option without a length", options(1, 1, 1, 7), Counter.DROP_IP_OPTION),
        row("loose source route", options(0x83, 3, 4, 0), Counter.DROP_IP_SOURCE_ROUTE),
        row("strict source route", options(1, 0x89, 3, 4), Counter.DROP_IP_SOURCE_ROUTE),
        row("TTL 0", with(p -> p.ttl = 0), Counter.DROP_IP_TTL),
        row("source 0.0.0.0", from("0.0.0.0"), Counter.DROP_IP_SOURCE),
        row("source 0.1.2.3", from("0.1.2.3"), Counter.DROP_IP_SOURCE),
        row("source loopback", from("127.0.0.1"), Counter.DROP_IP_SOURCE),
        row("source multicast", from("224.0.0.1"), Counter.DROP_IP_SOURCE),
        row("source reserved", from("250.1.1.1"), Counter.DROP_IP_SOURCE),
        row("source broadcast", from("255.255.255.255"), Counter.DROP_IP_SOURCE),
        row("source directed", from("10.0.0.255"), Counter.DROP_IP_SOURCE),
        row("source directed, other", from("192.168.255.255"), Counter.DROP_IP_SOURCE),
        row("source ours", from("10.0.0.1"), Counter.DROP_IP_SOURCE),
        row("source our other", from("192.168.7.1"), Counter.DROP_IP_SOURCE),
        row("to a third", to("10.0.0.3"), Counter.DROP_IP_OTHER_HOST),
        row("to afar", to("8.8.8.8"), Counter.DROP_IP_OTHER_HOST),
        row("to 0.0.0.0", to("0.0.0.0"), Counter.DROP_IP_OTHER_HOST),
        row("to reserved", to("250.1.1.1"), Counter.DROP_IP_OTHER_HOST),
        row("to loopback from outside", to("127.0.0.1"), Counter.DROP_IP_OTHER_HOST),
        row("to broadcast", to("255.255.255.255"), Counter.DROP_IP_BROADCAST),
        row("to directed broadcast", to("10.0.0.255"), Counter.DROP_IP_BROADCAST),
        row("to the other link's", to("192.168.255.255"), Counter.DROP_IP_BROADCAST),
        row("to multicast", to("239.1.2.3"), Counter.DROP_IP_BROADCAST),
        row(
            "to us for all stations",
            good().frame(Frames.BROADCAST, 1),
            Counter.DROP_IP_LINK_BROADCAST),
        row("to us for a group", good().frame(multicastMac, 1), Counter.DROP_IP_LINK_BROADCAST));
  }

  private static byte[] options(int... bytes) {
    byte[] options = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      options[i] = (byte) bytes[i];
    }
    return with(p -> p.options = options);
  }

  /** A 24-byte packet whose header claims to be longer. */
  private static byte[] shortWithIhl(int ihl) {
    return with(
        p -> {
          p.ihl = ihl;
          p.payload = new byte[4];
        });
  }

  private static byte[] headerBeyondTotal() {
    return with(
        p -> {
          p.options = new byte[8];
          p.totalLength = 27;
        });
  }

  private static byte[] badOption() {
    byte[] frame = with(p -> p.options = new byte[] {1, 1, 1, 0});
    frame[14 + 20] = 7;
    return frame;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("table")
  void dropsUnderItsOwnCounter(String what, byte[] frame, Counter reason) {
    fixture.receive(frame);
    fixture.assertCounted(reason);
    assertTrue(fixture.upper.segments.isEmpty(), what);
    assertEquals(0, fixture.sent().size(), what);
    assertEquals(0, fixture.pool.inUse(), what);
  }

  @Test
  void goodFrameGetsThrough() {
    fixture.receive(good().frame(IpFixture.MAC, IpFixture.PEER_MAC));
    assertSegment();
  }

  @Test
  void paddingIsCutOff() {
    Frames.Ipv4 packet =
        new Frames.Ipv4(IpFixture.PEER, IpFixture.US, 6, Frames.tcp(1000, 80, 1, 0));
    fixture.receive(Arrays.copyOf(packet.frame(IpFixture.MAC, IpFixture.PEER_MAC), 60));
    assertEquals(20, fixture.upper.segments.get(0).bytes().length);
    fixture.assertCounted();
  }

  @Test
  void optionsAreSkipped() {
    for (int words = 1; words <= 10; words++) {
      byte[] options = new byte[4 * words];
      Arrays.fill(options, (byte) 1);
      options[1] = (byte) 0x94; // router alert, or anything else
      options[2] = 2;
      options[options.length - 1] = 0;
      fixture.upper.segments.clear();
      fixture.receive(with(p -> p.options = options));
      assertSegment();
    }
  }

  @Test
  void emptyPayloadIsForTheTransportToRefuse() {
    fixture.receive(with(p -> p.payload = new byte[0]));
    assertEquals(0, fixture.upper.segments.get(0).bytes().length);
  }

  @Test
  void whatIsNotForbiddenGetsThrough() {
    int[] ttls = {1, 2, 255};
    IntStream.of(ttls).forEach(ttl -> fixture.receive(with(p -> p.ttl = ttl)));
    fixture.receive(with(p -> p.fragment = 0x4000)); // "don't fragment"
    fixture.receive(with(p -> p.tos = 0xFF));
    fixture.receive(to("192.168.7.1")); // any local address on any link
    fixture.receive(from("10.0.0.0")); // RFC 1122: a broadcast only where it is used as one
    fixture.receive(from("223.255.255.255"));
    assertEquals(8, fixture.upper.segments.size());
    fixture.assertCounted();
  }

  private void assertSegment() {
    assertEquals(1, fixture.upper.segments.size());
    IpFixture.Upper.Segment segment = fixture.upper.segments.get(0);
    assertArrayEquals(good().payload, segment.bytes());
    assertEquals(IpFixture.PEER, segment.source());
    assertEquals(IpFixture.US, segment.destination());
    assertFalse(segment.verified());
    fixture.assertCounted();
  }

  @Test
  void severalSegmentsAreRefused() {
    long first = FakeDevice.mbuf(fixture.pool, good().frame(IpFixture.MAC, IpFixture.PEER_MAC));
    long second = fixture.pool.alloc();
    Mbuf.setNext(first, second);
    setSegments(first, 2);
    fixture.ip.input(fixture.if0, first, fixture.now);
    fixture.assertCounted(Counter.DROP_ETHERNET_SEGMENTS);
    assertEquals(0, fixture.pool.inUse());
  }

  /** As a scattering driver would: nb_segs is at offset 20 of an rte_mbuf. */
  private static void setSegments(long mbuf, int segments) {
    org.mosstack.mbuf.Memory.putShort(mbuf + 20, segments);
  }
}
