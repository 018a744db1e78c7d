package org.mosstack.epwget;

import java.util.List;
import java.util.function.LongSupplier;

/** Tells a {@link Progress} what all loops have counted since the time before. */
final class ProgressMeter {
  private static final double NANOS_PER_SECOND = 1e9;

  private final List<LoopCounters> loops;
  private final Progress progress;
  private final LongSupplier nanoTime;
  private Totals told = new Totals(0, 0, 0, 0, 0);
  private long toldNanos;

  /**
   * @param nanoTime the clock, {@link System#nanoTime()}; the first interval begins now
   */
  ProgressMeter(List<LoopCounters> loops, Progress progress, LongSupplier nanoTime) {
    this.loops = List.copyOf(loops);
    this.progress = progress;
    this.nanoTime = nanoTime;
    toldNanos = nanoTime.getAsLong();
  }

  /** Ends an interval. The timer's thread and the one that ends the run may meet here. */
  synchronized void tell() {
    long max = 0;
    Totals now = new Totals(0, 0, 0, 0, 0);
    for (LoopCounters loop : loops) {
      now = now.plus(loop);
      max = Math.max(max, loop.takeMaxMicros());
    }
    long nanos = nanoTime.getAsLong();
    long completes = now.completes - told.completes;
    progress.interval(
        new Progress.Interval(
            (nanos - toldNanos) / NANOS_PER_SECOND,
            now.connects - told.connects,
            now.read - told.read,
            now.written - told.written,
            completes,
            completes == 0 ? 0 : (now.micros - told.micros) / completes,
            max));
    told = now;
    toldNanos = nanos;
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
