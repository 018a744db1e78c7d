package org.mosstack.tcp.segment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.mosstack.header.TcpHeader;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.MbufPool;
import org.mosstack.mbuf.Memory;

/** Arbitrary header bytes: reads stay within the packet, and what is damaged is rejected. */
public class SegmentParseTest {
  private static final int SOURCE = 0x0A00_0002;
  private static final int DESTINATION = 0x0A00_0001;

  private final MbufPool pool = new MbufPool(4);
  private final Segment seg = new Segment();

  @AfterEach
  void free() {
    assertEquals(0, pool.inUse());
    pool.close();
  }

  /** Returns everything that parsing yields, for comparison. */
  private String parse(byte[] packet, int behind, boolean verified) {
    long mbuf = pool.alloc();
    Mbuf.append(mbuf, packet, 0, packet.length);
    for (int i = 0; i < 64; i++) {
      Memory.putByte(Mbuf.data(mbuf) + packet.length + i, behind);
    }
    long header = Mbuf.data(mbuf);
    Segment.Parse result = seg.parse(mbuf, header, packet.length, SOURCE, DESTINATION, verified);
    String text = result.toString();
    if (result == Segment.Parse.OK) {
      assertEquals(seg.dataLen, Mbuf.dataLength(mbuf));
      assertEquals(packet.length, (packet[12] & 0xF0) / 4 + seg.dataLen);
      byte[] payload = new byte[seg.dataLen];
      Mbuf.copyTo(mbuf, payload);
      byte[] expected = Arrays.copyOfRange(packet, packet.length - seg.dataLen, packet.length);
      assertEquals(HexFormat.of().formatHex(expected), HexFormat.of().formatHex(payload));
      text +=
          " %d>%d seq %d ack %d wnd %d flags %x len %d mss %d shift %d ts %b"
              .formatted(
                  seg.sourcePort,
                  seg.destinationPort,
                  seg.seq,
                  seg.ack,
                  seg.wnd,
                  seg.flags,
                  seg.len(),
                  seg.options.mss,
                  seg.options.windowShift,
                  seg.options.timestamps);
    }
    pool.free(mbuf);
    return text;
  }

  @Test
  void anyBytes() {
    int parsed = 0;
    for (int seed = 0; seed < 300_000; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      byte[] packet = new byte[random.nextInt(120)];
      random.nextBytes(packet);
      if (packet.length > 12 && random.nextBoolean()) {
        packet[12] = 0x50; // a valid header without options
      }
      String result = parse(packet, 0, true);
      assertEquals(result, parse(packet, 0xFF, true), "seed " + seed + " reads past its end");
      if (packet.length < TcpHeader.MIN_BYTES) {
        assertEquals("MALFORMED", result, "seed " + seed);
      }
      parsed += result.startsWith("OK") ? 1 : 0;
    }
    assertNotEquals(0, parsed, "nothing got through");
  }

  private byte[] valid(SplittableRandom random) {
    int optionBytes = random.nextInt(11) * 4;
    int length = TcpHeader.MIN_BYTES + optionBytes + random.nextInt(200);
    long mbuf = pool.alloc();
    long header = Mbuf.append(mbuf, length);
    for (int i = 0; i < length; i++) {
      Memory.putByte(header + i, i < TcpHeader.MIN_BYTES + optionBytes ? 1 : random.nextInt(256));
    }
    int headerBytes = TcpHeader.MIN_BYTES + optionBytes;
    TcpHeader.write(
        header, 1, 2, random.nextInt(), random.nextInt(), headerBytes, TcpHeader.ACK, 1000);
    TcpHeader.writeChecksum(header, length, SOURCE, DESTINATION);
    byte[] packet = new byte[length];
    Mbuf.copyTo(mbuf, packet);
    pool.free(mbuf);
    return packet;
  }

  @Test
  void checksumFindsEveryFlippedBit() {
    for (int seed = 0; seed < 200; seed++) {
      byte[] packet = valid(new SplittableRandom(seed));
      assertEquals("OK", parse(packet, 0, false).substring(0, 2), "seed " + seed);
      for (int bit = 0; bit < packet.length * 8; bit++) {
        packet[bit / 8] ^= (byte) (1 << bit % 8);
        String result = parse(packet, 0, false);
        packet[bit / 8] ^= (byte) (1 << bit % 8);
        assertNotEquals("OK", result.substring(0, 2), "seed " + seed + " bit " + bit);
      }
    }
  }

  @Test
  void truncatedAnywhere() {
    for (int seed = 0; seed < 200; seed++) {
      byte[] packet = valid(new SplittableRandom(seed));
      int headerBytes = (packet[12] & 0xF0) / 4;
      for (int length = 0; length < packet.length; length++) {
        String what = "seed " + seed + " length " + length;
        String result = parse(Arrays.copyOf(packet, length), 0xFF, true);
        assertEquals(length < headerBytes ? "MALFORMED" : "OK", result.split(" ")[0], what);
      }
    }
  }
}
