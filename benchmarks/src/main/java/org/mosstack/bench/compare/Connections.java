package org.mosstack.bench.compare;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;

/** Connections with one small request each. */
public class Connections extends HttpBenchmark {
  private static final int BATCH = 4096;
  private static final int BODY_BYTES = 64;

  /** Simultaneous connections. */
  @Param({"64", "1024"})
  public int atOnce;

  @Override
  Load start(Ends ends) {
    return new Load(ends, BODY_BYTES, false);
  }

  /** A batch of connections. */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public void connections() {
    load().runConnections(BATCH, atOnce);
  }
}
