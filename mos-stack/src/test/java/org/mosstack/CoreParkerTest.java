package org.mosstack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The wake-up protocol, in isolation and under stress. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class CoreParkerTest {
  private static final int ROUNDS = 50_000;
  private static final long NEVER_NANOS = TimeUnit.SECONDS.toNanos(20);

  /**
   * Two threads wake each other in turn; each sleeps only when it sees no work. A lost wake-up
   * would leave one asleep for 20 seconds.
   */
  @Test
  void noWakeupIsLost() throws InterruptedException {
    CoreParker[] parkers = {new CoreParker(), new CoreParker()};
    AtomicInteger turn = new AtomicInteger();
    AtomicLong longest = new AtomicLong();
    Thread[] threads = new Thread[2];
    for (int self = 0; self < 2; self++) {
      int me = self;
      threads[me] =
          Thread.ofPlatform()
              .start(
                  () -> {
                    parkers[me].attach();
                    for (int round = 0; round < ROUNDS; round++) {
                      int mine = 2 * round + me;
                      long start = System.nanoTime();
                      while (turn.get() != mine) {
                        parkers[me].prepare();
                        if (turn.get() != mine) {
                          parkers[me].park(NEVER_NANOS);
                        }
                        parkers[me].finish();
                      }
                      longest.accumulateAndGet(System.nanoTime() - start, Math::max);
                      turn.set(mine + 1);
                      parkers[1 - me].wakeup();
                    }
                  });
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertEquals(2 * ROUNDS, turn.get());
    assertTrue(longest.get() < NEVER_NANOS, "slept for " + longest);
  }

  @Test
  void aWakeupBetweenAnnouncementAndSleepCounts() {
    CoreParker parker = new CoreParker();
    parker.attach();
    parker.prepare();
    Thread.ofPlatform().start(parker::wakeup);
    long start = System.nanoTime();
    parker.park(NEVER_NANOS);
    parker.finish();
    assertTrue(System.nanoTime() - start < NEVER_NANOS);
  }

  @Test
  void anInterruptIsConsumed() {
    CoreParker parker = new CoreParker();
    parker.attach();
    Thread.currentThread().interrupt();
    parker.prepare();
    parker.park(1);
    parker.finish();
    assertEquals(false, Thread.currentThread().isInterrupted());
  }
}
