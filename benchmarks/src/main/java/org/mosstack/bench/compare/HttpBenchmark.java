package org.mosstack.bench.compare;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
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

/**
 * What the scenarios have in common: one pipeline, one client, the transport as a parameter. Each
 * invocation is a batch of requests, so that starting one costs nothing.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 3)
@Measurement(iterations = 3, time = 2)
@Fork(
    value = 5,
    jvmArgs = {
      "--enable-native-access=ALL-UNNAMED",
      "--sun-misc-unsafe-memory-access=allow",
      "-Dio.netty.noUnsafe=false",
      "-Dio.netty.leakDetection.level=disabled",
      "-XX:+UseParallelGC",
      "-Xms2g",
      "-Xmx2g"
    })
public abstract class HttpBenchmark {
  /** What carries the requests. */
  @Param({"MOS", "MOS_MEMIF", "EPOLL", "EPOLL_BUSY", "IO_URING", "NIO", "LOCAL"})
  public Transport transport;

  private Ends ends;
  private Load load;

  /** The load of this scenario over open ends. */
  abstract Load start(Ends ends);

  /** Opens the ends. */
  @Setup
  public void open() throws IOException, InterruptedException {
    ends = Ends.open(transport);
    load = start(ends);
  }

  /** What warming up took isn't reported. */
  @Setup(Level.Iteration)
  public void reset() {
    load.latency().reset();
  }

  /** Reports the latencies of an iteration. */
  @TearDown(Level.Iteration)
  public void report() {
    Latencies.print(load.latency());
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
