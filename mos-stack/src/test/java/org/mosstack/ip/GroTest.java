package org.mosstack.ip;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.stats.DeviceCounters;
import org.mosstack.testkit.FakeDevice;
import org.mosstack.testkit.FrameBytes;

/** Which segments of a burst are joined, and what becomes of them. */
class GroTest {
  private static final int PAYLOAD = 1448;
  private static final int PSH = 8;
  private static final int ACK = 16;

  private final IpFixture fixture = new IpFixture();
  private final Gro gro = new Gro();
  private final long[] burst = new long[16];
  private NetInterface from = fixture.if0;

  @AfterEach
  void close() {
    fixture.close();
  }

  private int join(byte[]... frames) {
    for (int i = 0; i < frames.length; i++) {
      burst[i] = FakeDevice.mbuf(fixture.pool, frames[i]);
    }
    return gro.join(from, burst, frames.length);
  }

  private void free(int packets) {
    for (int i = 0; i < packets; i++) {
      fixture.pool.free(burst[i]);
    }
    assertEquals(0, fixture.pool.inUse());
  }

  private static byte[] segment(int index) {
    return SegmentFrames.at(index * PAYLOAD, PAYLOAD);
  }

  @Test
  void aRunBecomesOneSuperSegment() {
    byte[] first = segment(0);
    assertEquals(1, join(first, segment(1), SegmentFrames.at(2 * PAYLOAD, 700)));
    long joined = burst[0];
    assertTrue(Mbuf.isSuperSegment(joined));
    assertEquals(3, Mbuf.segments(joined));
    assertEquals(SegmentFrames.HEADER_BYTES + 2 * PAYLOAD + 700, Mbuf.packetLength(joined));
    assertEquals(Mbuf.RX_L4_CKSUM_GOOD, Mbuf.flags(joined) & Mbuf.RX_L4_CKSUM_MASK);
    assertEquals(Mbuf.RX_IP_CKSUM_GOOD, Mbuf.flags(joined) & Mbuf.RX_IP_CKSUM_MASK);
    byte[] bytes = FakeDevice.bytes(joined);
    for (int i = 0; i < first.length; i++) {
      assertEquals(first[i], bytes[i], "byte " + i);
    }
    for (int i = first.length; i < bytes.length; i++) {
      int offset = i - SegmentFrames.HEADER_BYTES;
      assertEquals(SegmentFrames.pattern(offset), bytes[i], "payload byte " + offset);
    }
    free(1);
  }

  @Test
  void aShorterOneEndsARun() {
    byte[] behind = SegmentFrames.at(PAYLOAD + 600, 600);
    assertEquals(2, join(segment(0), SegmentFrames.at(PAYLOAD, 600), behind));
    assertEquals(2, Mbuf.segments(burst[0]));
    assertEquals(1, Mbuf.segments(burst[1]));
    free(2);
  }

  @Test
  void aPushEndsARun() {
    byte[] pushed = SegmentFrames.withFlags(segment(1), ACK | PSH);
    assertEquals(2, join(segment(0), pushed, segment(2), segment(3)));
    assertEquals(2, Mbuf.segments(burst[0]));
    assertEquals(2, Mbuf.segments(burst[1]));
    free(2);
  }

  @Test
  void runsOfSeveralFlowsAreJoinedEach() {
    byte[] other0 = change(segment(0), f -> FrameBytes.put16(f, 34, 1001));
    byte[] other1 = change(segment(1), f -> FrameBytes.put16(f, 34, 1001));
    assertEquals(2, join(segment(0), segment(1), other0, other1));
    assertEquals(2, Mbuf.segments(burst[0]));
    assertEquals(2, Mbuf.segments(burst[1]));
    free(2);
  }

  private static byte[] change(byte[] frame, Consumer<byte[]> change) {
    change.accept(frame);
    FrameBytes.mend(frame);
    return frame;
  }

  private static Arguments differing(String what, Consumer<byte[]> change) {
    return Arguments.of(what, change(segment(1), change));
  }

  private static Arguments flags(int flags) {
    return differing("flags " + flags, f -> f[47] = (byte) flags);
  }

