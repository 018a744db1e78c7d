package org.mosstack.bench.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The lines of outcomes that aren't tables, and those above every outcome. */
class OutcomeTextTest {
  @Test
  void theHeadingTellsCommandCommitAndMachine() {
    Heading heading = new Heading("abc1234-modified", "AMD EPYC", Optional.of("librte_eal.so.23"));
    List<String> lines = heading.lines("raw --quick --forks 2", "0.25");
    assertEquals("bin/bench raw --quick --forks 2, commit abc1234-modified", lines.get(0));
    assertTrue(lines.get(1).matches("\\d+ CPUs, AMD EPYC, Linux \\S+"), lines.get(1));
    assertTrue(lines.get(2).startsWith("JDK 25"), lines.get(2));
    assertEquals(
        List.of("librte_eal.so.23", "load average before: 0.25"), lines.subList(3, lines.size()));
  }

  @Test
  void withoutDpdkTheHeadingLeavesItOut() {
    assertEquals(4, new Heading("abc1234", "", Optional.empty()).lines("raw", "0").size());
  }

  @Test
  void optionsAreRepeatedAsGiven() {
    assertEquals("", new Options(false, null, 10).given());
    assertEquals(" --quick --forks 2", new Options(true, 2, 10).given());
  }

  @Test
  void packetsAreComparedByTheirMedians() {
    TestPmd.Load c = new TestPmd.Load(List.of(5054129.0, 4957770.0, 6224382.0), List.of(5054801.0));
    TestPmd.Load java =
        new TestPmd.Load(List.of(5296118.0, 5812955.0, 6139333.0), List.of(5814539.0));
    assertEquals(
        """
        forwarded packets/s, 64 bytes, over net_memif   median     least to most        offered
        dpdk-testpmd (C)                                5054129   4957770 to 6224382   5054801
        this project (Java)                             5812955   5296118 to 6139333   5814539
        ratio                                           1.15\
        """,
        String.join("\n", ForwardScenario.packets(c, java)));
  }

  @Test
  void messagesAreAShareOfThePackets() {
    MemifPrograms.Echoes echoes =
        new MemifPrograms.Echoes(List.of(209622.0, 270221.0, 277352.0), "3.15 5.16 71.17");
    assertEquals(
        "1 connections: 270221 messages/s (209622 to 277352), share of the raw rate 0.05,"
            + " round trip us p50 p99 p99.9: 3.15 5.16 71.17",
        ForwardScenario.messages(1, echoes, 5_812_955));
  }

  @Test
  void anIdleLoopsRowIsFoundAmongItsLog() throws IOException {
    String row = "wire   busy              98.8             97           2922";
    assertEquals(row, IdleScenario.row("wire", List.of("wire-like log", row)));
    assertThrows(IOException.class, () -> IdleScenario.row("memif", List.of(row)));
  }

  @Test
  void jmhsOutcomeIsKeptWithoutTheMachinesPaths() {
    assertEquals(
        """
        "jvm" : "java",
        "jvmArgs" : [ "-Dbench.figures=figures", "-Dmos.home=." ],
        """,
        Runner.withoutPaths(
            """
            "jvm" : "/opt/jdk/bin/java",
            "jvmArgs" : [ "-Dbench.figures=/tmp/run1/figures", "-Dmos.home=/home/a/checkout" ],
            """,
            "/tmp/run1/",
            "/home/a/checkout"));
  }
}
