package org.mosstack.fuzz;

import java.io.IOException;
import java.io.PrintStream;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.mosstack.stats.Counter;

/** {@code bin/fuzz frames}: many runs of {@link FrameStorm}, one after the other. */
final class FramesMain {
  private static final long PROGRESS_NANOS = TimeUnit.SECONDS.toNanos(5);

  /** A run takes a second or two; one that takes this much longer hangs. */
  private static final long STALL_NANOS = TimeUnit.SECONDS.toNanos(120);

  private final Map<Counter, Long> counts = new EnumMap<>(Counter.class);
  private final PrintStream out = System.out;
  private final long start = System.nanoTime();
  private long frames;
  private long mended;
  private long victims;
  private long bytes;
  private long longestNanos;

  private FramesMain() {}

  /**
   * Exits with 0, or with 1 after a finding.
   *
   * @param args total frames, first seed, frames per run
   */
  public static void main(String[] args) throws IOException {
    FramesMain main = new FramesMain();
    main.run(Long.parseLong(args[0]), Long.parseLong(args[1]), Long.parseLong(args[2]));
  }

  private void run(long count, long firstSeed, long perRun) throws IOException {
    out.println(count + " mutated frames, " + perRun + " a run, seeds from " + firstSeed);
    long seed = firstSeed;
    long nextProgress = start + PROGRESS_NANOS;
    while (frames < count) {
      try {
        one(seed, Math.min(perRun, count - frames));
      } catch (AssertionError e) {
        e.printStackTrace(out);
        out.println("FOUND; again with: bin/fuzz frames --seed " + seed + " --count " + perRun);
        System.exit(1);
      }
      seed++;
      if (System.nanoTime() - nextProgress >= 0) {
        nextProgress += PROGRESS_NANOS;
        progress(seed - firstSeed);
      }
    }
    progress(seed - firstSeed);
    summary(firstSeed, seed - 1);
  }

  private void one(long seed, long count) throws IOException {
    long began = System.nanoTime();
    Thread watched = Thread.currentThread();
    Thread watchdog =
        Thread.ofPlatform().daemon().name("watchdog").start(() -> watch(watched, seed));
    try (FrameStorm storm = new FrameStorm(seed)) {
      FrameStorm.Outcome outcome = storm.run(count);
      frames += outcome.frames();
      mended += outcome.mended();
      victims += outcome.victims();
      bytes += outcome.bytes();
      outcome.counts().forEach((counter, n) -> counts.merge(counter, n, Long::sum));
    } finally {
      watchdog.interrupt();
    }
    longestNanos = Math.max(longestNanos, System.nanoTime() - began);
  }

  /** Shows where a run hangs that doesn't end. */
  private void watch(Thread watched, long seed) {
    try {
      TimeUnit.NANOSECONDS.sleep(STALL_NANOS);
    } catch (InterruptedException _) {
      return;
    }
    AssertionError stall = new AssertionError("seed " + seed + " stalls");
    stall.setStackTrace(watched.getStackTrace());
    stall.printStackTrace(out);
    Runtime.getRuntime().halt(1);
  }

  private void progress(long runs) {
    double seconds = (System.nanoTime() - start) / 1e9;
    out.printf(
        Locale.ROOT,
        "%,d frames in %d runs, %.0f s: %,.0f frames/s; %,d connections; %,d MB moved beside"
            + " them%n",
        frames,
        runs,
        seconds,
        frames / seconds,
        victims,
        bytes / 1_000_000);
  }

  private void summary(long first, long last) {
    out.printf(Locale.ROOT, "%,d of them had right checksums. Counted by both stacks:%n", mended);
    counts.forEach(
        (counter, n) -> {
          if (n > 0) {
            out.printf(Locale.ROOT, "  %-28s %,14d%n", counter, n);
          }
        });
    out.printf(
        Locale.ROOT,
        "Seeds %d to %d: no exception, no leak, no stall (the longest run took %.1f s),%n"
            + "no byte lost or changed in the transfers beside them, new connections work.%n",
        first,
        last,
        longestNanos / 1e9);
  }
}
