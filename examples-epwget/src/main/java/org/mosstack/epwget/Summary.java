package org.mosstack.epwget;

import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;

/**
 * What a run did. Its components are the fields of the {@code --json} file.
 *
 * @param flows how many flows were asked for; of a run that its time ended, how many ended
 * @param completed how many completed: status 200 and a body of the announced length
 * @param errors how many failed other than by an early close
 * @param incompletes how many the server closed before their last byte
 * @param unfinished how many were in flight or not begun when the run was stopped; of a run that
 *     its time ended, how many were cut off a second later
 * @param errorsByKind failed flows, incompletes included, by {@link ErrorKind#label()}, with the
 *     code appended for a status; without those that didn't occur
 * @param connections how many connections were begun
 * @param reopened how many times a kept-alive connection had been closed under a request that
 *     nothing had answered, so that it went out again over a new one
 * @param bytes of the completed flows' bodies
 * @param bytesRead all bytes received, headers included
 * @param bytesWritten all bytes sent
 * @param seconds from the start to the end of the last flow, or of the run's time
 * @param flowsPerSecond completed flows
 * @param megabytesPerSecond {@code bytesRead}, in units of 2^20
 * @param latencyUs the completed flows' response times
 */
public record Summary(
    long flows,
    long completed,
    long errors,
    long incompletes,
    long unfinished,
    SortedMap<String, Long> errorsByKind,
    long connections,
    long reopened,
    long bytes,
    long bytesRead,
    long bytesWritten,
    double seconds,
    double flowsPerSecond,
    double megabytesPerSecond,
    Latency latencyUs) {
  private static final double BYTES_PER_MB = 1024 * 1024; // as the lines of each second count them

  /**
   * Response times: from sending the request (not the SYN) to the last byte of the body, in
   * microseconds, to three digits. All 0 when no flow completed.
   */
  public record Latency(double mean, double p50, double p90, double p99, double p999, double max) {
    private static final double NANOS_PER_MICRO = 1000;

    static Latency of(Histogram nanos) {
      return nanos.getTotalCount() == 0
          ? new Latency(0, 0, 0, 0, 0, 0)
          : new Latency(
              nanos.getMean() / NANOS_PER_MICRO,
              nanos.getValueAtPercentile(50) / NANOS_PER_MICRO,
              nanos.getValueAtPercentile(90) / NANOS_PER_MICRO,
              nanos.getValueAtPercentile(99) / NANOS_PER_MICRO,
              nanos.getValueAtPercentile(99.9) / NANOS_PER_MICRO,
              nanos.getMaxValue() / NANOS_PER_MICRO);
    }
  }

  /** Copies the map. */
  public Summary {
    errorsByKind = new TreeMap<>(errorsByKind);
  }

  /**
   * Adds up what the loops handed over.
   *
   * @param asked how many flows were asked for
   * @param timed whether the run could be ended by its time
   * @param begin when it began, as {@link System#nanoTime()} has it
   */
  static Summary of(
      long asked,
      boolean timed,
      Iterable<LoadLoop.Result> results,
      Iterable<LoopCounters> loops,
      long begin) {
    Histogram latency = null;
    ErrorCounts errors = new ErrorCounts();
    long started = 0;
    long bytes = 0;
    long reopened = 0;
    long end = begin;
    for (LoadLoop.Result result : results) {
      if (latency == null) {
        latency = result.latency().copy();
      } else {
        latency.add(result.latency());
      }
      errors.addAll(result.errors());
      started += result.started();
      bytes += result.bodyBytes();
      reopened += result.reopened();
      end = Math.max(end, result.endNanos());
    }
    long connections = 0;
    long read = 0;
    long written = 0;
    long completed = 0;
    for (LoopCounters loop : loops) {
      connections += loop.connects();
      read += loop.readBytes();
      written += loop.writtenBytes();
      completed += loop.completes();
    }
    double seconds = Math.max(1, end - begin) / 1e9;
    long failed = errors.total(false);
    long incompletes = errors.total(true);
    long ended = completed + failed + incompletes;
    boolean byTime = timed && started < asked;
    return new Summary(
        byTime ? ended : asked,
        completed,
        failed,
        incompletes,
        (byTime ? started : asked) - ended,
        errors.toMap(),
        connections,
        reopened,
        bytes,
        read,
        written,
        seconds,
        completed / seconds,
        read / BYTES_PER_MB / seconds,
        Latency.of(latency));
  }

  /**
   * Whether every flow asked for completed, and there was one. Of a run that its time ended:
   * whether every flow that ended completed; those that were cut off, however long nothing had come
   * for them, count neither way.
   */
  public boolean complete() {
    return completed == flows && completed > 0;
  }

  /** The lines for the end of a run: the original's, then latencies, rates, and errors by kind. */
  public String toText() {
    StringBuilder text = new StringBuilder();
    line(
        text,
        "Completed %d connections, errors: %d incompletes: %d",
        completed,
        errors,
        incompletes);
    line(
        text,
        "Latency (us): p50 %.1f, p90 %.1f, p99 %.1f, p99.9 %.1f, max %.1f",
        latencyUs.p50,
        latencyUs.p90,
        latencyUs.p99,
        latencyUs.p999,
        latencyUs.max);
    line(
        text,
        "Duration: %.3f s, %.0f flows/s, %.2f MB/s read, %d connections",
        seconds,
        flowsPerSecond,
        megabytesPerSecond,
        connections);
    if (unfinished > 0) {
      line(text, "Stopped with %d flows unfinished", unfinished);
    }
    if (!errorsByKind.isEmpty()) {
      line(text, "Failed flows by kind:");
      for (Map.Entry<String, Long> kind : errorsByKind.entrySet()) {
        line(text, "  %s: %d", kind.getKey(), kind.getValue());
      }
    }
    return text.toString();
  }

  private static void line(StringBuilder text, String format, Object... arguments) {
    text.append(String.format(Locale.ROOT, format, arguments)).append(System.lineSeparator());
  }
}
