package org.mosstack.epwget;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * Options of a run beyond {@link EpwgetConfig}.
 *
 * @param timeout how long a connect may take, then the head of the response, and how long no part
 *     of its body may arrive; zero for no limit
 * @param maxTime how long a flow may take as a whole, from its connect or, on a reused connection,
 *     its request on; zero for no limit
 * @param duration after how long no flow begins any more; those under way then have a second to
 *     complete. Zero for no limit
 * @param maxBodyBytes the longest body that a flow may have, in bytes; a longer one fails it
 * @param outputPrefix where bodies are written: to this path with a dot and the flow's number, from
 *     0, appended; empty to discard them
 * @param progress is told of each second; empty for none
 */
public record EpwgetOptions(
    Duration timeout,
    Duration maxTime,
    Duration duration,
    long maxBodyBytes,
    Optional<Path> outputPrefix,
    Optional<Progress> progress) {
  /** The default of {@code tcp_timeout} in a {@code mos.conf}: 30 seconds. */
  public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(30);

  /** An hour: a server that sends an occasional byte keeps no flow for longer. */
  public static final Duration DEFAULT_MAX_TIME = Duration.ofHours(1);

  /** The longest body that is written to a file unless more is allowed: 1 GiB. */
  public static final long DEFAULT_MAX_FILE_BYTES = 1L << 30;

  /**
   * Checks the values.
   *
   * @throws IllegalArgumentException if a time is negative or longer than nanoseconds can count, or
   *     the size is negative
   */
  public EpwgetOptions {
    Objects.requireNonNull(outputPrefix);
    Objects.requireNonNull(progress);
    check("timeout", timeout);
    check("max-time", maxTime);
    check("duration", duration);
    if (maxBodyBytes < 0) {
      throw new IllegalArgumentException("max-size: " + maxBodyBytes + ", allowed: 0 or more");
    }
  }

  private static void check(String name, Duration limit) {
    if (limit.isNegative() || limit.toSeconds() > Long.MAX_VALUE / 2_000_000_000L) {
      throw new IllegalArgumentException(name + ": " + limit + ", allowed: 0 to 146 years");
    }
  }

  /**
   * The default time limits, bodies of any length, which are discarded, nobody told of progress.
   */
  public static EpwgetOptions defaults() {
    return new EpwgetOptions(
        DEFAULT_TIMEOUT,
        DEFAULT_MAX_TIME,
        Duration.ZERO,
        Long.MAX_VALUE,
        Optional.empty(),
        Optional.empty());
  }

  /** These options with another time limit; zero for none. */
  public EpwgetOptions withTimeout(Duration timeout) {
    return new EpwgetOptions(timeout, maxTime, duration, maxBodyBytes, outputPrefix, progress);
  }

  /** These options with another time limit for a flow as a whole; zero for none. */
  public EpwgetOptions withMaxTime(Duration maxTime) {
    return new EpwgetOptions(timeout, maxTime, duration, maxBodyBytes, outputPrefix, progress);
  }

  /** These options with another duration of the run; zero for no limit. */
  public EpwgetOptions withDuration(Duration duration) {
    return new EpwgetOptions(timeout, maxTime, duration, maxBodyBytes, outputPrefix, progress);
  }

  /** These options with another limit for a body, in bytes. */
  public EpwgetOptions withMaxBodyBytes(long maxBodyBytes) {
    return new EpwgetOptions(timeout, maxTime, duration, maxBodyBytes, outputPrefix, progress);
  }

  /**
   * These options, writing bodies to {@code prefix.N}; they are limited to {@link
   * #DEFAULT_MAX_FILE_BYTES} unless they were before.
   */
  public EpwgetOptions withOutputPrefix(Path prefix) {
    long limit = maxBodyBytes == Long.MAX_VALUE ? DEFAULT_MAX_FILE_BYTES : maxBodyBytes;
    return new EpwgetOptions(timeout, maxTime, duration, limit, Optional.of(prefix), progress);
  }

  /** These options, telling of each second. */
  public EpwgetOptions withProgress(Progress progress) {
    return new EpwgetOptions(
        timeout, maxTime, duration, maxBodyBytes, outputPrefix, Optional.of(progress));
  }
}
