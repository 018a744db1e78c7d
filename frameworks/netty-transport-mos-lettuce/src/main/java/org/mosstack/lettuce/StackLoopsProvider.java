package org.mosstack.lettuce;

import io.lettuce.core.resource.DefaultEventLoopGroupProvider;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.EventExecutorGroup;
import java.util.Optional;
import org.mosstack.netty.Mos;
import org.mosstack.netty.MosEventLoopGroup;

/**
 * Lettuce's provider, with the shared stack's loops: it makes them with a client's first
 * connection, counts the clients, and shuts the loops down with the last one's end.
 */
final class StackLoopsProvider extends DefaultEventLoopGroupProvider {
  /**
   * A provider without loops.
   *
   * @param kernelThreads how many loops the kernel's channels have
   */
  StackLoopsProvider(int kernelThreads) {
    super(kernelThreads);
  }

  /**
   * Creates loops.
   *
   * @throws org.mosstack.config.ConfigException if the stack can't be started
   */
  @Override
  protected <T extends EventLoopGroup> EventExecutorGroup doCreateEventLoopGroup(
      Class<T> type, int threads, io.lettuce.core.resource.ThreadFactoryProvider factories) {
    Optional<MosEventLoopGroup> stack =
        Mos.orKernel(MosEventLoopGroup::daemon); // first: it may throw
    EventLoopGroup kernel = (EventLoopGroup) super.doCreateEventLoopGroup(type, threads, factories);
    return stack.<EventLoopGroup>map(loops -> new StackLoops(loops, kernel)).orElse(kernel);
  }
}
