package org.mosstack.bench.flood;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;
import org.mosstack.bench.report.Figure;

/** The measurements before, during or after the flood. On the clients' thread. */
final class Phase {
  private static final double MICRO = 1e3;
  private static final double MEBI = 1 << 20;
  private static final double PERCENT = 100;
  private static final String ESTABLISHED = "Established connections, 64";
  private static final String NEW = "New connections, 1,000 tried each second";
  private static final String SERVER = "The server";

  final String name;

  /** Nanoseconds from a message to its answer. */
  final Histogram echoes = new Histogram(Clients.MAX_NANOS, 3);

  /** Nanoseconds from connect to the first answer, for those that got one. */
  final Histogram opens = new Histogram(Clients.MAX_NANOS, 3);

  /** New connections attempted in this phase. */
  int tried;

  /** Established connections that ended. */
  int lost;

  private final List<Double> echoRates = new ArrayList<>();
  private final List<Double> synRates = new ArrayList<>();
  private final List<Double> answerRates = new ArrayList<>();
  private long startMillis;
  private long endMillis;

  Phase(String name) {
    this.name = name;
  }

  void begin(long nowMillis) {
    startMillis = nowMillis;
  }

  void end(long nowMillis) {
    endMillis = nowMillis;
  }

  /** Adds the rates in a time window, per second. */
  void window(double echoRate, double synRate, double answerRate) {
    echoRates.add(echoRate);
    synRates.add(synRate);
    answerRates.add(answerRate);
  }

  /** Keeps all figures; those of the server from samples within the phase. */
  void keep(List<Sample> samples) throws IOException {
    for (double rate : echoRates) {
      figure(ESTABLISHED, "messages/s", rate);
    }
    figure(ESTABLISHED, "p50 us", echoes.getValueAtPercentile(50) / MICRO);
    figure(ESTABLISHED, "p99 us", echoes.getValueAtPercentile(99) / MICRO);
    figure(ESTABLISHED, "p99.9 us", echoes.getValueAtPercentile(99.9) / MICRO);
    figure(ESTABLISHED, "lost", lost);
    figure(NEW, "not served in 3 s, %", PERCENT * (tried - opens.getTotalCount()) / tried);
    if (opens.getTotalCount() > 0) {
      figure(NEW, "p50 us", opens.getValueAtPercentile(50) / MICRO);
      figure(NEW, "p99 us", opens.getValueAtPercentile(99) / MICRO);
      figure(NEW, "most us", opens.getMaxValue() / MICRO);
    }
    for (int i = 0; i < synRates.size(); i++) {
      figure(SERVER, "SYNs of the flood/s", synRates.get(i));
      figure(SERVER, "answers to them/s", answerRates.get(i));
    }
    List<Sample> mine =
        samples.stream()
            .filter(s -> s.timeMillis() >= startMillis && s.timeMillis() <= endMillis)
            .toList();
    for (Sample sample : mine) {
      figure(SERVER, "connections", sample.connections());
      figure(SERVER, "half open", sample.halfOpen());
      figure(SERVER, "packet buffers", sample.buffers());
      figure(SERVER, "MiB on the heap", sample.heapBytes() / MEBI);
      figure(SERVER, "MiB of the process", sample.residentBytes() / MEBI);
    }
  }

  private void figure(String table, String column, double value) throws IOException {
    new Figure(table, name, column, value).keep();
  }
}
