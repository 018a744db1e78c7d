package org.mosstack.bench.compare;

import java.io.IOException;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.mosstack.bench.report.Figure;
import org.mosstack.bench.report.JmhFigures;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.runner.IterationType;

/**
 * Shared by the scenarios: one pipeline, one client, the transport as a parameter. Each invocation
 * is a batch of requests, so that the cost of starting one is negligible.
 *
 * <p>All is as a user has it who sets nothing: the JVM's defaults, Netty's, the transport's. The
 * only flag is the one that the JDK warns about without. So the warm-up is long: on two CPUs the
 * loops and the JIT compiler's threads are in each other's way.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 20, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(value = 5, jvmArgs = "--enable-native-access=ALL-UNNAMED")
public abstract class HttpBenchmark {
  private static final double NANOS_PER_MICRO = 1e3;

  /** The transport under test. */
  @Param({
    "MOS",
    "MOS_MEMIF",
    "MOS_LARGE_PACKETS",
    "MOS_FAR_SERVER",
    "MOS_FAR_CLIENT",
    "MOS_SEPARATE",
    "EPOLL",
    "EPOLL_BUSY",
    "IO_URING",
    "NIO",
    "LOCAL"
  })
  public Transport transport;

  private Ends ends;
  private Load load;

  /** Starts this scenario's load over open ends. */
  abstract Load start(Ends ends);

  /** Opens the ends. */
  @Setup
  public void open() throws IOException, InterruptedException {
    ends = Ends.open(transport);
    load = start(ends);
  }

  /** Resets the latencies for each iteration. */
  @Setup(Level.Iteration)
  public void reset() {
    load.latency().reset();
  }

  /** Keeps the latencies of an iteration: JMH only keeps the rates. */
  @TearDown(Level.Iteration)
  public void keep(BenchmarkParams benchmark, IterationParams iteration) throws IOException {
    if (iteration.getType() != IterationType.MEASUREMENT) {
      return;
    }
    Map<String, String> params = new HashMap<>();
    benchmark.getParamsKeys().forEach(key -> params.put(key, benchmark.getParam(key)));
    String table = JmhFigures.title(benchmark.getBenchmark(), params);
    for (double percentile : new double[] {50, 99, 99.9}) {
      String column = String.format(Locale.ROOT, "p%s us", percentile).replace(".0 ", " ");
      double micros = load.latency().getValueAtPercentile(percentile) / NANOS_PER_MICRO;
      new Figure(table, transport.name(), column, micros).keep();
    }
  }

  /** Closes the ends. */
  @TearDown
  public void close() {
    ends.close();
  }

  Load load() {
    return load;
  }
}
