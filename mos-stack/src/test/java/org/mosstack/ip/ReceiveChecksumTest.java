package org.mosstack.ip;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.stats.Counter;
import org.mosstack.stats.DeviceCounters;
import org.mosstack.testkit.Endpoints;
import org.mosstack.testkit.FakeDevice;
import org.mosstack.testkit.Frames;

/** What a port says of checksums, and what then becomes of the packet. */
class ReceiveChecksumTest {
  private static final int TCP = 6;
  private static final int ICMP = 1;

  /** What the IP layer does with a packet. */
  private enum Fate {
    DROPPED_BY_IP,
    DROPPED_AS_TCP,
    VERIFIED,
    LEFT_TO_TCP
  }

  private final IpFixture fixture = new IpFixture();
  private NetInterface port;

  @BeforeEach
  void open() {
    port = on(true);
  }

  private NetInterface on(boolean rxChecksum) {
    fixture.eth0.rxChecksum = rxChecksum;
    return new NetInterface(
        fixture.eth0, 0, IpFixture.US, 24, 8, fixture.pool, fixture.counters, new DeviceCounters());
  }

  @AfterEach
  void close() {
    port.close();
    fixture.close();
  }

  /** A packet whose IP checksum is right or wrong, with the given TCP checksum field. */
  private static byte[] packet(boolean ipRight, int tcpChecksum) {
    byte[] tcp = Frames.tcp(1000, 80, 1, 30);
    tcp[16] = (byte) (tcpChecksum >> 8);
    tcp[17] = (byte) tcpChecksum;
    Frames.Ipv4 packet = new Frames.Ipv4(IpFixture.PEER, IpFixture.US, TCP, tcp);
    packet.checksumError = ipRight ? 0 : 1;
    return packet.frame(IpFixture.MAC, IpFixture.PEER_MAC);
  }

  /** The pseudo-header sum of {@link #packet}: 10.0.0.2, 10.0.0.1, protocol 6, 50 bytes. */
  private static final int UNFINISHED = 0x0A00 + 2 + 0x0A00 + 1 + 6 + 50;

  static List<Arguments> table() {
    List<Arguments> rows = new ArrayList<>();
    long[] ip = {0, Mbuf.RX_IP_CKSUM_BAD, Mbuf.RX_IP_CKSUM_GOOD, Mbuf.RX_IP_CKSUM_MASK};
    long[] tcp = {0, Mbuf.RX_L4_CKSUM_BAD, Mbuf.RX_L4_CKSUM_GOOD, Mbuf.RX_L4_CKSUM_NONE};
    Fate[] tcpFates = {
      Fate.LEFT_TO_TCP, Fate.DROPPED_AS_TCP, Fate.VERIFIED, Fate.LEFT_TO_TCP // not unfinished
    };
    for (boolean right : new boolean[] {true, false}) {
      for (int i = 0; i < 4; i++) {
        boolean passes = i == 2 || i != 1 && right;
        for (int t = 0; t < 4; t++) {
          Fate fate = passes ? tcpFates[t] : Fate.DROPPED_BY_IP;
          rows.add(Arguments.of(true, right, 0x1234, ip[i] | tcp[t], fate));
          // On a port without checksum offload the flags mean nothing.
          fate = right ? Fate.LEFT_TO_TCP : Fate.DROPPED_BY_IP;
          rows.add(Arguments.of(false, right, 0x1234, ip[i] | tcp[t], fate));
        }
      }
    }
    long none = Mbuf.RX_IP_CKSUM_GOOD | Mbuf.RX_L4_CKSUM_NONE;
    rows.add(Arguments.of(true, true, UNFINISHED, none, Fate.VERIFIED));
    rows.add(Arguments.of(true, true, UNFINISHED + 1, none, Fate.LEFT_TO_TCP));
    rows.add(Arguments.of(true, true, UNFINISHED, 0L, Fate.LEFT_TO_TCP));
    rows.add(Arguments.of(false, true, UNFINISHED, none, Fate.LEFT_TO_TCP));
    return rows;
  }

