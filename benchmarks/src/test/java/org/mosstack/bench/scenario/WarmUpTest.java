package org.mosstack.bench.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** In virtual time. */
class WarmUpTest {
  private final List<String> messages = new ArrayList<>();
  private int second;

  /** Warms programs up whose compilers take a share of a CPU until a second, then another one. */
  private int secondsUntilWarm(int until, int hundredthsBefore, int hundredthsAfter)
      throws IOException, InterruptedException {
    WarmUp.Compilers compilers =
        () ->
            (long) Math.min(second, until) * hundredthsBefore
                + (long) Math.max(0, second - until) * hundredthsAfter;
    new WarmUp(compilers, seconds -> second += seconds, messages::add).await();
    return second;
  }

  @Test
  void itTakesAtLeastFifteenSeconds() throws Exception {
    assertEquals(15, secondsUntilWarm(5, 100, 0));
    assertEquals(List.of(), messages);
  }

  @Test
  void itEndsWithTheFirstThreeSecondsOfLessThanAQuarterOfACpu() throws Exception {
    assertEquals(24, secondsUntilWarm(21, 100, 24));
    assertEquals(List.of(), messages);
  }

  @Test
  void whatIsStillCompiledAfterAMinuteIsMeasuredAndTold() throws Exception {
    assertEquals(57, secondsUntilWarm(0, 0, 25));
    assertEquals(List.of("not warmed up: still compiled after 57 s"), messages);
  }
}
