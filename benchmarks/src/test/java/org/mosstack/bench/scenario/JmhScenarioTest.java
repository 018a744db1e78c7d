package org.mosstack.bench.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class JmhScenarioTest {
  private static String arguments(JmhScenario scenario, boolean quick, Integer forks) {
    return String.join(" ", scenario.arguments(new Options(quick, forks, 10)));
  }

  @Test
  void theBenchmarksSayThemselvesHowOftenTheyRun() {
    assertEquals("", arguments(JmhScenario.REQUESTS, false, null));
    assertEquals("-p bytes=65536", arguments(JmhScenario.BULK, false, null));
  }

  @Test
  void aQuickRunHasLessOfEverything() {
    assertEquals("-f 1 -wi 15 -i 2", arguments(JmhScenario.REQUESTS, true, null));
    assertEquals("-f 1 -wi 15 -i 2 -p atOnce=64", arguments(JmhScenario.CONNECTIONS, true, null));
    assertEquals("-p bytes=1048576 -f 1 -p upload=false", arguments(JmhScenario.LARGE, true, null));
  }

  @Test
  void forksAreThoseThatAreGiven() {
    assertEquals("-f 3", arguments(JmhScenario.MIXED, false, 3));
    assertEquals("-f 3 -wi 15 -i 2", arguments(JmhScenario.MIXED, true, 3));
  }

  @Test
  void aPatternFindsOneBenchmark() {
    String pattern = ".*" + JmhScenario.pattern("Requests") + ".*";
    assertTrue("org.mosstack.bench.compare.Requests.requests".matches(pattern));
    assertEquals(false, "org.mosstack.bench.StackBenchmark.requestResponse".matches(pattern));
  }
}
