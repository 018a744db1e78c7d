package org.mosstack.bench.compare;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.HdrHistogram.Histogram;

/**
 * One iteration's latencies, as a line of JSON in the file that the forks of a run share: JMH keeps
 * the rates, and these are kept beside it.
 *
 * @param scenario what was measured
 * @param transport over what
 * @param p50 microseconds, like the others
 */
record Latencies(String scenario, Transport transport, double p50, double p99, double p999) {
  /** Names the file; without it nothing is kept. */
  private static final String FILE = System.getProperty("compare.latencies");

  private static final double NANOS_PER_MICRO = 1e3;

  static Latencies of(String scenario, Transport transport, Histogram nanos) {
    return new Latencies(
        scenario,
        transport,
        nanos.getValueAtPercentile(50) / NANOS_PER_MICRO,
        nanos.getValueAtPercentile(99) / NANOS_PER_MICRO,
        nanos.getValueAtPercentile(99.9) / NANOS_PER_MICRO);
  }

  /** Adds the line to the file. */
  void keep() throws IOException {
    if (FILE != null) {
      Files.writeString(
          Path.of(FILE),
          new ObjectMapper().writeValueAsString(this) + "\n",
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    }
  }
}
