package org.mosstack.bench.scenario;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.mosstack.testkit.program.Program;

/**
 * The time that programs need under load before they are measured: until their JIT compilers take
 * less than a quarter of a CPU, which a slow machine reaches later.
 */
final class WarmUp {
  private static final int FIRST_SECONDS = 12;
  private static final int SLICE_SECONDS = 3;
  private static final int SLICES = 15;
  private static final int QUIET_HUNDREDTHS = SLICE_SECONDS * 100 / 4;

  /** What the compilers have taken so far. */
  @FunctionalInterface
  interface Compilers {
    /** Returns hundredths of a second. */
    long hundredths() throws IOException;
  }

  /** Lets time pass. */
  @FunctionalInterface
  interface Pause {
    /** Returns when so many seconds have passed. */
    void seconds(int seconds) throws InterruptedException;
  }

  private final Compilers compilers;
  private final Pause pause;
  private final Consumer<String> messages;

  WarmUp(Compilers compilers, Pause pause, Consumer<String> messages) {
    this.compilers = compilers;
    this.pause = pause;
    this.messages = messages;
  }

  /** Waits while programs that are under load warm up. */
  static void of(Run run, Program... programs) throws IOException, InterruptedException {
    CompilerTime time =
        new CompilerTime(
            Arrays.stream(programs)
                .map(program -> Path.of("/proc", Long.toString(program.pid())))
                .toArray(Path[]::new));
    new WarmUp(time::hundredths, TimeUnit.SECONDS::sleep, run::say).await();
  }

  /** Waits, for a minute at most. */
  void await() throws IOException, InterruptedException {
    pause.seconds(FIRST_SECONDS);
    for (int slice = 0; slice < SLICES; slice++) {
      long before = compilers.hundredths();
      pause.seconds(SLICE_SECONDS);
      if (compilers.hundredths() - before < QUIET_HUNDREDTHS) {
        return;
      }
    }
    int seconds = FIRST_SECONDS + SLICES * SLICE_SECONDS;
    messages.accept("not warmed up: still compiled after " + seconds + " s");
  }
}
