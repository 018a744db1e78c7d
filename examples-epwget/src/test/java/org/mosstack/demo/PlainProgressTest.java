package org.mosstack.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.mosstack.epwget.Progress.Interval;

class PlainProgressTest {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final PlainProgress progress =
      new PlainProgress(new PrintStream(bytes, true, StandardCharsets.UTF_8));

  /** Rates, whatever the timer's delay; nothing about the rest of a second. */
  @Test
  void aLineForEachSecond() {
    progress.plan("Thread 0 handles 30 flows");
    progress.interval(new Interval(1, 31_204, 256 << 20, 4 << 20, 31_204, 2104, 98_765));
    progress.interval(new Interval(1.25, 0, 0, 0, 1000, 20, 77));
    progress.interval(new Interval(0.75, 0, 0, 0, 0, 0, 0));
    progress.interval(new Interval(0.01, 0, 0, 0, 100, 20, 77));
    assertEquals(
        """
           1 s     31,204 requests/s     256.0 MB/s  mean    2.10 ms  max    98.77 ms
           2 s        800 requests/s       0.0 MB/s  mean    0.02 ms  max     0.08 ms
           3 s          0 requests/s       0.0 MB/s  mean    0.00 ms  max     0.00 ms
        """,
        bytes.toString(StandardCharsets.UTF_8).replace(System.lineSeparator(), "\n"));
  }
}
