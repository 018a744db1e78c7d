package org.mosstack;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.mosstack.IdleSteps.Step;

class IdleStepsTest {
  @Test
  void spinsYieldsAndSleeps() {
    IdleSteps idle = new IdleSteps(false, true);
    assertEquals(Step.SPIN, idle.next(1000));
    assertEquals(Step.SPIN, idle.next(1000 + IdleSteps.SPIN_NANOS - 1));
    assertYieldsThenSleeps(idle, 1000 + IdleSteps.SPIN_NANOS);
    assertEquals(1000, idle.sinceNanos());
  }

  @Test
  void withoutACpuOfItsOwnItDoesNotSpin() {
    assertYieldsThenSleeps(new IdleSteps(false, false), 1000);
  }

  @Test
  void workBeginsItAnew() {
    IdleSteps idle = new IdleSteps(false, false);
    assertYieldsThenSleeps(idle, 1000);
    idle.reset();
    assertYieldsThenSleeps(idle, 5000);
    assertEquals(5000, idle.sinceNanos());
  }

  @Test
  void aBusyLoopOnlySpins() {
    IdleSteps idle = new IdleSteps(true, false);
    assertEquals(Step.SPIN, idle.next(0));
    assertEquals(Step.SPIN, idle.next(1_000_000_000));
  }

  /** On a busy machine, a yield lasts until all other threads have had their turn. */
  @Test
  void aLoopThatShutsDownNeverYields() {
    for (boolean neverSleeps : new boolean[] {false, true}) {
      IdleSteps idle = new IdleSteps(neverSleeps, true);
      idle.shutDown();
      for (long now = 0; now < 10 * IdleSteps.SPIN_NANOS; now += 1000) {
        assertEquals(Step.SLEEP, idle.next(now));
      }
    }
  }

  private static void assertYieldsThenSleeps(IdleSteps idle, long now) {
    for (int i = 0; i < IdleSteps.YIELDS; i++) {
      assertEquals(Step.YIELD, idle.next(now));
    }
    assertEquals(Step.SLEEP, idle.next(now));
    assertEquals(Step.SLEEP, idle.next(now + 1_000_000));
  }
}
