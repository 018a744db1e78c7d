package org.mosstack.bench.compare;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;

/** Small requests and answers over keep-alive connections. */
public class Requests extends HttpBenchmark {
  private static final int BATCH = 5000;
  private static final int BODY_BYTES = 64;

  /** Connections with a request in flight; with one, the round-trip time is what counts. */
  @Param({"1", "64"})
  public int connections;

  @Override
  Load start(Ends ends) {
    Load load = new Load(ends, BODY_BYTES, true);
    load.open(connections);
    return load;
  }

  /** A batch of requests. */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public void requests() {
    load().run(BATCH);
  }
}
