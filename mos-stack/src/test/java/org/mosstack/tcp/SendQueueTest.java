package org.mosstack.tcp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.mosstack.mbuf.Memory;
import org.mosstack.os.OffHeap;
import org.mosstack.socket.TcpConnection;
import org.mosstack.tcp.scoreboard.StepCount;
import org.mosstack.testkit.QuietHandler;

/** The send queue against an array that holds the whole stream. */
class SendQueueTest {
  private static final int STREAM_BYTES = 1 << 16;
  private static final int TARGET_BYTES = 4096;

  private final LoopbackTcp loopback = new LoopbackTcp();
  private final OffHeap memory = OffHeap.map(STREAM_BYTES + TARGET_BYTES);
  private final byte[] stream = new byte[STREAM_BYTES];
  private final List<Object> released = new ArrayList<>();
  private final Tcb connection = new Connection(loopback.tcp);
  private final SendQueue queue = new SendQueue(new StepCount());

  SendQueueTest() {
    new SplittableRandom(5).nextBytes(stream);
    Memory.copy(stream, 0, memory.address(), STREAM_BYTES);
    connection.handler(
        new QuietHandler() {
          @Override
          public void released(TcpConnection c, Object buffer) {
            released.add(buffer);
          }
        });
  }

  @AfterEach
  void free() {
    memory.close();
    loopback.close();
  }

  private record Chunk(int from, int to) {}

  @Test
  void keepsTheStream() {
    for (int seed = 0; seed < 300; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      released.clear();
      Deque<Chunk> held = new ArrayDeque<>();
      List<Object> expected = new ArrayList<>();
      int una = 0;
      int end = 0;
      int maxChunk = 1 + random.nextInt(600);
      while (una < STREAM_BYTES) {
        String what = "seed " + seed + " at " + una + " to " + end;
        int action = random.nextInt(4);
        if (action == 0 && end < STREAM_BYTES) {
          for (int i = random.nextInt(12); i >= 0 && end < STREAM_BYTES; i--) {
            Chunk chunk =
                new Chunk(end, Math.min(STREAM_BYTES, end + 1 + random.nextInt(maxChunk)));
            queue.add(memory.address() + chunk.from, chunk.to - chunk.from, chunk);
            held.add(chunk);
            end = chunk.to;
          }
        } else if (action == 1 && una < end) {
          int acked = 1 + random.nextInt(Math.min(end - una, 2000));
          una += acked;
          queue.acknowledge(acked, connection);
          while (!held.isEmpty() && held.peek().to <= una) {
            expected.add(held.poll());
          }
          assertEquals(expected, released, what);
        } else if (una < end) {
          checkCopy(random, una, end, what);
        }
        assertEquals(end - una, queue.bytes(), what);
      }
    }
  }

  /** Copies a range as a sender does, or one from the start as a retransmission does. */
  private void checkCopy(SplittableRandom random, int una, int end, String what) {
    int offset = random.nextInt(4) == 0 ? 0 : random.nextInt(end - una);
    int length = 1 + random.nextInt(Math.min(1460, end - una - offset));
    long target = memory.address() + STREAM_BYTES;
    Memory.putByte(target + length, 0x5A);
    queue.copy(offset, length, target);
    byte[] copied = new byte[length];
    Memory.copy(target, copied, 0, length);
    byte[] wanted = Arrays.copyOfRange(stream, una + offset, una + offset + length);
    assertArrayEquals(wanted, copied, what + ", offset " + offset + " length " + length);
    assertEquals(0x5A, Memory.getByte(target + length), what + ": wrote past the length");
  }

  /** Data right behind the last write in its buffer joins it, until that is given back. */
  @Test
  void whatFollowsInTheSameBufferIsOneChunk() {
    queue.add(memory.address(), 10, "a");
    assertTrue(queue.extend(memory.address() + 10, 20, "a"));
    assertFalse(queue.extend(memory.address() + 30, 10, "b"), "another buffer");
    assertFalse(queue.extend(memory.address() + 31, 10, "a"), "not directly behind");
    queue.acknowledge(15, connection);
    assertTrue(queue.extend(memory.address() + 30, 70, "a"));
    checkCopy(new SplittableRandom(1), 15, 100, "extended");
    queue.add(memory.address() + 100, 10, "b");
    assertFalse(queue.extend(memory.address() + 100, 10, "a"), "not the last any more");
    assertEquals(List.of(), released);
    queue.acknowledge(95, connection);
    assertEquals(List.of("a", "b"), released);
    assertFalse(queue.extend(memory.address() + 110, 10, "b"), "given back");
    assertEquals(0, queue.bytes());
  }

  @Test
  void clearGivesAllBack() {
    for (int chunks = 0; chunks < 40; chunks++) {
      released.clear();
      List<Object> expected = new ArrayList<>();
      for (int i = 0; i < chunks; i++) {
        queue.add(memory.address() + i * 10, 10, i);
        expected.add(i);
      }
      if (chunks > 0) {
        queue.acknowledge(5, connection);
      }
      queue.clear(connection);
      assertEquals(expected, released);
      assertEquals(0, queue.bytes());
      // and it starts afresh
      queue.add(memory.address() + 100, 10, "next");
      checkCopy(new SplittableRandom(chunks), 100, 110, chunks + " chunks before");
      queue.acknowledge(10, connection);
      assertEquals("next", released.getLast());
    }
  }
}
