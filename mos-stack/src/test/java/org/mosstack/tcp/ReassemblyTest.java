package org.mosstack.tcp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.mosstack.header.TcpHeader;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.tcp.scoreboard.StepCount;
import org.mosstack.tcp.segment.Segment;

/** Reassembly against a byte array with a mark for each held byte. */
class ReassemblyTest {
  private final LoopbackTcp loopback = new LoopbackTcp();
  private static final int LIMIT = 256;

  private final Reassembly reassembly = new Reassembly(new StepCount());
  private final Segment seg = new Segment();

  @AfterEach
  void free() {
    loopback.close();
  }

  /** A stream that arrives in pieces, each with different bytes. */
  private final class Stream {
    final SplittableRandom random;
    final String what;
    final int start;
    final byte[] bytes = new byte[6000];
    final boolean[] held = new boolean[bytes.length];
    final byte[] out = new byte[bytes.length];
    int next;
    int newest = -1;

    Stream(long seed) {
      random = new SplittableRandom(seed);
      what = "seed " + seed;
      start = random.nextBoolean() ? random.nextInt() : -random.nextInt(bytes.length);
    }

    /** Loads {@link #seg} with random bytes, so that they differ from other pieces' bytes. */
    byte[] load(int from, int length) {
      byte[] piece = new byte[length];
      random.nextBytes(piece);
      seg.mbuf = loopback.received(piece, 0, length);
      seg.seq = start + from;
      seg.dataLen = length;
      seg.flags = TcpHeader.ACK;
      return piece;
    }

    void hold(int from, byte[] piece) {
      for (int i = 0; i < piece.length; i++) {
        if (!held[from + i]) {
          held[from + i] = true;
          bytes[from + i] = piece[i];
        }
      }
    }

    void ahead(int from, int length) {
      ahead(from, length, LIMIT);
    }

    void ahead(int from, int length, int limit) {
      int before = heldBytes();
      byte[] piece = load(from, length);
      Reassembly.Insert result = reassembly.insert(seg, limit, loopback.tcp.received());
      checkDuplicate(from, length);
      newest = result == Reassembly.Insert.FULL ? newest : from;
      if (result == Reassembly.Insert.KEPT) {
        hold(from, piece);
        assertTrue(heldBytes() > before, what + ": kept what it held already");
      } else {
        loopback.tcp.received().free(seg.takeMbuf());
        if (result == Reassembly.Insert.DUPLICATE) {
          hold(from, piece);
          assertEquals(before, heldBytes(), what + ": threw away what was new");
        } else {
          // One less if a guest would have had to move out for it.
          assertTrue(reassembly.buffers() >= limit - 1, what);
        }
      }
    }

    /** The first run of bytes already held is reported as a duplicate (RFC 2883). */
    void checkDuplicate(int from, int length) {
      int left = from;
      while (left < from + length && !held[left]) {
        left++;
      }
      int right = left;
      while (right < from + length && held[right]) {
        right++;
      }
      assertEquals(right - left, reassembly.duplicateRight() - reassembly.duplicateLeft(), what);
      if (right > left) {
        assertEquals(start + left, reassembly.duplicateLeft(), what);
      }
    }

    /** Each block is reported once and whole, the newest arrival's first (RFC 2018). */
    void checkReport(int max) {
      int[] edges = new int[2 * max + 1];
      int count = reassembly.report(edges, 1, max);
      assertEquals(Math.min(max, reassembly.blocks()), count, what);
      Set<Integer> seen = new HashSet<>();
      for (int i = 0; i < count; i++) {
        int left = edges[1 + 2 * i] - start;
        int right = edges[2 + 2 * i] - start;
        assertTrue(next < left && left < right, what);
        assertTrue(!held[left - 1] && (right == held.length || !held[right]), what);
        for (int at = left; at < right; at++) {
          assertTrue(held[at], what);
        }
        assertTrue(seen.add(left), what + ": reported twice");
        if (i == 0 && newest >= next) {
          assertTrue(left <= newest && newest < right, what + ": newest " + newest);
        }
      }
    }

