package org.mosstack.epwget;

import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * How a run goes about its flows, beyond {@link EpwgetConfig}.
 *
 * @param timeout how long a connect may take, and how long nothing may come while a response is
 *     due; zero for no limit
 * @param outputPrefix where bodies are written: to this path with a dot and the flow's number, from
 *     0, appended; empty to discard them
 * @param progress gets a line about each second; empty for none
 */
public record EpwgetOptions(
    Duration timeout, Optional<Path> outputPrefix, Optional<PrintStream> progress) {
  /** The stack's default {@code tcp_timeout}: 30 seconds. */
  public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(30);

  /**
   * Checks the values.
   *
   * @throws IllegalArgumentException if the timeout is negative or longer than nanoseconds can
   *     count
   */
  public EpwgetOptions {
    Objects.requireNonNull(outputPrefix);
    Objects.requireNonNull(progress);
    if (timeout.isNegative() || timeout.toSeconds() > Long.MAX_VALUE / 2_000_000_000L) {
      throw new IllegalArgumentException("timeout: " + timeout + ", allowed: 0 to 146 years");
    }
  }

  /** The default time limit, bodies discarded, no progress lines. */
  public static EpwgetOptions defaults() {
    return new EpwgetOptions(DEFAULT_TIMEOUT, Optional.empty(), Optional.empty());
  }

  /** These options with another time limit; zero for none. */
  public EpwgetOptions withTimeout(Duration timeout) {
    return new EpwgetOptions(timeout, outputPrefix, progress);
  }

  /** These options, writing bodies to {@code prefix.N}. */
  public EpwgetOptions withOutputPrefix(Path prefix) {
    return new EpwgetOptions(timeout, Optional.of(prefix), progress);
  }

  /** These options, printing a line each second. */
  public EpwgetOptions withProgress(PrintStream out) {
    return new EpwgetOptions(timeout, outputPrefix, Optional.of(out));
  }
}
