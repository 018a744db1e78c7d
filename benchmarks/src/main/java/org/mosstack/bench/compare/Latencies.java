package org.mosstack.bench.compare;

import org.HdrHistogram.Histogram;

/** Latencies on JMH's output, where the report looks for them: in microseconds. */
final class Latencies {
  private Latencies() {}

  static void print(Histogram nanos) {
    System.out.printf(
        "latency_us p50 %.1f p99 %.1f p999 %.1f%n",
        nanos.getValueAtPercentile(50) / 1e3,
        nanos.getValueAtPercentile(99) / 1e3,
        nanos.getValueAtPercentile(99.9) / 1e3);
  }
}
