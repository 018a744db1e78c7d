package org.mosstack.tcp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.mosstack.header.TcpHeader;
import org.mosstack.mbuf.Mbuf;

/** Reassembly against a byte array with a mark for each byte that is held. */
class ReassemblyTest {
  private final TestCore bed = new TestCore();
  private final Reassembly reassembly = new Reassembly();
  private final Segment seg = new Segment();

  @AfterEach
  void free() {
    bed.close();
  }

  /** A stream of which pieces arrive, each with bytes of its own. */
  private final class Stream {
    final SplittableRandom random;
    final String what;
    final int start;
    final byte[] bytes = new byte[6000];
    final boolean[] held = new boolean[bytes.length];
    final byte[] out = new byte[bytes.length];
    int next;

    Stream(long seed) {
      random = new SplittableRandom(seed);
      what = "seed " + seed;
      start = random.nextBoolean() ? random.nextInt() : -random.nextInt(bytes.length);
    }

    /** Loads {@link #seg} with bytes of which no other piece has the like. */
    byte[] load(int from, int length) {
      byte[] piece = new byte[length];
      random.nextBytes(piece);
      seg.mbuf = bed.received(piece, 0, length);
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
      int before = heldBytes();
      byte[] piece = load(from, length);
      Reassembly.Insert result = reassembly.insert(seg, bed.tcp);
      if (result == Reassembly.Insert.KEPT) {
        hold(from, piece);
        assertTrue(heldBytes() > before, what + ": kept what it held already");
      } else {
        bed.tcp.freeReceived(seg.takeMbuf());
        if (result == Reassembly.Insert.DUPLICATE) {
          hold(from, piece);
          assertEquals(before, heldBytes(), what + ": threw away what was new");
        } else {
          assertEquals(Reassembly.MAX_SEGMENTS, reassembly.segments(), what);
        }
      }
    }

    /** A piece at the stream's front, and what follows it without a gap. */
    void inOrder(int length) {
      byte[] piece = load(next, length);
      reassembly.keepFirst(seg);
      hold(next, piece);
      deliver(seg.takeMbuf());
      for (long mbuf = reassembly.next(start + next, bed.tcp);
          mbuf != 0;
          mbuf = reassembly.next(start + next, bed.tcp)) {
        deliver(mbuf);
      }
      assertTrue(next == bytes.length || !held[next], what + ": a held byte wasn't given out");
    }

    void deliver(long mbuf) {
      next += Mbuf.copyTo(mbuf, out, next, out.length - next);
      bed.tcp.freeReceived(mbuf);
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
      assertEquals(reassembly.segments(), bed.tcp.receivedBufferCount(), what);
      assertEquals(reassembly.segments(), bed.pool.inUse(), what);
      assertEquals(reassembly.bytes() == 0, reassembly.isEmpty(), what);
    }

    int anyLength(int from, int max) {
      return 1 + random.nextInt(Math.min(max, bytes.length - from));
    }

    void run() {
      int max = 1 + random.nextInt(1400);
      while (next < bytes.length) {
        if (random.nextInt(8) == 0) {
          inOrder(anyLength(next, max));
        } else if (next + 1 < bytes.length) {
          int from = next + 1 + random.nextInt(bytes.length - next - 1);
          ahead(from, anyLength(from, max));
        }
        check();
      }
      assertArrayEquals(bytes, out, what);
      assertEquals(0, bed.pool.inUse(), what);
    }
  }

  @Test
  void rebuildsTheStreamOfWhatCameFirst() {
    for (int seed = 0; seed < 1000; seed++) {
      new Stream(seed).run();
    }
  }

  @Test
  void isBoundedInSegments() {
    Stream stream = new Stream(1);
    for (int i = 0; i < Reassembly.MAX_SEGMENTS; i++) {
      stream.ahead(1 + 2 * i, 1);
    }
    assertEquals(Reassembly.MAX_SEGMENTS, reassembly.segments());
    stream.load(5000, 10);
    assertEquals(Reassembly.Insert.FULL, reassembly.insert(seg, bed.tcp));
    bed.tcp.freeReceived(seg.takeMbuf());
    // One that stands for several is still welcome: it leaves fewer.
    byte[] piece = stream.load(1, 101);
    assertEquals(Reassembly.Insert.KEPT, reassembly.insert(seg, bed.tcp));
    stream.hold(1, piece);
    stream.check();
    assertEquals(Reassembly.MAX_SEGMENTS - 50, reassembly.segments());
    stream.inOrder(1);
    assertArrayEquals(
        Arrays.copyOf(stream.bytes, stream.next), Arrays.copyOf(stream.out, stream.next));
    reassembly.clear(bed.tcp);
    assertEquals(0, bed.pool.inUse());
    assertEquals(0, reassembly.bytes());
    assertEquals(0, bed.tcp.receivedBufferCount());
  }

  @Test
  void theCutSegmentLosesItsFin() {
    Stream stream = new Stream(2);
    stream.ahead(100, 50);
    stream.load(80, 40);
    seg.flags |= TcpHeader.FIN;
    assertEquals(Reassembly.Insert.KEPT, reassembly.insert(seg, bed.tcp));
    assertEquals(0, seg.flags & TcpHeader.FIN);
    assertEquals(70, reassembly.bytes());
    reassembly.clear(bed.tcp);
  }
}
