package org.mosstack.lettuce;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.BootstrapConfig;
import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.AttributeKey;
import io.netty.util.concurrent.AbstractEventExecutorGroup;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.netty.util.concurrent.Promise;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.mosstack.netty.MosEventLoopGroup;
import org.mosstack.netty.MosSocketChannel;

/**
 * The loops of a client whose bootstraps make TCP channels of the kernel's, and domain sockets:
 * registering one of the former registers a {@link MosSocketChannel} in its place, and the returned
 * future, which a bootstrap goes on with, has that one. The latter go to loops of their own.
 *
 * <p>Any thread.
 */
final class StackLoops extends AbstractEventExecutorGroup implements EventLoopGroup {
  @SuppressWarnings("deprecation") // the parts of the last one
  private static final Set<ChannelOption<?>> WATER_MARKS =
      Set.of(
          ChannelOption.WRITE_BUFFER_HIGH_WATER_MARK,
          ChannelOption.WRITE_BUFFER_LOW_WATER_MARK,
          ChannelOption.WRITE_BUFFER_WATER_MARK);

  private final MosEventLoopGroup stack;
  private final EventLoopGroup kernel;
  private final Promise<Void> terminated = GlobalEventExecutor.INSTANCE.newPromise();

  /**
   * A group, which shuts down those that it is given.
   *
   * @param kernel for everything but TCP; its threads start when they are needed
   */
  StackLoops(MosEventLoopGroup stack, EventLoopGroup kernel) {
    this.stack = stack;
    this.kernel = kernel;
    kernel
        .terminationFuture()
        .addListener(_ -> stack.terminationFuture().addListener(_ -> terminated.setSuccess(null)));
  }

  // ---- Channels ----

  /** Returns one of the stack's loops. */
  @Override
  public EventLoop next() {
    return stack.next();
  }

  /** Returns the stack's loops. */
  @Override
  public Iterator<EventExecutor> iterator() {
    return stack.iterator();
  }

  @Override
  public ChannelFuture register(Channel channel) {
    if (!(channel instanceof SocketChannel)) {
      return kernel.register(channel);
    }
    Bootstrap from = channel.attr(BootstrapMark.KEY).get();
    if (from == null) {
      return new DefaultChannelPromise(channel, GlobalEventExecutor.INSTANCE)
          .setFailure(
              new IllegalStateException(
                  "The NettyCustomizer of these ClientResources was replaced: give it to"
                      + " MosLettuce.configure(builder, customizer)"));
    }
    channel.unsafe().closeForcibly(); // never registered: only its socket is closed
    return onStack(from.config(), channel.config()).register();
  }

  /**
   * Returns a bootstrap with what another one's channels get, except for their class and group.
   *
   * @param set what one of those channels has got: a bootstrap tells its options without their
   *     order, which those that are parts of others depend on
   */
  @SuppressWarnings("deprecation") // the parts
  private Bootstrap onStack(BootstrapConfig from, ChannelConfig set) {
    Bootstrap bootstrap =
        new Bootstrap().group(stack).channel(MosSocketChannel.class).handler(from.handler());
    Map<ChannelOption<?>, Object> options = new HashMap<>(from.options());
    if (options.keySet().removeAll(WATER_MARKS)) {
      bootstrap.option(ChannelOption.WRITE_BUFFER_WATER_MARK, set.getWriteBufferWaterMark());
    }
    if (options.remove(ChannelOption.MAX_MESSAGES_PER_READ) != null) {
      options.put(ChannelOption.RECVBUF_ALLOCATOR, set.getRecvByteBufAllocator());
    }
    options.forEach((option, value) -> set(bootstrap, option, value));
    from.attrs().forEach((key, value) -> set(bootstrap, key, value));
    return bootstrap;
  }

  @SuppressWarnings("unchecked") // the other bootstrap has checked it
  private static <T> void set(Bootstrap bootstrap, ChannelOption<T> option, Object value) {
    bootstrap.option(option, (T) value);
  }

  @SuppressWarnings("unchecked") // likewise
  private static <T> void set(Bootstrap bootstrap, AttributeKey<T> key, Object value) {
    bootstrap.attr(key, (T) value);
  }

  /** For all but TCP channels, which a bootstrap registers without a promise of its own. */
  @Override
  public ChannelFuture register(ChannelPromise promise) {
    if (promise.channel() instanceof SocketChannel) {
      return promise.setFailure(new UnsupportedOperationException("needs a bootstrap"));
    }
    return kernel.register(promise);
  }

  /** Like {@link #register(ChannelPromise)}. */
  @Deprecated
  @Override
  public ChannelFuture register(Channel channel, ChannelPromise promise) {
    if (channel instanceof SocketChannel) {
      return promise.setFailure(new UnsupportedOperationException("needs a bootstrap"));
    }
    return kernel.register(channel, promise);
  }

  // ---- Shutdown: of both ----

  @Override
  public Future<?> shutdownGracefully(long quietPeriod, long timeout, TimeUnit unit) {
    kernel.shutdownGracefully(quietPeriod, timeout, unit);
    stack.shutdownGracefully(quietPeriod, timeout, unit);
    return terminated;
  }

  @Deprecated
  @Override
  public void shutdown() {
    shutdownGracefully(0, 0, TimeUnit.NANOSECONDS);
  }

  @Override
  public Future<?> terminationFuture() {
    return terminated;
  }

  @Override
  public boolean isShuttingDown() {
    return stack.isShuttingDown();
  }

  @Override
  public boolean isShutdown() {
    return stack.isShutdown() && kernel.isShutdown();
  }

  @Override
  public boolean isTerminated() {
    return terminated.isDone();
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
    return terminated.await(timeout, unit);
  }
}
