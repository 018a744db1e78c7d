package org.mosstack.header;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.MbufPool;
import org.mosstack.mbuf.Memory;

class ChecksumTest {
  private static final int ROOM = 65407;

  private final MbufPool pool = new MbufPool(1, ROOM);
  private final long memory = Mbuf.append(pool.alloc(), ROOM);

  @AfterEach
  void close() {
    pool.close();
  }

  /** RFC 1071 section 4.1, in network order. */
  private static int reference(byte[] bytes, int offset, int length) {
    long sum = 0;
    for (int i = 0; i < length; i++) {
      int value = bytes[offset + i] & 0xFF;
      sum += i % 2 == 0 ? value << 8 : value;
    }
    while (sum > 0xFFFF) {
      sum = (sum & 0xFFFF) + (sum >>> 16);
    }
    return (int) sum;
  }

  /** Returns a folded sum as it would appear in a header. */
  private int stored(long sum) {
    long scratch = memory + ROOM - 2;
    Memory.putShort(scratch, Checksum.fold(sum));
    return Memory.getShortBe(scratch);
  }

  @Test
  void exampleOfRfc1071() {
    byte[] bytes = {0x00, 0x01, (byte) 0xf2, 0x03, (byte) 0xf4, (byte) 0xf5, (byte) 0xf6, -9};
    Memory.copy(bytes, 0, memory, 8);
    assertEquals(0xddf2, stored(Checksum.sum(memory, 8)));
  }

  @Test
  void everyLengthAtEveryAlignment() {
    SplittableRandom random = new SplittableRandom(1);
    byte[] bytes = new byte[512];
    for (int offset = 0; offset < 8; offset++) {
      random.nextBytes(bytes);
      Memory.copy(bytes, 0, memory, bytes.length);
      for (int length = 0; length < 200; length++) {
        assertEquals(
            reference(bytes, offset, length),
            stored(Checksum.sum(memory + offset, length)),
            "offset " + offset + ", length " + length);
      }
    }
  }

  @Test
  void noCarryIsLost() {
    byte[] ones = new byte[ROOM];
    Arrays.fill(ones, (byte) 0xFF);
    Memory.copy(ones, 0, memory, ROOM);
    for (int length : new int[] {1, 2, 3, 31, 32, 33, 1460, 65404, 65405}) {
      Memory.copy(ones, 0, memory, ROOM);
      assertEquals(
          reference(ones, 0, length), stored(Checksum.sum(memory, length)), "length " + length);
    }
  }

  @Test
  void sumsOfPartsAddUp() {
    for (long seed = 0; seed < 200; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      byte[] bytes = new byte[2000];
      random.nextBytes(bytes);
      Memory.copy(bytes, 0, memory, bytes.length);
      int cut = random.nextInt(1000) * 2;
      long parts = Checksum.add(Checksum.sum(memory, cut), Checksum.sum(memory + cut, 2000 - cut));
      assertEquals(reference(bytes, 0, 2000), stored(parts), "seed " + seed);
      parts = Checksum.add(parts, Checksum.add(-1L, 0)); // all ones are zero in this sum
      assertEquals(reference(bytes, 0, 2000), stored(parts), "seed " + seed);
    }
  }

  @Test
  void foldsTheLargestSums() {
    assertEquals(0, Checksum.fold(0));
    assertEquals(0xFFFF, Checksum.fold(0xFFFF));
    assertEquals(1, Checksum.fold(0x1_0000));
    assertEquals(0xFFFF, Checksum.fold(0xFFFF_FFFFL));
    assertEquals(0xFFFF, Checksum.fold(-1L));
    assertEquals(0xFFFE, Checksum.fold(-2L));
    assertEquals(1, Checksum.fold(0x0001_0000_0000_0000L));
  }

  @Test
  void pseudoHeaderOfRfc9293() {
    int source = 0xC0A80001;
    int destination = 0xFFFFFFFF;
    byte[] bytes = new byte[12];
    java.nio.ByteBuffer.wrap(bytes).putInt(source).putInt(destination).putInt(6 << 16 | 65515);
    assertEquals(
        reference(bytes, 0, 12), stored(Checksum.pseudoHeader(source, destination, 6, 65515)));
  }
}
