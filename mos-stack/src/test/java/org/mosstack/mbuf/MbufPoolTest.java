package org.mosstack.mbuf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MbufPoolTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 63, 64, 65, 127, 128, 129, 1000})
  void handsOutEachBufferOnceAndThenZero(int capacity) {
    try (MbufPool pool = new MbufPool(capacity)) {
      for (int round = 0; round < 3; round++) {
        Set<Long> taken = new HashSet<>();
        for (int i = 0; i < capacity; i++) {
          assertEquals(capacity - i, pool.available());
          assertTrue(taken.add(pool.alloc()), "handed out twice");
        }
        assertEquals(0, pool.alloc());
        assertEquals(0, pool.available());
        assertEquals(capacity, pool.inUse());
        taken.forEach(pool::free);
        assertEquals(0, pool.inUse());
        assertEquals(capacity, pool.available());
      }
    }
  }

  @Test
  void reusesTheBufferUsedLast() {
    try (MbufPool pool = new MbufPool(10)) {
      long a = pool.alloc();
      long b = pool.alloc();
      pool.free(a);
      pool.free(b);
      assertEquals(b, pool.alloc());
      assertEquals(a, pool.alloc());
    }
  }

  @Test
  void aBufferComesBackEmptyWhateverWasDoneToIt() {
    try (MbufPool pool = new MbufPool(1, 256)) {
      long mbuf = pool.alloc();
      Mbuf.append(mbuf, 100);
      Mbuf.trimFront(mbuf, 30);
      Mbuf.setNext(mbuf, 1234);
      pool.free(mbuf);
      assertEquals(mbuf, pool.alloc());
      assertEquals(0, Mbuf.dataLength(mbuf));
      assertEquals(0, Mbuf.packetLength(mbuf));
      assertEquals(Mbuf.HEADROOM_BYTES, Mbuf.headroom(mbuf));
      assertEquals(256, Mbuf.tailroom(mbuf));
      assertEquals(1, Mbuf.references(mbuf));
      assertEquals(1, Mbuf.segments(mbuf));
      assertEquals(0, Mbuf.next(mbuf));
    }
  }

  @Test
  void buffersDontOverlap() {
    int room = 65; // a multiple of nothing
    try (MbufPool pool = new MbufPool(50, room)) {
      List<Long> all = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        long mbuf = pool.alloc();
        all.add(mbuf);
        assertEquals(0, mbuf % 64, "aligned to a cache line");
        byte[] content = new byte[room];
        java.util.Arrays.fill(content, (byte) i);
        Mbuf.append(mbuf, content, 0, room);
        assertEquals(0, Mbuf.tailroom(mbuf));
        long front = Mbuf.prepend(mbuf, Mbuf.HEADROOM_BYTES);
        assertEquals(mbuf + Mbuf.HEADER_BYTES, front);
        for (int j = 0; j < Mbuf.HEADROOM_BYTES; j++) {
          Memory.putByte(front + j, i);
        }
      }
      for (int i = 0; i < 50; i++) {
        byte[] content = new byte[room + Mbuf.HEADROOM_BYTES];
        assertEquals(content.length, Mbuf.copyTo(all.get(i), content));
        for (byte b : content) {
          assertEquals((byte) i, b);
        }
      }
    }
  }

  @Test
  void theLastReferenceFrees() {
    try (MbufPool pool = new MbufPool(2)) {
      long mbuf = pool.alloc();
      Mbuf.setReferences(mbuf, 3);
      pool.free(mbuf);
      pool.free(mbuf);
      assertEquals(1, Mbuf.references(mbuf));
      assertEquals(1, pool.inUse());
      pool.free(mbuf);
      assertEquals(0, pool.inUse());
    }
  }

  @Test
  void freeingTwiceIsFatalOnceAndCountedAndTheBufferStaysFreeOnce() {
    try (MbufPool pool = new MbufPool(2)) {
      long mbuf = pool.alloc();
      pool.free(mbuf);
      BufferCorruptionError error =
          assertThrows(BufferCorruptionError.class, () -> pool.free(mbuf));
      assertTrue(error.getMessage().endsWith("freed twice"), error.getMessage());
      pool.free(mbuf);
      assertEquals(2, pool.doubleFrees());
      assertNotEquals(pool.alloc(), pool.alloc());
      assertEquals(0, pool.alloc());
    }
  }

  /** Returns a packet of several segments, as DPDK ports receive large ones. */
  private static long chain(MbufPool pool, byte[]... parts) {
    long head = 0;
    long last = 0;
    int total = 0;
    for (byte[] part : parts) {
      long segment = pool.alloc();
      Mbuf.append(segment, part, 0, part.length);
      total += part.length;
      if (head == 0) {
        head = segment;
      } else {
        Mbuf.setNext(last, segment);
      }
      last = segment;
    }
    Memory.putInt(head + 36, total); // pkt_len
    Memory.putShort(head + 20, parts.length); // nb_segs
    return head;
  }

  @Test
  void aPacketsSegmentsAreFreedTogether() {
    try (MbufPool pool = new MbufPool(5)) {
      long packet = chain(pool, new byte[10], new byte[0], new byte[20]);
      assertEquals(3, pool.inUse());
      assertEquals(30, Mbuf.packetLength(packet));
      pool.free(packet);
      assertEquals(0, pool.inUse());
      Set<Long> again = new HashSet<>();
      for (int i = 0; i < 5; i++) {
        assertTrue(again.add(pool.alloc()));
      }
    }
  }

  @Test
  void copiesAPacketOfSegmentsIntoOneBuffer() {
    try (MbufPool from = new MbufPool(5);
        MbufPool to = new MbufPool(1, 64)) {
      byte[] a = {1, 2, 3};
      byte[] b = new byte[0];
      byte[] c = {4, 5};
      long packet = chain(from, a, b, c);
      Mbuf.setRssHash(packet, 0xCAFE);
      long copy = to.copy(packet);
      assertNotEquals(0, copy);
      assertEquals(1, Mbuf.segments(copy));
      assertEquals(5, Mbuf.dataLength(copy));
      assertEquals(0xCAFE, Mbuf.rssHash(copy));
      byte[] bytes = new byte[5];
      assertEquals(5, Mbuf.copyTo(copy, bytes));
      assertArrayEquals(new byte[] {1, 2, 3, 4, 5}, bytes);

      byte[] part = new byte[10];
      assertEquals(4, Mbuf.copyTo(packet, part, 2, 4));
      assertArrayEquals(new byte[] {0, 0, 1, 2, 3, 4, 0, 0, 0, 0}, part);

      Mbuf.invert(packet, 3, 0xFF); // the third segment's first byte
      Mbuf.copyTo(packet, bytes);
      assertArrayEquals(new byte[] {1, 2, 3, ~4, 5}, bytes);

      assertEquals(0, to.copy(packet), "no buffer left");
      from.free(packet);
      to.free(copy);
      assertEquals(0, from.inUse());
      assertEquals(0, to.inUse());
    }
  }

  @Test
  void aCopyOfASuperSegmentHasItsSegments() {
    try (MbufPool from = new MbufPool(3);
        MbufPool to = new MbufPool(5, 64)) {
      long packet = chain(from, new byte[] {1, 2, 3}, new byte[] {4, 5}, new byte[] {6});
      Mbuf.setFlags(packet, Mbuf.RX_LRO | Mbuf.RX_L4_CKSUM_GOOD);
      long copy = to.copy(packet);
      assertTrue(Mbuf.isSuperSegment(copy));
      assertEquals(3, Mbuf.segments(copy));
      assertEquals(6, Mbuf.packetLength(copy));
      assertEquals(3, Mbuf.dataLength(copy));
      byte[] bytes = new byte[6];
      Mbuf.copyTo(copy, bytes);
      assertArrayEquals(new byte[] {1, 2, 3, 4, 5, 6}, bytes);
      assertEquals(0, to.copy(packet), "too few buffers are left");
      assertEquals(3, to.inUse());
      to.free(copy);
      assertEquals(0, to.inUse());
    }
  }

  @Test
  void whatIsReservedIsThere() {
    try (MbufPool pool = new MbufPool(100)) {
      assertTrue(pool.reserve(64));
      pool.alloc();
      assertTrue(pool.reserve(64));
      for (int i = 0; i < 35; i++) {
        assertNotEquals(0, pool.alloc());
      }
      assertTrue(pool.reserve(64));
      assertNotEquals(0, pool.alloc());
      assertFalse(pool.reserve(64));
      assertTrue(pool.reserve(63));
      assertEquals(37, pool.inUse());
    }
  }

  @Test
  void aPacketTooLongForTheBufferIsntCopied() {
    try (MbufPool from = new MbufPool(1, 100);
        MbufPool to = new MbufPool(1, 64)) {
      long packet = from.alloc();
      Mbuf.append(packet, 65);
      assertEquals(0, to.copy(packet));
      assertEquals(0, to.inUse());
      Mbuf.trimBack(packet, 1);
      assertEquals(64, Mbuf.packetLength(to.copy(packet)));
    }
  }

  @Test
  void countsStayRightThroughAnyOrderOfUse() {
    for (long seed = 0; seed < 50; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      int capacity = 1 + random.nextInt(300);
      try (MbufPool pool = new MbufPool(capacity, 64)) {
        List<Long> held = new ArrayList<>();
        for (int i = 0; i < 2000; i++) {
          if (random.nextInt(100) < 55) {
            long mbuf = pool.alloc();
            assertEquals(held.size() == capacity, mbuf == 0, "seed " + seed);
            if (mbuf != 0) {
              assertTrue(!held.contains(mbuf), "seed " + seed);
              held.add(mbuf);
            }
          } else if (!held.isEmpty()) {
            pool.free(held.remove(random.nextInt(held.size())));
          }
          assertEquals(held.size(), pool.inUse(), "seed " + seed);
          assertEquals(capacity - held.size(), pool.available(), "seed " + seed);
        }
      }
    }
  }

  @Test
  void aLargePoolCostsNothingUntilItIsUsed() {
    // 16 million buffers are 36 GB of address space.
    try (MbufPool pool = new MbufPool(1 << 24)) {
      assertEquals(1 << 24, pool.available());
      pool.free(pool.alloc());
    }
  }

  @Test
  void refusesSizesOutOfRange() {
    assertThrows(IllegalArgumentException.class, () -> new MbufPool(0));
    assertThrows(IllegalArgumentException.class, () -> new MbufPool(-1));
    assertThrows(IllegalArgumentException.class, () -> new MbufPool(1, 63));
    assertThrows(IllegalArgumentException.class, () -> new MbufPool(1, 65408));
    try (MbufPool pool = new MbufPool(1, 65407)) {
      long mbuf = pool.alloc();
      assertEquals(65407, pool.dataRoomBytes());
      assertEquals(65407, Mbuf.tailroom(mbuf));
      Mbuf.append(mbuf, 65407);
      assertEquals(0, Mbuf.tailroom(mbuf));
      assertEquals(65407, Mbuf.dataLength(mbuf));
      long end = Mbuf.data(mbuf) + 65406;
      Memory.putByte(end, 0xAB);
      assertEquals(0xAB, Memory.getByte(end));
    }
  }

  @Test
  void mayBeClosedTwice() {
    MbufPool pool = new MbufPool(1);
    pool.close();
    pool.close();
  }
}
