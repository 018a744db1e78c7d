package org.mosstack.tcp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.mosstack.mbuf.Memory;
import org.mosstack.os.OffHeap;

/** The receive queue against an array that holds the whole stream. */
class ReceiveQueueTest {
  private static final int STREAM_BYTES = 1 << 16;

  private final LoopbackTcp loopback = new LoopbackTcp();
  private final OffHeap memory = OffHeap.map(4096);
  private final byte[] stream = new byte[STREAM_BYTES];
  private final ReceiveQueue queue = new ReceiveQueue();

  ReceiveQueueTest() {
    new SplittableRandom(6).nextBytes(stream);
  }

  @AfterEach
  void free() {
    memory.close();
    loopback.close();
  }

  @Test
  void keepsTheStream() {
    for (int seed = 0; seed < 200; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      int maxSegment = random.nextBoolean() ? 1460 : 1 + random.nextInt(100);
      int in = 0;
      int out = 0;
      while (out < STREAM_BYTES) {
        String what = "seed " + seed + " at " + out + " to " + in;
        if (in < STREAM_BYTES && in - out < 20_000 && random.nextBoolean()) {
          int length = 1 + random.nextInt(Math.min(maxSegment, STREAM_BYTES - in));
          queue.add(loopback.received(stream, in, length), loopback.tcp.received());
          in += length;
        } else {
          int length = random.nextInt(3000);
          byte[] got = random.nextBoolean() ? readArray(length) : readMemory(length);
          assertEquals(Math.min(length, in - out), got.length, what);
          assertArrayEquals(Arrays.copyOfRange(stream, out, out + got.length), got, what);
          out += got.length;
        }
        assertEquals(in - out, queue.bytes(), what);
        assertEquals(in == out, queue.isEmpty(), what);
        assertEquals(loopback.pool.inUse(), loopback.tcp.received().held(), what);
      }
      assertEquals(0, loopback.pool.inUse(), "seed " + seed);
    }
  }

  private byte[] readArray(int length) {
    byte[] target = new byte[length + 20];
    Arrays.fill(target, (byte) 7);
    int n = queue.read(target, 10, length, loopback.tcp.received());
    for (int i = 0; i < 10; i++) {
      assertEquals(7, target[i]);
      assertEquals(7, target[10 + n + i]);
    }
    return Arrays.copyOfRange(target, 10, 10 + n);
  }

  private byte[] readMemory(int length) {
    Memory.putByte(memory.address() + length, 0x5A);
    int n = queue.read(memory.address(), length, loopback.tcp.received());
    assertEquals(0x5A, Memory.getByte(memory.address() + length));
    byte[] got = new byte[n];
    Memory.copy(memory.address(), got, 0, n);
    return got;
  }

  @Test
  void smallSegmentsShareBuffers() {
    for (int i = 0; i < 6000; i++) {
      queue.add(loopback.received(stream, i, 1), loopback.tcp.received());
    }
    assertTrue(loopback.pool.inUse() <= 4, loopback.pool.inUse() + " buffers for 6000 bytes");
    byte[] got = readArray(6000);
    assertArrayEquals(Arrays.copyOf(stream, 6000), got);
    assertEquals(0, loopback.pool.inUse());
  }

  @Test
  void clearFreesAll() {
    for (int i = 0; i < 20; i++) {
      queue.add(loopback.received(stream, i * 1400, 1400), loopback.tcp.received());
    }
    readArray(2000);
    queue.clear(loopback.tcp.received());
    assertEquals(0, loopback.pool.inUse());
    assertEquals(0, loopback.tcp.received().held());
    assertEquals(0, queue.bytes());
    queue.add(loopback.received(stream, 5, 10), loopback.tcp.received());
    assertArrayEquals(Arrays.copyOfRange(stream, 5, 15), readArray(100));
  }
}
