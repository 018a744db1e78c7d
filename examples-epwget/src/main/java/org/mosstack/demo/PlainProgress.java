package org.mosstack.demo;

import java.io.PrintStream;
import java.util.Locale;
import org.mosstack.epwget.Progress;

/** Prints a line about each second, for people: rates, and response times in milliseconds. */
final class PlainProgress implements Progress {
  private static final double BYTES_PER_MB = 1024 * 1024; // as epwget counts them
  private static final double MICROS_PER_MILLI = 1000;

  /** What is left of a second at the end says little of its own. */
  private static final double LEAST_SECONDS = 0.5;

  private final PrintStream out;
  private double elapsed;

  PlainProgress(PrintStream out) {
    this.out = out;
  }

  @Override
  public void plan(String line) {
    // The heading says it.
  }

  @Override
  public void interval(Interval interval) {
    elapsed += interval.seconds();
    if (interval.seconds() < LEAST_SECONDS) {
      return;
    }
    out.printf(
        Locale.ROOT,
        "%4d s  %,9.0f requests/s  %,8.1f MB/s  mean %7.2f ms  max %8.2f ms%n",
        Math.round(elapsed),
        interval.completes() / interval.seconds(),
        interval.bytesRead() / BYTES_PER_MB / interval.seconds(),
        interval.meanMicros() / MICROS_PER_MILLI,
        interval.maxMicros() / MICROS_PER_MILLI);
  }
}
