package org.mosstack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.mosstack.config.CoreMask;
import org.mosstack.config.MosConfig;
import org.mosstack.config.MosKeys;
import org.mosstack.stats.Counter;

/** Which turns of a core count as slow, and what another thread sees of the one under way. */
class SlowTurnTest {
  private static final long LIMIT = 1_000_000;

  private long now = 1_000;
  private final MosStack stack =
      MosStack.builder(
              MosConfig.builder()
                  .set(MosKeys.CORE_MASK, CoreMask.of(0))
                  .set(MosKeys.MAX_CONCURRENCY, 10)
                  .build())
          .clock(() -> now)
          .allowOversubscribe(true)
          .start();
  private final StackCore core = stack.core(0);

  SlowTurnTest() {
    core.attach();
    settle();
    core.slowTurnNanos(LIMIT);
  }

  /** Until nothing keeps the core from sleeping. */
  private void settle() {
    while (core.poll() > 0) {}
  }

  @AfterEach
  void close() {
    core.close();
    stack.close();
  }

  private long slow() {
    return stack.count(Counter.SLOW_TURNS);
  }

  /** What the thread does between two turns belongs to the first of them. */
  @Test
  void oneThatLastsForTheLimitCounts() {
    now += LIMIT - 1;
    core.poll();
    assertEquals(0, slow());
    now += LIMIT;
    core.poll();
    assertEquals(1, slow());
    now += 100 * LIMIT;
    core.poll();
    assertEquals(2, slow(), "however long it is");
  }

  @Test
  void sleepIsNoTurnButWhatFollowsIs() {
    assertTrue(core.prepareSleep());
    assertEquals(0, core.turnNanos());
    now += 10 * LIMIT;
    assertEquals(0, core.turnNanos());
    core.finishSleep();
    core.poll();
    assertEquals(0, slow());

    assertTrue(core.prepareSleep());
    now += 10 * LIMIT;
    core.finishSleep();
    now += LIMIT; // a task, before the next turn
    assertEquals(LIMIT, core.turnNanos());
    core.finishSleep(); // once more, as after an event that came during the sleep
    core.poll();
    assertEquals(1, slow());
  }

  @Test
  void anotherThreadSeesHowLongTheTurnHasLasted() {
    core.poll();
    assertEquals(0, core.turnNanos());
    now += 7;
    assertEquals(7, core.turnNanos());
    core.poll();
    assertEquals(0, core.turnNanos());
  }

  @Test
  void noneIsSlowUnlessALimitIsSet() {
    core.slowTurnNanos(Long.MAX_VALUE);
    now += 1000 * LIMIT;
    core.poll();
    assertEquals(0, slow());
  }
}