  @ParameterizedTest
  @MethodSource("table")
  void isBelievedWhereItIsSaid(
      boolean rxChecksum, boolean ipRight, int tcpChecksum, long flags, Fate fate) {
    NetInterface from = on(rxChecksum);
    receive(from, packet(ipRight, tcpChecksum), flags);
    switch (fate) {
      case DROPPED_BY_IP -> fixture.assertCounted(Counter.DROP_IP_CHECKSUM);
      case DROPPED_AS_TCP -> fixture.assertCounted(Counter.DROP_TCP_CHECKSUM);
      default -> fixture.assertCounted();
    }
    boolean passed = fate == Fate.VERIFIED || fate == Fate.LEFT_TO_TCP;
    assertEquals(passed ? 1 : 0, fixture.upper.segments.size());
    if (passed) {
      assertEquals(fate == Fate.VERIFIED, fixture.upper.segments.getFirst().verified());
    }
  }

  private void receive(NetInterface from, byte[] frame, long flags) {
    long mbuf = FakeDevice.mbuf(fixture.pool, frame);
    Mbuf.setFlags(mbuf, flags);
    fixture.ip.input(from, mbuf, fixture.now);
    from.flush();
    fixture.flush();
  }

  @Test
  void aSegmentTooShortForItsChecksumIsLeftToTcp() {
    byte[] stub =
        new Frames.Ipv4(IpFixture.PEER, IpFixture.US, TCP, new byte[17])
            .frame(IpFixture.MAC, IpFixture.PEER_MAC);
    receive(port, stub, Mbuf.RX_IP_CKSUM_GOOD | Mbuf.RX_L4_CKSUM_NONE);
    assertEquals(17, fixture.upper.segments.getFirst().bytes().length);
    assertFalse(fixture.upper.segments.getFirst().verified());
  }

  @Test
  void lengthsAreCheckedHoweverGoodTheChecksums() {
    Frames.Ipv4 packet = new Frames.Ipv4(IpFixture.PEER, IpFixture.US, TCP, Frames.tcp(1, 2, 3, 0));
    packet.totalLength = 41;
    receive(
        port,
        packet.frame(IpFixture.MAC, IpFixture.PEER_MAC),
        Mbuf.RX_IP_CKSUM_GOOD | Mbuf.RX_L4_CKSUM_GOOD);
    fixture.assertCounted(Counter.DROP_IP_MALFORMED);
  }

  /** No port verifies ICMP, so what it says of other checksums doesn't count. */
  @Test
  void icmpIsVerifiedInSoftware() {
    byte[] echo = Frames.icmp(8, 0, 1, new byte[10]);
    echo[3] ^= 1;
    byte[] frame =
        new Frames.Ipv4(IpFixture.PEER, IpFixture.US, ICMP, echo)
            .frame(IpFixture.MAC, IpFixture.PEER_MAC);
    receive(port, frame, Mbuf.RX_IP_CKSUM_GOOD | Mbuf.RX_L4_CKSUM_GOOD);
    fixture.assertCounted(Counter.DROP_ICMP_MALFORMED);
  }

  /** An echo is answered in its own buffer, on a port that would fill in TCP checksums. */
  @Test
  void anEchoIsAnsweredWithChecksumsOfOurOwn() {
    fixture.eth0.txChecksum = true;
    NetInterface both = on(true);
    IpLayer ip =
        new IpLayer(
            new NetInterface[] {both},
            RouteTable.builder().onLink(0, IpFixture.US, 24).build(),
            List.of(Endpoints.neighbour(IpFixture.PEER, 32, IpFixture.PEER_MAC)),
            fixture.pool,
            fixture.counters,
            new SplittableRandom(1),
            0);
    byte[] echo = Frames.icmp(8, 0, 1, new byte[10]);
    byte[] frame =
        new Frames.Ipv4(IpFixture.PEER, IpFixture.US, ICMP, echo)
            .frame(IpFixture.MAC, IpFixture.PEER_MAC);
    long mbuf = FakeDevice.mbuf(fixture.pool, frame);
    Mbuf.setFlags(mbuf, Mbuf.RX_IP_CKSUM_GOOD);
    ip.input(both, mbuf, 0);
    ip.close();
    byte[] answer = fixture.sent().getFirst();
    assertEquals(0, Frames.checksum(answer, 14, 20));
    assertEquals(0, Frames.checksum(answer, 34, 18));
  }
}
