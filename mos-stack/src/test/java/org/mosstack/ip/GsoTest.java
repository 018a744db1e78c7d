package org.mosstack.ip;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mosstack.header.Checksum;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.testkit.FakeDevice;
import org.mosstack.testkit.FrameBytes;

/** Super-segments that are cut: each packet is what it would have been on its own. */
class GsoTest {
  private static final int FIN = 1;
  private static final int PSH = 8;
  private static final int ACK = 16;
  private static final int CWR = 128;
  private static final int HEADERS = SegmentFrames.HEADER_BYTES;
  private static final int ETHERNET = 14;

  private final IpFixture fixture = new IpFixture();

  @AfterEach
  void close() {
    fixture.close();
  }

  /** A super-segment as TCP makes it, but with the Ethernet header, with rubbish in its sums. */
  private long superSegment(int flags, int... payloads) {
    byte[] first = SegmentFrames.withFlags(SegmentFrames.at(0, payloads[0]), flags);
    FrameBytes.put16(first, 50, 0x1111);
    long head = FakeDevice.mbuf(fixture.pool, first);
    noteSum(head, HEADERS, payloads[0]);
    long last = head;
    int offset = payloads[0];
    for (int i = 1; i < payloads.length; i++) {
      byte[] frame = SegmentFrames.at(offset, payloads[i]);
      long mbuf = FakeDevice.mbuf(fixture.pool, Arrays.copyOfRange(frame, HEADERS, frame.length));
      noteSum(mbuf, 0, payloads[i]);
      Mbuf.chain(head, last, mbuf);
      last = mbuf;
      offset += payloads[i];
    }
    Mbuf.requestSegmentation(head, ETHERNET, 20, HEADERS - ETHERNET - 20, payloads[0]);
    return head;
  }

  private static void noteSum(long mbuf, int from, int length) {
    Mbuf.setPayloadSum(mbuf, Checksum.fold(Checksum.sum(Mbuf.data(mbuf) + from, length)));
  }

  private long next(long mbuf) {
    long next = Mbuf.next(mbuf);
    fixture.pool.free(mbuf);
    return next;
  }

  @ParameterizedTest
  @CsvSource({"100,100,100", "1448,1448,1448", "1448,1448,1", "1448,1448,77", "536,536,535"})
  void eachIsWhatItWouldHaveBeen(int first, int second, int third) {
    long mbuf = superSegment(ACK | PSH, first, second, third);
    assertEquals(3, Gso.cut(mbuf, ETHERNET, false));
    int[] payloads = {first, second, third};
    int offset = 0;
    for (int i = 0; i < 3; i++) {
      byte[] expected = SegmentFrames.at(offset, payloads[i]);
      SegmentFrames.withFlags(expected, i == 2 ? ACK | PSH : ACK);
      assertArrayEquals(expected, FakeDevice.bytes(mbuf), "segment " + i);
      assertEquals(1, Mbuf.segments(mbuf));
      assertEquals(0, Mbuf.flags(mbuf));
      offset += payloads[i];
      mbuf = next(mbuf);
    }
    assertEquals(0, mbuf);
  }

  /** FIN and PSH belong to the last one, "congestion window reduced" to the first (as with TSO). */
  @Test
  void flagsThatCountOnceAreInOneSegment() {
    long mbuf = superSegment(ACK | PSH | FIN | CWR, 600, 600, 600);
    Gso.cut(mbuf, ETHERNET, false);
    int[] flags = {ACK | CWR, ACK, ACK | PSH | FIN};
    for (int expected : flags) {
      assertEquals(expected, FrameBytes.u8(FakeDevice.bytes(mbuf), 47));
      mbuf = next(mbuf);
    }
  }

  /** The device gets pseudo-header sums, and a request for each packet. */
  @Test
  void checksumsAreLeftToADeviceThatComputesThem() {
    long mbuf = superSegment(ACK, 1448, 500);
    Gso.cut(mbuf, ETHERNET, true);
    for (int payload : new int[] {1448, 500}) {
      byte[] frame = FakeDevice.bytes(mbuf);
      int length = payload + HEADERS - ETHERNET - 20;
      assertEquals(0, FrameBytes.u16(frame, 24), "IPv4 checksum");
      assertEquals(
          FrameBytes.fold(FrameBytes.pseudoSum(frame, 14, 6, length)), FrameBytes.u16(frame, 50));
      assertEquals(Mbuf.TX_TCP_CKSUM | Mbuf.TX_IP_CKSUM | Mbuf.TX_IPV4, Mbuf.flags(mbuf));
      assertEquals(20L << 7 | 14, Mbuf.txOffload(mbuf));
      mbuf = next(mbuf);
    }
  }

  /** While a neighbour is being resolved, packets wait without an Ethernet header. */
  @Test
  void packetsMayStillLackTheirEthernetHeader() {
    long mbuf = superSegment(ACK, 1000, 1000);
    Mbuf.trimFront(mbuf, ETHERNET);
    assertEquals(2, Gso.cut(mbuf, 0, false));
    for (int i = 0; i < 2; i++) {
      byte[] expected = SegmentFrames.at(1000 * i, 1000);
      assertArrayEquals(
          Arrays.copyOfRange(expected, ETHERNET, expected.length), FakeDevice.bytes(mbuf));
      mbuf = next(mbuf);
    }
  }

  /** Sent while the neighbour's address is unknown, all of it goes out when that is known. */
  @Test
  void nothingIsLostWhileANeighbourIsResolved() {
    long mbuf = superSegment(ACK, 1000, 1000, 400);
    Mbuf.trimFront(mbuf, ETHERNET + 20);
    Path path = fixture.ip.path(IpFixture.PEER);
    assertTrue(fixture.ip.send(path, mbuf, IpFixture.US, IpFixture.PEER, 6, 0, 64));
    fixture.flush();
    fixture.peerReplies();
    fixture.flush();
    long data = fixture.eth0.sent.stream().filter(f -> FrameBytes.u16(f, 12) == 0x0800).count();
    assertEquals(3, data);
    for (byte[] frame : fixture.eth0.sent) {
      assertNull(FrameBytes.wrong(frame));
    }
  }
}
