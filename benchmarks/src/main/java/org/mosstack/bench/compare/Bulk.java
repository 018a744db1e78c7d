package org.mosstack.bench.compare;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;

/** Large bodies over 16 keep-alive connections; the score is in bodies. */
public class Bulk extends HttpBenchmark {
  private static final int CONNECTIONS = 16;
  private static final int BATCH = 256;

  /** Body size in bytes. */
  @Param({"65536", "1048576"})
  public int bytes;

  /** Whether the client sends the bodies, or the server. */
  @Param({"false", "true"})
  public boolean upload;

  @Override
  Load start(Ends ends) {
    Load load = new Load(ends, new int[] {upload ? 0 : bytes}, upload ? bytes : 0, true);
    load.open(CONNECTIONS);
    return load;
  }

  /** A batch of bodies. */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public void bodies() {
    load().run(BATCH);
  }
}