  static List<Arguments> others() {
    return List.of(
        differing("another destination MAC", f -> f[5]++),
        differing("another source MAC", f -> f[11]++),
        differing("another type of service", f -> f[15] = 3),
        differing("fragmentable", f -> f[20] = 0),
        differing("another TTL", f -> f[22] = 63),
        differing("another source", f -> f[29]++),
        differing("another destination", f -> f[33]++),
        differing("another port", f -> f[37]++),
        differing("a gap", f -> f[41]++),
        differing("another acknowledgment", f -> f[45]++),
        differing("another window", f -> f[49]++),
        differing("another timestamp", f -> f[61]++),
        differing("another echo", f -> f[65]++),
        flags(ACK | 1),
        flags(ACK | 2),
        flags(ACK | 4),
        flags(ACK | 32),
        flags(ACK | 64),
        flags(ACK | 128),
        flags(0),
        Arguments.of("larger", SegmentFrames.at(PAYLOAD, PAYLOAD + 1)),
        Arguments.of("padded", Arrays.copyOf(SegmentFrames.at(PAYLOAD, 600), 700)),
        Arguments.of("small", SegmentFrames.at(PAYLOAD, 100)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("others")
  void whatDiffersStaysAlone(String what, byte[] second) {
    byte[] before = second.clone();
    assertEquals(2, join(segment(0), second), what);
    assertFalse(Mbuf.isSuperSegment(burst[0]));
    assertArrayEquals(before, FakeDevice.bytes(burst[1]), "unchanged");
    free(2);
  }

  /** Damage of the first or the second segment: neither pulls the other along. */
  @ParameterizedTest
  @ValueSource(ints = {24, 50, 66, 1513})
  void damagedSegmentsStayAlone(int at) {
    for (int damaged = 0; damaged < 2; damaged++) {
      byte[][] frames = {segment(0), segment(1)};
      frames[damaged][at] ^= 4;
      assertEquals(2, join(frames), "segment " + damaged);
      assertFalse(Mbuf.isSuperSegment(burst[0]));
      free(2);
    }
  }

  /** A device that verifies is believed, for good or bad. */
  @Test
  void theDevicesWordCounts() {
    fixture.eth0.rxChecksum = true;
    from =
        new NetInterface(
            fixture.eth0,
            0,
            IpFixture.US,
            24,
            8,
            fixture.pool,
            fixture.counters,
            new DeviceCounters());
    long good = Mbuf.RX_IP_CKSUM_GOOD | Mbuf.RX_L4_CKSUM_GOOD;
    byte[] damaged = segment(1);
    damaged[100] ^= 4;
    assertEquals(1, joinReported(good, segment(0), damaged));
    free(1);
    assertEquals(
        2, joinReported(Mbuf.RX_IP_CKSUM_GOOD | Mbuf.RX_L4_CKSUM_BAD, segment(0), segment(1)));
    free(2);
    assertEquals(
        2, joinReported(Mbuf.RX_IP_CKSUM_BAD | Mbuf.RX_L4_CKSUM_GOOD, segment(0), segment(1)));
    free(2);
  }

  private int joinReported(long flags, byte[]... frames) {
    for (int i = 0; i < frames.length; i++) {
      burst[i] = FakeDevice.mbuf(fixture.pool, frames[i]);
      Mbuf.setFlags(burst[i], flags);
    }
    return gro.join(from, burst, frames.length);
  }

  /** The first of a run has options of IP, isn't TCP, or not even IP: nothing is joined to it. */
  @Test
  void onlyPlainSegmentsBeginARun() {
    List<Consumer<byte[]>> oddities =
        List.of(
            f -> f[12] = 1,
            f -> f[14] = 0x46,
            f -> f[14] = 0x65,
            f -> f[23] = 17,
            f -> f[20] = 0x20,
            f -> f[46] = 0x40,
            f -> f[17]++);
    for (Consumer<byte[]> oddity : oddities) {
      assertEquals(2, join(change(segment(0), oddity), change(segment(1), oddity)));
      assertFalse(Mbuf.isSuperSegment(burst[0]));
      free(2);
    }
  }
}