    /** Receives a piece at the stream's front, and delivers all that is contiguous with it. */
    void inOrder(int length) {
      byte[] piece = load(next, length);
      reassembly.keepFirst(seg);
      checkDuplicate(next, length);
      hold(next, piece);
      deliver(seg.takeMbuf());
      for (long mbuf = reassembly.next(start + next, loopback.tcp.received());
          mbuf != 0;
          mbuf = reassembly.next(start + next, loopback.tcp.received())) {
        deliver(mbuf);
      }
      assertTrue(next == bytes.length || !held[next], what + ": a held byte wasn't given out");
    }

    void deliver(long mbuf) {
      next += Mbuf.copyTo(mbuf, out, next, out.length - next);
      loopback.tcp.received().free(mbuf);
    }

    int heldBytes() {
      int count = 0;
      for (int i = next; i < held.length; i++) {
        count += held[i] ? 1 : 0;
      }
      return count;
    }

    void check() {
      assertEquals(heldBytes(), reassembly.bytes(), what);
      assertEquals(reassembly.buffers(), loopback.tcp.received().held(), what);
      assertEquals(reassembly.buffers(), loopback.pool.inUse(), what);
      assertEquals(reassembly.bytes() == 0, reassembly.isEmpty(), what);
      checkReport(1 + random.nextInt(4));
    }

    int anyLength(int from, int max) {
      return 1 + random.nextInt(Math.min(max, bytes.length - from));
    }

    void run() {
      int max = 1 + random.nextInt(random.nextBoolean() ? 40 : 1400);
      int limit = random.nextBoolean() ? LIMIT : 1 + random.nextInt(16);
      while (next < bytes.length) {
        if (random.nextInt(8) == 0) {
          inOrder(anyLength(next, max));
        } else if (next + 1 < bytes.length) {
          int from = next + 1 + random.nextInt(bytes.length - next - 1);
          ahead(from, anyLength(from, max), limit);
        }
        check();
      }
      assertArrayEquals(bytes, out, what);
      assertEquals(0, loopback.pool.inUse(), what);
    }
  }

  @Test
  void rebuildsTheStreamOfWhatCameFirst() {
    for (int seed = 0; seed < 1000; seed++) {
      new Stream(seed).run();
    }
  }

  @Test
  void isBoundedInBuffers() {
    Stream stream = new Stream(1);
    stream.ahead(1, 1400);
    stream.ahead(2000, 1400, 2);
    stream.load(4000, 1400);
    assertEquals(Reassembly.Insert.FULL, reassembly.insert(seg, 2, loopback.tcp.received()));
    loopback.tcp.received().free(seg.takeMbuf());
    assertEquals(2, reassembly.buffers());
    // What follows a block fits into its last buffer.
    stream.ahead(1401, 1, 2);
    stream.ahead(1500, 100, 2);
    assertEquals(2, reassembly.buffers());
    assertEquals(3, reassembly.blocks());
    stream.check();
    stream.inOrder(1);
    assertArrayEquals(
        Arrays.copyOf(stream.bytes, stream.next), Arrays.copyOf(stream.out, stream.next));
    reassembly.clear(loopback.tcp.received());
    assertEquals(0, loopback.pool.inUse());
    assertEquals(0, reassembly.bytes());
    assertEquals(0, loopback.tcp.received().held());
  }

  /** Even with gaps in between: a buffer holds whatever lies within its length. */
  @Test
  void singleBytesWithGapsShareBuffers() {
    Stream stream = new Stream(5);
    for (int i = 0; i < 1500; i++) {
      stream.ahead(1 + 2 * i, 1);
    }
    assertEquals(1500, reassembly.blocks());
    assertEquals(2, reassembly.buffers());
    for (int i = 0; i < 1500; i++) {
      stream.inOrder(1);
      stream.check();
    }
    assertEquals(3000, stream.next);
    assertEquals(0, loopback.pool.inUse());
    assertArrayEquals(Arrays.copyOf(stream.bytes, 3000), Arrays.copyOf(stream.out, 3000));
  }

