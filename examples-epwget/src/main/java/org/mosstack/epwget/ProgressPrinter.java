package org.mosstack.epwget;

import java.io.PrintStream;
import java.util.List;

/** Prints the original's line about all loops: what was counted since the line before. */
final class ProgressPrinter {
  private static final String LINE =
      "[ ALL ] connect: %7d, read: %4d MB, write: %4d MB, completes: %7d"
          + " (resp_time avg: %4d, max: %6d us)%n";
  private static final long BYTES_PER_MB = 1024 * 1024; // as the original counts them

  private final List<LoopCounters> loops;
  private final PrintStream out;
  private Totals printed = new Totals(0, 0, 0, 0, 0);

  ProgressPrinter(List<LoopCounters> loops, PrintStream out) {
    this.loops = List.copyOf(loops);
    this.out = out;
  }

  /** Prints one line. The timer's thread and the one that ends the run may meet here. */
  synchronized void print() {
    long max = 0;
    Totals now = new Totals(0, 0, 0, 0, 0);
    for (LoopCounters loop : loops) {
      now = now.plus(loop);
      max = Math.max(max, loop.takeMaxMicros());
    }
    long completes = now.completes - printed.completes;
    long micros = now.micros - printed.micros;
    out.printf(
        LINE,
        now.connects - printed.connects,
        (now.read - printed.read) / BYTES_PER_MB,
        (now.written - printed.written) / BYTES_PER_MB,
        completes,
        completes == 0 ? 0 : micros / completes,
        max);
    printed = now;
  }

  private record Totals(long connects, long read, long written, long completes, long micros) {
    Totals plus(LoopCounters loop) {
      return new Totals(
          connects + loop.connects(),
          read + loop.readBytes(),
          written + loop.writtenBytes(),
          completes + loop.completes(),
          micros + loop.responseMicros());
    }
  }
}
