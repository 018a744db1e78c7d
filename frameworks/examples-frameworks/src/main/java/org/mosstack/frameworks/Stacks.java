package org.mosstack.frameworks;

import org.mosstack.MosStack;
import org.mosstack.config.CoreMask;
import org.mosstack.config.MosConfig;
import org.mosstack.config.MosKeys;

/** Creates the examples' stacks. Applications mostly load a mos.conf instead. */
public final class Stacks {
  private static final int BUFFER_BYTES = 131_072;

  private Stacks() {}

  /**
   * Starts a stack with nothing but 127.0.0.1, enough for a server and its client in one process.
   *
   * @param cores number of loops, at least 1; may exceed the machine's CPUs
   */
  public static MosStack loopback(int cores) {
    MosConfig config =
        MosConfig.builder()
            .set(MosKeys.CORE_MASK, CoreMask.range(cores))
            .set(MosKeys.MAX_CONCURRENCY, 1000)
            .set(MosKeys.MAX_NUM_BUFFERS, 20_000)
            .set(MosKeys.RMEM_SIZE, BUFFER_BYTES)
            .set(MosKeys.WMEM_SIZE, BUFFER_BYTES)
            .build();
    return MosStack.builder(config).allowOversubscribe(true).start();
  }
}
