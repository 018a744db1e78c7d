package org.mosstack.netty.suite;

import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.SplittableRandom;
import org.mosstack.MosStack;
import org.mosstack.config.CoreMask;
import org.mosstack.config.MosConfig;
import org.mosstack.config.MosKeys;
import org.mosstack.device.WireHub;
import org.mosstack.netty.MosEventLoopGroup;

/** The stack that Netty's test classes share in a JVM: two cores and 127.0.0.1. */
final class SuiteStack {
  private static final int CORES = 2;
  private static final MosEventLoopGroup GROUP = start();

  private SuiteStack() {}

  /** Returns its loops, which live as long as the JVM. */
  static MosEventLoopGroup group() {
    return GROUP;
  }

  /** Returns a separate group, for a test that shuts it down. */
  static MosEventLoopGroup newGroup(int cores) {
    MosConfig config =
        MosConfig.builder()
            .set(MosKeys.CORE_MASK, CoreMask.range(cores))
            .set(MosKeys.MAX_CONCURRENCY, 10_000)
            .set(MosKeys.MAX_NUM_BUFFERS, 20_000)
            .set(MosKeys.RMEM_SIZE, 65_536)
            .set(MosKeys.WMEM_SIZE, 65_536)
            .build();
    MosStack stack =
        MosStack.builder(config)
            .allowOversubscribe(true)
            .device(WireHub.WIRE, new WireHub(new SplittableRandom(1)))
            .start();
    return new MosEventLoopGroup(stack, new DefaultThreadFactory("suite", true));
  }

  private static MosEventLoopGroup start() {
    return newGroup(CORES);
  }
}
