package org.mosstack.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Messages from one thread to another. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class CourierTest {
  /** The only kind. */
  private enum Kind {
    NUMBER
  }

  private final Queue<Runnable> wakeUps = new ArrayDeque<>();
  private final List<Long> received = new ArrayList<>();

  private Courier<Kind, Object> courier(Predicate<Runnable> consumer) {
    return new Courier<>(consumer, (_, _, _, number, _) -> received.add(number), () -> {});
  }

  private static void leave(Courier<Kind, Object> courier, long from, long to) {
    for (long i = from; i < to; i++) {
      courier.leave(Kind.NUMBER, null, null, i, 0);
    }
  }

  @Test
  void wakesOnceForABatch() {
    Courier<Kind, Object> courier = courier(wakeUps::add);
    leave(courier, 0, 3);
    assertTrue(wakeUps.isEmpty());
    assertTrue(courier.wakeConsumer());
    leave(courier, 3, 5);
    assertTrue(courier.wakeConsumer());
    assertEquals(1, wakeUps.size());
    wakeUps.remove().run();
    assertEquals(List.of(0L, 1L, 2L, 3L, 4L), received);
    leave(courier, 5, 6);
    courier.wakeConsumer();
    assertEquals(1, wakeUps.size());
  }

  /** What comes when the ring is full comes later, and all of it in order. */
  @Test
  void moreThanTheRingHolds() {
    Courier<Kind, Object> courier = courier(wakeUps::add);
    long left = 3 * Courier.CAPACITY;
    leave(courier, 0, left);
    courier.wakeConsumer();
    int batches = 0;
    while (!wakeUps.isEmpty()) {
      wakeUps.remove().run();
      leave(courier, left, left + 10); // behind those that wait, though the ring has room
      left += 10;
      batches++;
      assertEquals(Math.min(left, (long) batches * Courier.BATCH), received.size(), 10);
    }
    assertInOrder(received.size());
    assertTrue(received.size() >= 3 * Courier.CAPACITY);
  }

  private void assertInOrder(int count) {
    for (int i = 0; i < count; i++) {
      assertEquals(i, received.get(i));
    }
  }

  @Test
  void aConsumerThatHasEndedGetsNothing() {
    Courier<Kind, Object> courier = courier(_ -> false);
    List<ByteBuf> payloads = new ArrayList<>();
    for (int i = 0; i < 2 * Courier.CAPACITY; i++) {
      ByteBuf payload = Unpooled.buffer(1);
      payloads.add(payload);
      courier.leave(Kind.NUMBER, null, payload, i, 0);
    }
    assertFalse(courier.wakeConsumer());
    assertEquals(0, payloads.stream().mapToInt(ByteBuf::refCnt).sum());
    assertEquals(List.of(), received);
  }

  /** Two threads, and at most so many messages between them that the ring overflows at times. */
  @Test
  void inOrderBetweenThreads() throws InterruptedException {
    int count = 3_000_000;
    Semaphore credit = new Semaphore(2 * Courier.CAPACITY);
    AtomicLong next = new AtomicLong();
    AtomicLong misplaced = new AtomicLong();
    Semaphore all = new Semaphore(0);
    ExecutorService thread = Executors.newSingleThreadExecutor();
    Courier<Kind, Object> courier =
        new Courier<>(
            task -> {
              thread.execute(task);
              return true;
            },
            (_, _, _, number, _) -> {
              if (number != next.getAndIncrement()) {
                misplaced.incrementAndGet();
              }
              credit.release();
              if (number == count - 1) {
                all.release();
              }
            },
            () -> {});
    try {
      for (int i = 0; i < count; i++) {
        if (!credit.tryAcquire()) {
          courier.wakeConsumer();
          credit.acquire(); // a lost wake-up hangs here
        }
        leave(courier, i, i + 1);
      }
      courier.wakeConsumer();
      all.acquire();
    } finally {
      thread.shutdown();
    }
    assertEquals(0, misplaced.get());
    assertEquals(count, next.get());
  }
}
