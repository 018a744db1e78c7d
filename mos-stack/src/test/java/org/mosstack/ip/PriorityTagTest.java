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

/** Frames with a priority tag (VLAN 0) are like untagged ones; those of a VLAN aren't for us. */
class PriorityTagTest {
  private static final int ICMP = 1;
  private static final int[] PRIORITIES = {0x0000, 0x2000, 0xE000, 0x1000, 0xF000};

  private final Bed bed = new Bed();

  @AfterEach
  void close() {
    bed.close();
    assertEquals(0, bed.pool.inUse());
  }

  private static byte[] tagged(byte[] frame, int control) {
    ByteBuffer tagged = ByteBuffer.allocate(frame.length + 4);
    tagged.put(frame, 0, 12).putShort((short) 0x8100).putShort((short) control);
    return tagged.put(frame, 12, frame.length - 12).array();
  }

  private static byte[] arpRequest() {
    return Frames.arp(Frames.BROADCAST, 1, Bed.PEER_MAC, Bed.PEER, 0, Bed.US);
  }

  private static byte[] echo(byte[] body) {
    byte[] icmp = Frames.icmp(8, 0, 7, body);
    return new Frames.Ipv4(Bed.PEER, Bed.US, ICMP, icmp).frame(Bed.MAC, Bed.PEER_MAC);
  }

  @Test
  void arpIsAnsweredAndLearnedFromWithoutATag() {
    for (int control : PRIORITIES) {
      bed.receive(tagged(arpRequest(), control));
      byte[] reply = Frames.arp(Bed.PEER_MAC, 2, Bed.MAC, Bed.US, Bed.PEER_MAC, Bed.PEER);
      Bed.assertFrame(reply, bed.sent().get(0));
    }
    bed.send(Bed.PEER, new byte[1]);
    assertEquals(35, bed.sent().get(0).length, "nobody need be asked");
    bed.assertCounted();
  }

  @Test
  void packetsAreTakenWhateverTheirPriority() {
    bed.receive(arpRequest());
    bed.sent();
    for (int control : PRIORITIES) {
      bed.receive(tagged(echo(new byte[56]), control));
      byte[] answer = bed.sent().get(0);
      assertEquals(14 + 20 + 8 + 56, answer.length);
      Bed.assertFrame(Frames.icmp(0, 0, 7, new byte[56]), Arrays.copyOfRange(answer, 34, 98));
    }
    bed.assertCounted();
  }

  @Test
  void aFrameOfTheLeastLengthHasItsPaddingCutOff() {
    byte[] segment = Frames.tcp(1000, 80, 1, 1);
    byte[] frame = new Frames.Ipv4(Bed.PEER, Bed.US, 6, segment).frame(Bed.MAC, Bed.PEER_MAC);
    bed.receive(Arrays.copyOf(tagged(frame, 0), 68));
    assertEquals(21, bed.upper.segments.get(0).bytes().length);
  }

  @Test
  void whatTheDeviceSaysOfChecksumsHolds() {
    bed.eth0.rxChecksum = true;
    NetInterface port =
        new NetInterface(bed.eth0, 0, Bed.US, 24, 8, bed.pool, bed.counters, bed.if0.counters());
    byte[] frame =
        new Frames.Ipv4(Bed.PEER, Bed.US, 6, Frames.tcp(1000, 80, 1, 9))
            .frame(Bed.MAC, Bed.PEER_MAC);
    long good = FakeDevice.mbuf(bed.pool, tagged(frame, 0));
    Mbuf.setFlags(good, Mbuf.RX_IP_CKSUM_GOOD | Mbuf.RX_L4_CKSUM_GOOD);
    bed.ip.input(port, good, bed.now);
    assertTrue(bed.upper.segments.get(0).verified());
    long bad = FakeDevice.mbuf(bed.pool, tagged(frame, 0));
    Mbuf.setFlags(bad, Mbuf.RX_IP_CKSUM_GOOD | Mbuf.RX_L4_CKSUM_BAD);
    bed.ip.input(port, bad, bed.now);
    bed.assertCounted(Counter.DROP_TCP_CHECKSUM);
    port.close();
  }

  @Test
  void otherCoresGetItWithoutTheTag() {
    List<byte[]> passed = new ArrayList<>();
    bed.ip.otherCores(
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
        new Frames.Ipv4(Bed.PEER, Bed.US, 6, Frames.tcp(1000, 80, 1, 9))
            .frame(Bed.MAC, Bed.PEER_MAC);
    byte[] quoted = new Frames.Ipv4(Bed.US, Bed.PEER, 6, Frames.tcp(80, 9, 1, 0)).packet();
    byte[] error =
        new Frames.Ipv4(Bed.PEER, Bed.US, ICMP, Frames.icmp(3, 1, 0, quoted))
            .frame(Bed.MAC, Bed.PEER_MAC);
    bed.upper.ticket = Ticket.of(0, 1, 2, 3);
    bed.receive(tagged(arpRequest(), 0xE000));
    bed.receive(tagged(segment, 0xE000));
    bed.receive(tagged(error, 0xE000));
    Bed.assertFrame(arpRequest(), passed.get(0));
    Bed.assertFrame(segment, passed.get(1));
    Bed.assertFrame(error, passed.get(2));
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
    bed.receive(Arrays.copyOf(frame, 18));
    bed.assertCounted(Counter.DROP_IP_MALFORMED);
  }

  private void assertDropped(byte[] frame) {
    bed.receive(frame);
    bed.assertCounted(Counter.DROP_ETHERNET_TYPE);
    assertEquals(0, bed.sent().size());
    assertEquals(0, bed.pool.inUse());
  }
}