  /** In reverse order they share the room in front of the first arrival. */
  @Test
  void singleBytesWithGapsBackwardsShareBuffers() {
    Stream stream = new Stream(6);
    for (int i = 0; i < 1500; i++) {
      stream.ahead(2999 - 2 * i, 1);
    }
    assertEquals(1500, reassembly.blocks());
    assertTrue(reassembly.buffers() <= 25, "buffers: " + reassembly.buffers());
    stream.inOrder(1500);
    stream.inOrder(1500);
    assertArrayEquals(Arrays.copyOf(stream.bytes, 3000), Arrays.copyOf(stream.out, 3000));
    assertEquals(0, loopback.pool.inUse());
  }

  @Test
  void isBoundedInBlocks() {
    for (int i = 0; i < Reassembly.MAX_BLOCKS + 2; i++) {
      seg.mbuf = loopback.mbuf(new byte[1], 0, 1);
      seg.seq = 2 * i;
      seg.dataLen = 1;
      loopback.tcp.received().holdForNow();
      Reassembly.Insert result = reassembly.insert(seg, Integer.MAX_VALUE, loopback.tcp.received());
      if (i < Reassembly.MAX_BLOCKS) {
        assertEquals(Reassembly.Insert.KEPT, result, "block " + i);
      } else {
        assertEquals(Reassembly.Insert.FULL, result, "block " + i);
        loopback.tcp.received().free(seg.takeMbuf());
      }
    }
    assertEquals(Reassembly.MAX_BLOCKS, reassembly.blocks());
    reassembly.clear(loopback.tcp.received());
    assertEquals(0, loopback.pool.inUse());
  }

  /** In order they share buffers at once; in reverse order, once there are too many. */
  @Test
  void smallSegmentsShareBuffers() {
    Stream stream = new Stream(3);
    for (int i = 0; i < 1000; i++) {
      stream.ahead(1000 + i, 1);
    }
    assertEquals(1, reassembly.buffers());
    for (int i = 0; i < 900; i++) {
      stream.ahead(999 - i, 1);
      stream.check();
    }
    assertTrue(reassembly.buffers() <= LIMIT, "buffers: " + reassembly.buffers());
    assertEquals(1900, reassembly.bytes());
    stream.inOrder(100);
    assertEquals(2000, stream.next);
    assertArrayEquals(Arrays.copyOf(stream.bytes, 2000), Arrays.copyOf(stream.out, 2000));
  }

  @Test
  void theBlockThatChangedLastIsReportedFirst() { // RFC 2018 section 4
    Stream stream = new Stream(4);
    for (int from : new int[] {100, 300, 500, 700, 900}) {
      stream.ahead(from, 100);
    }
    stream.ahead(200, 50); // the first block grows
    int[] edges = new int[8];
    assertEquals(4, reassembly.report(edges, 0, 4));
    for (int i = 0; i < edges.length; i++) {
      edges[i] -= stream.start;
    }
    assertArrayEquals(new int[] {100, 250, 900, 1000, 700, 800, 500, 600}, edges);
    reassembly.clear(loopback.tcp.received());
  }

  @Test
  void theCutSegmentLosesItsFin() {
    Stream stream = new Stream(2);
    stream.ahead(100, 50);
    stream.load(80, 40);
    seg.flags |= TcpHeader.FIN;
    assertEquals(Reassembly.Insert.KEPT, reassembly.insert(seg, LIMIT, loopback.tcp.received()));
    assertEquals(0, seg.flags & TcpHeader.FIN);
    assertEquals(70, reassembly.bytes());
    reassembly.clear(loopback.tcp.received());
  }
}
