package org.mosstack.netty.suite;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.SplittableRandom;
import org.mosstack.MosStack;
import org.mosstack.config.CoreMask;
import org.mosstack.config.MosConfig;
import org.mosstack.config.MosKeys;
import org.mosstack.device.WireHub;
import org.mosstack.netty.MosEventLoopGroup;
import org.mosstack.netty.MosIoHandler;

/** The stack that Netty's test classes share in a JVM: two cores and 127.0.0.1. */
final class SuiteStack {
  /** Whether the loops are those of a plain group of Netty's. */
  private static final boolean PLAIN = Boolean.getBoolean("mos.suite.plain");

  private static final int CORES = 2;
  private static final MosStack STACK = start(CORES);
  private static final EventLoopGroup GROUP = group(STACK);

  private SuiteStack() {}

  /** Returns its loops, which live as long as the JVM. */
  static EventLoopGroup group() {
    return GROUP;
  }

  /** Returns the stack of {@link #group}. */
  static MosStack stack() {
    return STACK;
  }

  /** Whether the loops are this transport's own, and not plain ones of Netty's. */
  static boolean hasOwnLoops() {
    return !PLAIN;
  }

  /** Returns a separate group, for a test that shuts it down. */
  static EventLoopGroup newGroup(int cores) {
    return group(start(cores));
  }

  /** The loops for a stack, on threads that keep no JVM alive. */
  static EventLoopGroup group(MosStack stack) {
    DefaultThreadFactory threads = new DefaultThreadFactory("suite", true);
    return PLAIN
        ? new MultiThreadIoEventLoopGroup(stack.cores(), threads, MosIoHandler.newFactory(stack))
        : new MosEventLoopGroup(stack, threads);
  }

  private static MosStack start(int cores) {
    MosConfig config =
        MosConfig.builder()
            .set(MosKeys.CORE_MASK, CoreMask.range(cores))
            .set(MosKeys.MAX_CONCURRENCY, 10_000)
            .set(MosKeys.MAX_NUM_BUFFERS, 20_000)
            .set(MosKeys.RMEM_SIZE, 65_536)
            .set(MosKeys.WMEM_SIZE, 65_536)
            .build();
    return MosStack.builder(config)
        .allowOversubscribe(true)
        .device(WireHub.WIRE, new WireHub(new SplittableRandom(1)))
        .start();
  }
}
