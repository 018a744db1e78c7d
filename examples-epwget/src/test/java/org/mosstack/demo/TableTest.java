package org.mosstack.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.mosstack.epwget.Summary;

class TableTest {
  private static Summary summary(double rate, double p50, long failed) {
    return new Summary(
        100_000,
        100_000 - failed,
        failed,
        0,
        0,
        new TreeMap<>(Map.of()),
        100_000,
        0,
        1,
        2,
        3,
        5,
        rate,
        rate / 128,
        new Summary.Latency(p50, p50, 2 * p50, 3 * p50, 4 * p50, 10 * p50));
  }

  @Test
  void bothSideBySide() {
    assertEquals(
        """
                                     this stack  NIO, kernel    ratio
        requests/s                       32,000        6,400     5.00
        MB/s read                         250.0         50.0     5.00
        response time, median, ms          2.10        14.00     0.15
        99 of 100 within, ms               6.30        42.00     0.15
        longest, ms                       21.00       140.00     0.15
        completed                       100,000       99,993
        failed                                0            7
        """,
        lines(Table.of(summary(32_000, 2100, 0), summary(6400, 14_000, 7))));
  }

  @Test
  void oneAlone() {
    assertEquals(
        """
                                     this stack
        requests/s                       32,000
        MB/s read                         250.0
        response time, median, ms          2.10
        99 of 100 within, ms               6.30
        longest, ms                       21.00
        completed                       100,000
        failed                                0
        """,
        lines(Table.of(summary(32_000, 2100, 0), null)));
  }

  @Test
  void nothingToDivideBy() {
    String table = lines(Table.of(summary(32_000, 2100, 0), summary(0, 0, 100_000)));
    assertEquals(
        "requests/s                       32,000            0        -",
        table.lines().skip(1).findFirst().orElseThrow());
  }

  @Test
  void theLanguageDoesNotMatter() {
    Locale before = Locale.getDefault();
    try {
      Locale.setDefault(Locale.GERMANY);
      bothSideBySide();
    } finally {
      Locale.setDefault(before);
    }
  }

  private static String lines(String text) {
    return text.replace(System.lineSeparator(), "\n");
  }
}
