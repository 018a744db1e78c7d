package org.mosstack.bench.compare;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;

/** Downloads of {@link WebSizes} over 64 keep-alive connections. */
public class Mixed extends HttpBenchmark {
  private static final int CONNECTIONS = 64;
  private static final int SIZES = 4096;
  private static final int SEED = 1;

  @Override
  Load start(Ends ends) {
    Load load = new Load(ends, WebSizes.draw(SIZES, SEED), 0, true);
    load.open(CONNECTIONS);
    return load;
  }

  /** All sizes once. */
  @Benchmark
  @OperationsPerInvocation(SIZES)
  public void files() {
    load().run(SIZES);
  }
}
