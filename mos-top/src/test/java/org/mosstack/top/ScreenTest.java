package org.mosstack.top;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class ScreenTest {
  private static final String EXPECTED =
      """
      epserver  up 1:00:02  cores 1  flows 7  rates over the last 1.0 s

      core  cpu   turns/s busy %    flows  rx seg/s  tx seg/s   retr/s   drop/s   turn p50   p99 us   max us
         0    3    100000   50.0        7     20000     30000        0       10       95.0     95.0     95.0

      device       link core   rx pkt/s  rx Mbit/s   lost/s   tx pkt/s  tx Mbit/s
      dpdk0          up    0      20000      16.00        1      30000       0.00

      listener               core  accepts/s   drop/s  half open    to accept  backlog
      0.0.0.0:80                0       4000        0          1            2     1024

      counter                            per second           in all
      DROP_TCP_PAWS                              10            36020
      TCP_SEGMENTS_RECEIVED                   20000         72040000
      TCP_SEGMENTS_SENT                       30000        108060000
      """;

  @Test
  void ratesAreThoseOfTheLastSecond() {
    Interval interval =
        Interval.last(
            List.of(Lines.stats(3_600_000), Lines.stats(3_601_000), Lines.stats(3_602_000)));
    assertEquals(EXPECTED, Screen.of(interval));
  }

  @Test
  void doNotDependOnTheLanguage() {
    Locale before = Locale.getDefault();
    try {
      Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
      ratesAreThoseOfTheLastSecond();
    } finally {
      Locale.setDefault(before);
    }
  }

  /** The last line is written when the stack ends, perhaps right after another one. */
  @Test
  void aShortLastSecondTakesTheOneBeforeAlong() {
    Interval interval =
        Interval.last(List.of(Lines.stats(1000), Lines.stats(2000), Lines.stats(2010)));
    assertEquals(Lines.stats(1000), interval.before());
    assertEquals(1.01, interval.seconds(), 1e-9);
  }

  @Test
  void aFirstLineHasRatesSinceTheStart() {
    Interval interval = Interval.last(List.of(Lines.stats(2000)));
    assertNull(interval.before());
    assertEquals(
        "epserver  up 0:00:02  cores 1  flows 7  rates over all 2.0 s",
        Screen.of(interval).lines().findFirst().orElseThrow());
    assertEquals(0, Interval.last(List.of(Lines.stats(0))).rate(0, 5));
  }

  /** An earlier run's figures are no base for rates. */
  @Test
  void aStackThatStartedAnew() {
    assertNull(Interval.last(List.of(Lines.stats(5000), Lines.stats(1000))).before());
  }
}
