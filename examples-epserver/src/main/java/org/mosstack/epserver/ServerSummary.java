package org.mosstack.epserver;

import java.time.Duration;
import java.util.Collections;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What a server has done so far.
 *
 * @param requests requests answered, errors included
 * @param bodyBytes bytes of bodies handed to the transport; a client that went away may have got
 *     fewer
 * @param responses responses by status
 * @param connections connections accepted
 * @param failures connections that ended with an error, e.g. a reset by the client
 * @param duration time since the server started
 */
public record ServerSummary(
    long requests,
    long bodyBytes,
    SortedMap<Integer, Long> responses,
    long connections,
    long failures,
    Duration duration) {

  /** The summary in one line, for people. */
  public String toLine() {
    double seconds = duration.toNanos() / 1e9;
    String byStatus =
        responses.isEmpty()
            ? "none"
            : responses.entrySet().stream()
                .map(e -> e.getKey() + ": " + e.getValue())
                .collect(Collectors.joining(", "));
    return String.format(
        Locale.ROOT,
        "epserver: requests: %d, bytes: %d, responses: %s, connections: %d (failed: %d), %.1f s",
        requests,
        bodyBytes,
        byStatus,
        connections,
        failures,
        seconds);
  }

  /** Sums up loops. */
  static final class Builder {
    long requests;
    long bodyBytes;
    long connections;
    long failures;
    final SortedMap<Integer, Long> responses = new TreeMap<>();

    ServerSummary build(Duration duration) {
      return new ServerSummary(
          requests,
          bodyBytes,
          Collections.unmodifiableSortedMap(responses),
          connections,
          failures,
          duration);
    }
  }
}
