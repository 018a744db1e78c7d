package org.mosstack.epwget;

import java.io.PrintStream;
import java.util.Locale;

/**
 * Prints the original's line about all loops. Of intervals in which nothing happened, as while the
 * server is away, only the first has one.
 */
final class OriginalProgress implements Progress {
  private static final String LINE =
      "[ ALL ] connect: %7d, read: %4d MB, write: %4d MB, completes: %7d"
          + " (resp_time avg: %4d, max: %6d us)%n";
  private static final long BYTES_PER_MB = 1024 * 1024; // as the original counts them

  private final PrintStream out;
  private boolean idle;

  OriginalProgress(PrintStream out) {
    this.out = out;
  }

  @Override
  public void plan(String line) {
    out.println(line);
  }

  @Override
  public void interval(Interval interval) {
    boolean wasIdle = idle;
    idle = interval.connects() + interval.bytesRead() + interval.completes() == 0;
    if (idle && wasIdle) {
      return;
    }
    out.printf(
        Locale.ROOT,
        LINE,
        interval.connects(),
        interval.bytesRead() / BYTES_PER_MB,
        interval.bytesWritten() / BYTES_PER_MB,
        interval.completes(),
        interval.meanMicros(),
        interval.maxMicros());
  }
}
