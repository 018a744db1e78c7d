package org.mosstack.ip;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.mosstack.config.ArpEntry;
import org.mosstack.stats.Counter;
import org.mosstack.testkit.Endpoints;
import org.mosstack.testkit.Frames;

/** Fragmented datagrams: what becomes of them, what doesn't, and what is sent in fragments. */
class Ipv4ReassemblyTest {
  private static final int ICMP = 1;
  private static final int TCP = 6;
  private static final int UDP = 17;
  private static final Counter IN = Counter.IP_FRAGMENTS_RECEIVED;

  private static final List<ArpEntry> PEER_KNOWN =
      List.of(Endpoints.neighbour(IpFixture.PEER, 32, IpFixture.PEER_MAC));

  private final IpFixture fixture = new IpFixture(512, PEER_KNOWN);

  @BeforeEach
  void nothingSentYet() {
    fixture.sent();
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  private static Frames.Ipv4 packet(int protocol, byte[] payload) {
    return new Frames.Ipv4(IpFixture.PEER, IpFixture.US, protocol, payload);
  }

  private static Frames.Ipv4 segment(int payloadBytes) {
    byte[] tcp = Frames.tcp(1000, 80, 1, payloadBytes);
    for (int i = 20; i < tcp.length; i++) {
      tcp[i] = (byte) (i * 31 >>> 3);
    }
    return packet(TCP, tcp);
  }

  private void receive(List<byte[]> frames) {
    frames.forEach(fixture::receive);
  }

  private void receiveAnd(byte[] frame, Counter reason) {
    fixture.receive(frame);
    fixture.assertCounted(IN, reason);
  }

  private void receiveKept(byte[] frame) {
    fixture.receive(frame);
    fixture.assertCounted(IN);
  }

  private void assertDelivered(Frames.Ipv4 packet) {
    assertEquals(1, fixture.upper.segments.size());
    IpFixture.Upper.Segment segment = fixture.upper.segments.get(0);
    assertArrayEquals(packet.payload, segment.bytes());
    assertFalse(segment.verified());
    fixture.upper.segments.clear();
    assertEquals(0, fixture.pool.inUse());
  }

  private void assertNothingComesOfIt() {
    assertEquals(0, fixture.upper.segments.size());
    assertEquals(0, fixture.pool.inUse());
    assertEquals(List.of(), fixture.sent());
  }

  /** Returns the one datagram sent to the peer, reassembled by this test's own code. */
  private byte[] sentToPeer() {
    List<byte[]> sent = fixture.sent();
    byte[] payload = new byte[0];
    int id = sent.get(0)[18] << 8 | sent.get(0)[19] & 0xFF;
    for (int i = 0; i < sent.size(); i++) {
      ByteBuffer frame = ByteBuffer.wrap(sent.get(i));
      assertEquals(0, Frames.checksum(sent.get(i), 14, 20));
      assertEquals(frame.capacity() - 14, frame.getShort(16));
      assertEquals((short) id, frame.getShort(18));
      assertEquals(IpFixture.US, frame.getInt(26));
      assertEquals(IpFixture.PEER, frame.getInt(30));
      int more = i < sent.size() - 1 ? 0x2000 : 0;
      assertEquals(more | payload.length / 8, frame.getShort(20), "flags and offset");
      int bytes = frame.capacity() - 34;
      assertEquals(true, more == 0 || bytes == 1480, "full fragments");
      payload = Arrays.copyOf(payload, payload.length + bytes);
      System.arraycopy(sent.get(i), 34, payload, payload.length - bytes, bytes);
    }
    return payload;
  }

  @Test
  void echoesOfAnySizeAreAnsweredInFragments() {
    for (int size : new int[] {1473, 1474, 2953, 3000, 20_000, 65_506, 65_507}) {
      byte[] body = body(size);
      List<byte[]> fragments =
          IpFixture.fragments(packet(ICMP, Frames.icmp(8, 0, size, body)), 1480);
      Collections.shuffle(fragments, new Random(size));
      receive(fragments);
      assertArrayEquals(Frames.icmp(0, 0, size, body), sentToPeer());
      assertEquals(0, fixture.pool.inUse());
    }
    assertEquals(7, fixture.counters.get(Counter.IP_REASSEMBLED));
    long sent = fixture.counters.get(Counter.IP_FRAGMENTS_SENT);
    assertEquals(fixture.counters.get(IN), sent);
  }

  /** Their checksum is 0xFFFF: with 0 there, the sum wouldn't be that of a good message. */
  @Test
  void echoesOfZerosAreAnswered() {
    for (int size : new int[] {0, 100, 3000, 20_000}) {
      byte[] body = new byte[size];
      receive(IpFixture.fragments(packet(ICMP, Frames.icmp(8, 0, 0, body)), 1480));
      assertArrayEquals(Frames.icmp(0, 0, 0, body), sentToPeer());
    }
  }

  /**
   * A first fragment with a longer header leaves too little room behind it for the second: the
   * request spans two buffers, although it isn't larger than the MTU.
   */
  @Test
  void echoInTwoBuffersIsAnsweredInOneFrame() {
    for (int mtu : new int[] {1500, 2035, 4000, 9000}) {
      try (IpFixture jumbo = new IpFixture(64, mtu + 14, mtu, PEER_KNOWN, 0)) {
        byte[] echo = Frames.icmp(8, 0, mtu, body(mtu - 28));
        receiveInTwo(jumbo, packet(ICMP, echo));
        List<byte[]> sent = jumbo.sent();
        assertEquals(1, sent.size());
        assertEquals(mtu, ByteBuffer.wrap(sent.get(0)).getShort(16));
        byte[] reply = Arrays.copyOfRange(sent.get(0), 34, sent.get(0).length);
        assertArrayEquals(Frames.icmp(0, 0, mtu, body(mtu - 28)), reply);
        jumbo.assertCounted(IN, IN, Counter.IP_REASSEMBLED);
      }
    }
  }

  /** It waits for the neighbour's address as one buffer, and is dropped as one. */
  @Test
  void echoInTwoBuffersOfAnInventedNeighbourIsGivenUp() {
    try (IpFixture jumbo = new IpFixture(64, 9014, 9000, List.of(), 0)) {
      receiveInTwo(jumbo, packet(ICMP, Frames.icmp(8, 0, 1, body(8972))));
      for (int i = 0; i < ArpTable.MAX_REQUESTS; i++) {
        jumbo.advance(ArpTable.REQUEST_INTERVAL_NANOS);
      }
      jumbo.assertCounted(IN, IN, Counter.IP_REASSEMBLED, Counter.DROP_ARP_UNRESOLVED);
      assertEquals(0, jumbo.pool.inUse());
    }
  }

  @Test
  void echoInTwoBuffersWithoutAThirdIsCounted() {
    try (IpFixture jumbo = new IpFixture(2, 9014, 9000, PEER_KNOWN, 0)) {
      receiveInTwo(jumbo, packet(ICMP, Frames.icmp(8, 0, 1, body(8972))));
      jumbo.assertCounted(IN, IN, Counter.IP_REASSEMBLED, Counter.NO_MBUF);
      assertEquals(0, jumbo.pool.inUse());
    }
  }

  private static void receiveInTwo(IpFixture fixture, Frames.Ipv4 packet) {
    packet.options = new byte[] {1, 1, 1, 0};
    fixture.receive(IpFixture.fragment(packet, 0, 8, true));
    fixture.receive(IpFixture.fragment(packet, 8, packet.payload.length, false));
  }

  private static byte[] body(int size) {
    byte[] body = new byte[size];
    new SplittableRandom(size).nextBytes(body);
    return body;
  }

  @Test
  void brokenLargeEchoIsDropped() {
    byte[] echo = Frames.icmp(8, 0, 1, new byte[5000]);
    echo[4000] ^= 1;
    receive(IpFixture.fragments(packet(ICMP, echo), 1480));
    assertNothingComesOfIt();
    assertEquals(1, fixture.counters.get(Counter.DROP_ICMP_MALFORMED));
  }

  @Test
  void largeEchoesCountFrameByFrame() {
    List<byte[]> fragments =
        IpFixture.fragments(packet(ICMP, Frames.icmp(8, 0, 1, new byte[60_000])), 1480);
    int answered = 0;
    for (int i = 0; i < 30; i++) {
      receive(fragments);
      answered += fixture.sent().isEmpty() ? 0 : 1;
    }
    assertEquals(IcmpOutput.ECHOES_BURST / fragments.size(), answered);
  }

  @Test
  void fragmentsInEveryOrder() {
    Frames.Ipv4 packet = segment(50);
    packet.options = new byte[] {1, 1, 1, 0};
    List<byte[]> parts = IpFixture.fragments(packet, 24);
    int[][] orders = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    for (int[] order : orders) {
      for (int index : order) {
        fixture.receive(parts.get(index));
      }
      fixture.assertCounted(IN, IN, IN, Counter.IP_REASSEMBLED);
      assertDelivered(packet);
    }
  }

  @Test
  void fragmentsOfDifferentDatagramsStayApart() {
    Frames.Ipv4 one = segment(20);
    Frames.Ipv4 other = segment(20);
    other.payload[30] ^= 1;
    List<Runnable> differences =
        List.of(
            () -> other.identification++,
            () -> other.source++,
            () -> other.protocol = 99,
            () -> other.destination = IpFixture.US_1);
    for (Runnable each : differences) {
      each.run();
      fixture.receive(IpFixture.fragments(one, 24).get(0));
      fixture.receive(IpFixture.fragments(other, 24).get(1));
      assertEquals(0, fixture.upper.segments.size());
      fixture.receive(IpFixture.fragments(one, 24).get(1));
      assertEquals(1, fixture.upper.segments.size());
      assertArrayEquals(one.payload, fixture.upper.segments.get(0).bytes());
      fixture.upper.segments.clear();
    }
  }

  @Test
  void exactDuplicatesAreIgnored() {
    Frames.Ipv4 packet = segment(60);
    List<byte[]> parts = IpFixture.fragments(packet, 32);
    for (int i = 0; i < 2; i++) {
      receiveKept(parts.get(i));
      receiveAnd(parts.get(i), Counter.DROP_IP_FRAGMENT_DUPLICATE);
    }
    receiveAnd(parts.get(0), Counter.DROP_IP_FRAGMENT_DUPLICATE);
    fixture.receive(parts.get(2));
    assertDelivered(packet);
  }

  /** RFC 5722 section 4: the whole datagram is dropped, including what is still to come. */
  @Test
  void anyOverlapSpoilsTheDatagram() {
    Frames.Ipv4 packet = segment(100);
    int[][] overlaps = {{24, 40}, {40, 72}, {56, 72}, {24, 72}, {32, 48}, {40, 56}, {40, 48}};
    for (int[] range : overlaps) {
      packet.identification++;
      receiveKept(IpFixture.fragment(packet, 32, 64, true));
      receiveAnd(
          IpFixture.fragment(packet, range[0], range[1], true), Counter.DROP_IP_FRAGMENT_OVERLAP);
      assertNothingComesOfIt();
      for (int[] rest : new int[][] {{0, 32}, {32, 64}, {64, 120}}) {
        receiveAnd(
            IpFixture.fragment(packet, rest[0], rest[1], rest[1] < 120),
            Counter.DROP_IP_FRAGMENT_SPOILED);
      }
      assertNothingComesOfIt();
    }
    fixture.advance(Ipv4Reassembly.TIMEOUT_NANOS); // forgotten: the identification may be reused
    receive(IpFixture.fragments(packet, 32));
    assertDelivered(packet);
  }

  @Test
  void endsThatContradictSpoilTheDatagram() {
    Frames.Ipv4 packet = segment(100);
    int[][] rows = { // what is there, what arrives: from, to, last?
      {64, 80, 1, 64, 96, 1}, {64, 80, 1, 80, 88, 1}, {64, 80, 1, 40, 48, 1},
      {64, 80, 1, 80, 96, 0}, {64, 80, 0, 40, 48, 1}, {64, 80, 1, 72, 88, 0}
    };
    for (int[] row : rows) {
      packet.identification++;
      receiveKept(IpFixture.fragment(packet, row[0], row[1], row[2] == 0));
      receiveAnd(
          IpFixture.fragment(packet, row[3], row[4], row[5] == 0),
          Counter.DROP_IP_FRAGMENT_INCONSISTENT);
      assertNothingComesOfIt();
    }
  }

  @Test
  void fragmentsThatCannotBe() {
    Frames.Ipv4 packet = packet(TCP, new byte[64]);
    for (int length : new int[] {1, 7, 9, 15, 17}) {
      byte[] part = IpFixture.fragment(packet, 8, 8 + length, true);
      receiveAnd(part, Counter.DROP_IP_FRAGMENT_MALFORMED);
    }
    receiveAnd(IpFixture.fragment(packet, 0, 0, true), Counter.DROP_IP_FRAGMENT_MALFORMED);
    receiveAnd(IpFixture.fragment(packet, 8, 8, false), Counter.DROP_IP_FRAGMENT_MALFORMED);
    assertNothingComesOfIt();
  }

  @Test
  void nothingIsLongerThanADatagram() {
    Frames.Ipv4 packet = packet(TCP, new byte[65_600]);
    receiveAnd(
        IpFixture.fragment(packet, 65_512, 65_516, false), Counter.DROP_IP_FRAGMENT_TOO_LONG);
    receiveAnd(
        IpFixture.fragment(packet, 65_528, 65_536, false), Counter.DROP_IP_FRAGMENT_TOO_LONG);
    receiveKept(IpFixture.fragment(packet, 65_512, 65_515, false));
    fixture.advance(Ipv4Reassembly.TIMEOUT_NANOS);
    // Each fragment is within the limit, but not with the first one's options.
    byte[] echo = Frames.icmp(8, 0, 1, new byte[65_504]);
    Frames.Ipv4 optioned = packet(ICMP, echo);
    optioned.options = new byte[] {1, 1, 1, 0};
    receive(IpFixture.fragments(optioned, 1472));
    assertEquals(3, fixture.counters.get(Counter.DROP_IP_FRAGMENT_TOO_LONG));
    assertNothingComesOfIt();
  }

  @Test
  void fragmentsOfADatagramAreLimited() {
    try (IpFixture large = new IpFixture(4096, List.of())) {
      Frames.Ipv4 packet = segment(8 * (FragmentQueue.MAX_FRAGMENTS + 2) - 20);
      List<byte[]> parts = IpFixture.fragments(packet, 8);
      Collections.reverse(parts);
      parts.forEach(large::receive);
      assertEquals(1, large.counters.get(Counter.DROP_IP_FRAGMENT_TOO_MANY));
      assertEquals(0, large.pool.inUse());
      Frames.Ipv4 most = segment(8 * FragmentQueue.MAX_FRAGMENTS - 20);
      most.identification++;
      parts = IpFixture.fragments(most, 8);
      Collections.reverse(parts);
      parts.forEach(large::receive);
      assertArrayEquals(most.payload, large.upper.segments.get(0).bytes());
    }
  }

  /** RFC 3168 section 5.3. */
  @Test
  void congestionMarksOfFragments() {
    int[][] rows = {{0, 0, 0}, {2, 2, 2}, {2, 3, 3}, {3, 2, 3}, {3, 3, 3}, {1, 3, 3}, {2, 0, 2}};
    for (int[] row : rows) {
      byte[] datagram = Frames.udp(IpFixture.PEER, IpFixture.US, 1, 2, new byte[20]);
      Frames.Ipv4 packet = packet(UDP, datagram);
      packet.identification++;
      packet.tos = row[0];
      fixture.receive(IpFixture.fragment(packet, 0, 16, true));
      packet.tos = row[1];
      fixture.receive(IpFixture.fragment(packet, 16, 28, false));
      byte[] quoted = Arrays.copyOfRange(fixture.sent().get(0), 42, 42 + 20);
      assertEquals(row[2], quoted[1]);
      fixture.advance(IpFixture.SECOND);
    }
    for (int[] row : new int[][] {{0, 3}, {3, 0}}) {
      Frames.Ipv4 packet = segment(20);
      packet.tos = row[0];
      fixture.receive(IpFixture.fragment(packet, 0, 16, true));
      packet.tos = row[1];
      fixture.receive(IpFixture.fragment(packet, 16, 40, false));
      assertNothingComesOfIt();
      fixture.advance(Ipv4Reassembly.TIMEOUT_NANOS);
    }
    assertEquals(2, fixture.counters.get(Counter.DROP_IP_FRAGMENT_ECN));
  }

  /** RFC 1122 section 3.3.2: time exceeded, code 1, when the first fragment is there. */
  @Test
  void senderIsToldOfATimeout() {
    Frames.Ipv4 packet = segment(100);
    byte[] first = IpFixture.fragment(packet, 0, 48, true);
    fixture.receive(first);
    fixture.receive(IpFixture.fragment(packet, 64, 80, true));
    assertEquals(fixture.now + Ipv4Reassembly.TIMEOUT_NANOS, fixture.ip.nextDeadlineNanos());
    fixture.advance(Ipv4Reassembly.TIMEOUT_NANOS - 1);
    fixture.assertCounted(IN, IN);
    assertEquals(2, fixture.pool.inUse());
    fixture.advance(1);
    fixture.assertCounted(Counter.DROP_IP_FRAGMENT_TIMEOUT);
    byte[] quoted = Arrays.copyOfRange(first, 14, first.length);
    IpFixture.assertFrame(Frames.icmp(11, 1, 0, quoted), sentToPeerWhole());
    assertEquals(0, fixture.pool.inUse());
    assertEquals(Long.MAX_VALUE, fixture.ip.nextDeadlineNanos());
  }

  private byte[] sentToPeerWhole() {
    List<byte[]> sent = fixture.sent();
    assertEquals(1, sent.size());
    return Arrays.copyOfRange(sent.get(0), 34, sent.get(0).length);
  }

  @Test
  void nobodyIsToldWithoutTheFirstFragmentOrOfAnError() {
    fixture.receive(IpFixture.fragment(segment(100), 8, 48, true));
    byte[] quote = new Frames.Ipv4(IpFixture.US, IpFixture.FAR, 6, Frames.tcp(1, 2, 3, 0)).packet();
    for (int type : new int[] {3, 4, 5, 11, 12}) {
      Frames.Ipv4 error = packet(ICMP, Frames.icmp(type, 0, 0, quote));
      error.identification = type;
      fixture.receive(IpFixture.fragment(error, 0, 16, true));
    }
    fixture.advance(Ipv4Reassembly.TIMEOUT_NANOS);
    assertEquals(6, fixture.counters.get(Counter.DROP_IP_FRAGMENT_TIMEOUT));
    assertNothingComesOfIt();
  }

  @Test
  void timeoutsAreToldAtALimitedRate() {
    Frames.Ipv4 packet = segment(20);
    int datagrams = Ipv4Reassembly.MAX_PER_SOURCE;
    for (int i = 0; i < datagrams; i++) {
      packet.identification = i;
      fixture.receive(IpFixture.fragment(packet, 0, 16, true));
    }
    fixture.advance(Ipv4Reassembly.TIMEOUT_NANOS);
    assertEquals(datagrams, fixture.counters.get(Counter.DROP_IP_FRAGMENT_TIMEOUT));
    long untold = fixture.counters.get(Counter.DROP_ICMP_RATE_LIMITED);
    assertEquals(datagrams - IcmpOutput.ERRORS_BURST, untold);
    assertEquals(IcmpOutput.ERRORS_BURST, fixture.sent().size());
    assertEquals(0, fixture.pool.inUse());
  }

  @Test
  void largeDatagramsWithoutATakerAreAnswered() {
    byte[] datagram = Frames.udp(IpFixture.PEER, IpFixture.US, 1, 2, new byte[5000]);
    Frames.Ipv4 packet = packet(UDP, datagram);
    receive(IpFixture.fragments(packet, 1480));
    byte[] error = sentToPeerWhole();
    assertEquals(3 << 8 | 3, error[0] << 8 | error[1]);
    assertEquals(576 - 20, error.length);
    byte[] quoted = Arrays.copyOfRange(error, 8, error.length);
    assertArrayEquals(Arrays.copyOf(packet.packet(), quoted.length), quoted); // the original header
    datagram[3000] ^= 1;
    receive(IpFixture.fragments(packet, 1480));
    assertEquals(1, fixture.counters.get(Counter.DROP_UDP_MALFORMED));
    assertNothingComesOfIt();
    receive(IpFixture.fragments(packet(99, new byte[5000]), 1480));
    assertEquals(2, sentToPeerWhole()[1]);
    assertNothingComesOfIt();
  }

  /** RFC 768: UDP's own length counts, in one buffer or several, and may be less than IP's. */
  @Test
  void udpMayEndBeforeItsPacket() {
    for (int size : new int[] {0, 21, 1000, 3000, 5000, 5001}) {
      byte[] datagram = Frames.udp(IpFixture.PEER, IpFixture.US, 1, 2, body(size));
      byte[] longer = Arrays.copyOf(datagram, datagram.length + 2000);
      longer[longer.length - 1] = 1;
      receive(IpFixture.fragments(packet(UDP, longer), 1480));
      assertEquals(3 << 8 | 3, ByteBuffer.wrap(sentToPeerWhole()).getShort(0));
      for (int length : new int[] {0, 7, size + 7, longer.length + 1, 0xFFFF}) {
        longer[4] = (byte) (length >> 8);
        longer[5] = (byte) length;
        receive(IpFixture.fragments(packet(UDP, longer), 1480));
        assertNothingComesOfIt();
      }
      fixture.advance(IpFixture.SECOND);
    }
    assertEquals(6, fixture.counters.get(Counter.DROP_UDP_NO_PORT));
    assertEquals(6 * 5, fixture.counters.get(Counter.DROP_UDP_MALFORMED));
  }

  @Test
  void segmentsAreNeverLargerThanABuffer() {
    receive(IpFixture.fragments(segment(5000), 1480));
    byte[] quote =
        new Frames.Ipv4(IpFixture.US, IpFixture.FAR, 6, Frames.tcp(1, 2, 3, 3000)).packet();
    receive(IpFixture.fragments(packet(ICMP, Frames.icmp(3, 3, 0, quote)), 1480));
    assertEquals(2, fixture.counters.get(Counter.DROP_IP_DATAGRAM_TOO_LARGE));
    assertNothingComesOfIt();
  }

  @Test
  void errorInFragmentsReachesTheTransport() {
    byte[] quote =
        new Frames.Ipv4(IpFixture.US, IpFixture.FAR, 6, Frames.tcp(4, 5, 6, 40)).packet();
    receive(IpFixture.fragments(packet(ICMP, Frames.icmp(3, 4, 1000, quote)), 32));
    List<Integer> expected = List.of(3, 4, 1000, IpFixture.US, IpFixture.FAR, 4, 5, 6);
    assertEquals(List.of(expected), fixture.upper.errors);
  }

  /** Whatever is sent, buffers and datagrams are bounded, and given back. */
  @Test
  void floodsHoldNoMoreThanTheBound() {
    SplittableRandom random = new SplittableRandom(7);
    Frames.Ipv4 victim = segment(60);
    victim.source = IpFixture.PEER;
    int most = 0;
    for (int i = 0; i < 20_000; i++) {
      Frames.Ipv4 packet = segment(1000);
      boolean onlyOne = random.nextInt(3) == 0;
      packet.source = onlyOne ? IpFixture.FAR : random.nextInt(0x0B00_0000, 0x7E00_0000);
      packet.identification = random.nextInt(onlyOne ? 40 : 65_536);
      int from = random.nextInt(100) * 8;
      fixture.receive(IpFixture.fragment(packet, from, from + 8 * random.nextInt(1, 20), true));
      most = Math.max(most, fixture.pool.inUse());
      if (i % 100 == 0) { // whoever sends all fragments at once gets through
        victim.identification = i;
        receive(IpFixture.fragments(victim, 32));
        assertArrayEquals(victim.payload, fixture.upper.segments.removeLast().bytes());
      }
      fixture.advance(100_000);
    }
    assertEquals(fixture.pool.capacity() / 8, most);
    fixture.advance(Ipv4Reassembly.TIMEOUT_NANOS);
    for (int i = 0; i < 4; i++) {
      fixture.advance(IpFixture.SECOND);
    }
    assertEquals(0, fixture.pool.inUse());
    assertEquals(Long.MAX_VALUE, fixture.ip.nextDeadlineNanos());
  }

  @Test
  void oneSourceDrivesOutOnlyItself() {
    List<byte[]> others = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      Frames.Ipv4 other = segment(20);
      other.source = IpFixture.PEER + 1 + i;
      fixture.receive(IpFixture.fragment(other, 0, 16, true));
      others.add(IpFixture.fragment(other, 16, 40, false));
    }
    for (int i = 0; i < 1000; i++) {
      Frames.Ipv4 packet = segment(20);
      packet.identification = i;
      fixture.receive(IpFixture.fragment(packet, 0, 16, true));
    }
    receive(others);
    assertEquals(20, fixture.upper.segments.size());
    long evicted = fixture.counters.get(Counter.DROP_IP_FRAGMENT_EVICTED);
    assertEquals(1000 - Ipv4Reassembly.MAX_PER_SOURCE, evicted);
    fixture.advance(Ipv4Reassembly.TIMEOUT_NANOS);
    assertEquals(0, fixture.pool.inUse());
  }

  /** A spoiled datagram holds no buffer; such datagrams are bounded as well. */
  @Test
  void datagramsAreBounded() {
    try (IpFixture large = new IpFixture(16_384, List.of())) {
      Frames.Ipv4 packet = segment(100);
      for (int i = 0; i < 1000; i++) {
        packet.source = IpFixture.FAR + i;
        large.receive(IpFixture.fragment(packet, 8, 24, true));
        if (i % 2 == 0) {
          large.receive(IpFixture.fragment(packet, 16, 32, true));
        }
      }
      assertEquals(Ipv4Reassembly.MAX_DATAGRAMS / 2, large.pool.inUse());
      long evicted = large.counters.get(Counter.DROP_IP_FRAGMENT_EVICTED);
      assertEquals((1000 - Ipv4Reassembly.MAX_DATAGRAMS) / 2, evicted);
    }
  }
}
