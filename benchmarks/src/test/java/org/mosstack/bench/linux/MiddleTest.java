package org.mosstack.bench.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class MiddleTest {
  @Test
  void eachDirectionLosesAsMuch() {
    long drops =
        Middle.rules(10)
            .lines()
            .filter(line -> line.strip().equals("ip protocol tcp numgen random mod 1000 < 10 drop"))
            .count();
    assertEquals(3, drops, "client, stack and kernel");
  }

  @Test
  void whatIsForTheKernelGoesThere() {
    String rules = Middle.rules(0);
    assertTrue(rules.contains("ip daddr 10.77.0.4 fwd to l\n"), rules);
    assertTrue(rules.contains("arp daddr ip 10.77.0.4 fwd to l\n"), rules);
    assertTrue(rules.startsWith("table netdev middle\ndelete table netdev middle\n"), rules);
  }
}
