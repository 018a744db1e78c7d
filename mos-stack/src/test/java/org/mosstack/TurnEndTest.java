package org.mosstack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.mosstack.testkit.StackPair;

/** What is put off until the end of a core's turn. */
class TurnEndTest {
  private final List<String> done = new ArrayList<>();

  private void does(String what) {
    done.add(what);
  }

  @Test
  void runsOnceAfterTheTurnsTasks() {
    try (StackPair pair = StackPair.tapped(1, 1)) {
      StackCore core = pair.client.core(0);
      pair.settle();
      core.execute(() -> core.atTurnEnd(() -> does("end")));
      core.execute(() -> does("task"));
      core.poll();
      core.poll();
      assertEquals(List.of("task", "end"), done);
    }
  }

  /** Put off between turns, it doesn't wait for whatever would wake the thread. */
  @Test
  void noSleepBefore() {
    try (StackPair pair = StackPair.tapped(1, 2)) {
      StackCore core = pair.client.core(0);
      pair.settle();
      core.atTurnEnd(() -> does("end"));
      assertFalse(core.prepareSleep());
      core.poll();
      assertEquals(List.of("end"), done);
      assertTrue(core.prepareSleep());
      core.finishSleep();
    }
  }

  @Test
  void oneThatFailsDoesntTouchTheNext() {
    try (StackPair pair = StackPair.tapped(1, 3)) {
      StackCore core = pair.client.core(0);
      core.atTurnEnd(
          () -> {
            throw new IllegalStateException("test");
          });
      core.atTurnEnd(() -> does("end"));
      core.poll();
      assertEquals(List.of("end"), done);
    }
  }

  @Test
  void runsWhenTheCoreEnds() {
    try (StackPair pair = StackPair.tapped(1, 4)) {
      StackCore core = pair.client.core(0);
      core.atTurnEnd(() -> does("end"));
      core.close();
      assertEquals(List.of("end"), done);
    }
  }
}
