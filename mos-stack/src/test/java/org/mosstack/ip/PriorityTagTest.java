package org.mosstack.ip;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.stats.Counter;
import org.mosstack.testkit.FakeDevice;
import org.mosstack.testkit.Frames;

/** Frames with a priority tag (VLAN 0) are like untagged ones; those of a VLAN aren't for us. */
class PriorityTagTest {
  private static final int ICMP = 1;
  private static final int[] PRIORITIES = {0x0000, 0x2000, 0xE000, 0x1000, 0xF000};

  private final IpFixture fixture = new IpFixture();

  @AfterEach
  void close() {
    fixture.close();
    assertEquals(0, fixture.pool.inUse());
  }

  private static byte[] tagged(byte[] frame, int control) {
    ByteBuffer tagged = ByteBuffer.allocate(frame.length + 4);
    tagged.put(frame, 0, 12).putShort((short) 0x8100).putShort((short) control);
    return tagged.put(frame, 12, frame.length - 12).array();
  }

  private static byte[] arpRequest() {
    return Frames.arp(Frames.BROADCAST, 1, IpFixture.PEER_MAC, IpFixture.PEER, 0, IpFixture.US);
  }

  private static byte[] echo(byte[] body) {
    byte[] icmp = Frames.icmp(8, 0, 7, body);
    return new Frames.Ipv4(IpFixture.PEER, IpFixture.US, ICMP, icmp)
        .frame(IpFixture.MAC, IpFixture.PEER_MAC);
  }

  @Test
  void arpIsAnsweredAndLearnedFromWithoutATag() {
    for (int control : PRIORITIES) {
      fixture.receive(tagged(arpRequest(), control));
      byte[] reply =
          Frames.arp(
              IpFixture.PEER_MAC,
              2,
              IpFixture.MAC,
              IpFixture.US,
              IpFixture.PEER_MAC,
              IpFixture.PEER);
      IpFixture.assertFrame(reply, fixture.sent().get(0));
    }
    fixture.send(IpFixture.PEER, new byte[1]);
    assertEquals(35, fixture.sent().get(0).length, "nobody need be asked");
    fixture.assertCounted();
  }

  @Test
  void packetsAreTakenWhateverTheirPriority() {
    fixture.receive(arpRequest());
    fixture.sent();
    for (int control : PRIORITIES) {
      fixture.receive(tagged(echo(new byte[56]), control));
      byte[] answer = fixture.sent().get(0);
      assertEquals(14 + 20 + 8 + 56, answer.length);
      IpFixture.assertFrame(Frames.icmp(0, 0, 7, new byte[56]), Arrays.copyOfRange(answer, 34, 98));
    }
    fixture.assertCounted();
  }

  @Test
  void aFrameOfTheLeastLengthHasItsPaddingCutOff() {
    byte[] segment = Frames.tcp(1000, 80, 1, 1);
    byte[] frame =
        new Frames.Ipv4(IpFixture.PEER, IpFixture.US, 6, segment)
            .frame(IpFixture.MAC, IpFixture.PEER_MAC);
    fixture.receive(Arrays.copyOf(tagged(frame, 0), 68));
    assertEquals(21, fixture.upper.segments.get(0).bytes().length);
  }

  @Test
  void whatTheDeviceSaysOfChecksumsHolds() {
    fixture.eth0.rxChecksum = true;
    NetInterface port =
        new NetInterface(
            fixture.eth0,
            0,
            IpFixture.US,
            24,
            8,
            fixture.pool,
            fixture.counters,
            fixture.if0.counters());
    byte[] frame =
        new Frames.Ipv4(IpFixture.PEER, IpFixture.US, 6, Frames.tcp(1000, 80, 1, 9))
            .frame(IpFixture.MAC, IpFixture.PEER_MAC);
    long good = FakeDevice.mbuf(fixture.pool, tagged(frame, 0));
    Mbuf.setFlags(good, Mbuf.RX_IP_CKSUM_GOOD | Mbuf.RX_L4_CKSUM_GOOD);
    fixture.ip.input(port, good, fixture.now);
    assertTrue(fixture.upper.segments.get(0).verified());
    long bad = FakeDevice.mbuf(fixture.pool, tagged(frame, 0));
    Mbuf.setFlags(bad, Mbuf.RX_IP_CKSUM_GOOD | Mbuf.RX_L4_CKSUM_BAD);
    fixture.ip.input(port, bad, fixture.now);
    fixture.assertCounted(Counter.DROP_TCP_CHECKSUM);
    port.close();
  }

  @Test
  void otherCoresGetItWithoutTheTag() {
    List<byte[]> passed = new ArrayList<>();
    fixture.ip.otherCores(
        new OtherCores() {
          @Override
          public void toAll(NetInterface from, long mbuf) {
            passed.add(bytes(mbuf));
          }

          @Override
          public boolean toServingCore(NetInterface from, long mbuf, long ticket) {
            passed.add(bytes(mbuf));
            return true;
          }

          @Override
          public boolean toArrivalCore(
              NetInterface from,
              long mbuf,
              int source,
              int destination,
              int sourcePort,
              int destinationPort) {
            passed.add(bytes(mbuf));
            return true;
          }
        });
    byte[] segment =
        new Frames.Ipv4(IpFixture.PEER, IpFixture.US, 6, Frames.tcp(1000, 80, 1, 9))
            .frame(IpFixture.MAC, IpFixture.PEER_MAC);
    byte[] quoted =
        new Frames.Ipv4(IpFixture.US, IpFixture.PEER, 6, Frames.tcp(80, 9, 1, 0)).packet();
    byte[] error =
        new Frames.Ipv4(IpFixture.PEER, IpFixture.US, ICMP, Frames.icmp(3, 1, 0, quoted))
            .frame(IpFixture.MAC, IpFixture.PEER_MAC);
    fixture.upper.ticket = Ticket.of(0, 1, 2, 3);
    fixture.receive(tagged(arpRequest(), 0xE000));
    fixture.receive(tagged(segment, 0xE000));
    fixture.receive(tagged(error, 0xE000));
    IpFixture.assertFrame(arpRequest(), passed.get(0));
    IpFixture.assertFrame(segment, passed.get(1));
    IpFixture.assertFrame(error, passed.get(2));
  }

  private static byte[] bytes(long mbuf) {
    byte[] bytes = new byte[Mbuf.packetLength(mbuf)];
    Mbuf.copyTo(mbuf, bytes);
    return bytes;
  }

  @Test
  void vlansAreNotForUs() {
    for (int vlan = 1; vlan < 4096; vlan++) {
      assertDropped(tagged(arpRequest(), 0x2000 | vlan));
      assertDropped(tagged(echo(new byte[0]), vlan));
    }
    assertDropped(tagged(tagged(echo(new byte[0]), 5), 0));
    assertDropped(tagged(tagged(echo(new byte[0]), 0), 0));
  }

  @Test
  void aFrameThatEndsWithinItsTagIsDropped() {
    byte[] frame = tagged(echo(new byte[0]), 0);
    for (int length = 14; length < 18; length++) {
      assertDropped(Arrays.copyOf(frame, length));
    }
    fixture.receive(Arrays.copyOf(frame, 18));
    fixture.assertCounted(Counter.DROP_IP_MALFORMED);
  }

  private void assertDropped(byte[] frame) {
    fixture.receive(frame);
    fixture.assertCounted(Counter.DROP_ETHERNET_TYPE);
    assertEquals(0, fixture.sent().size());
    assertEquals(0, fixture.pool.inUse());
  }
}
