package org.mosstack.netty;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelPromise;
import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.IoHandle;
import io.netty.channel.SingleThreadIoEventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.RejectedExecutionHandlers;
import io.netty.util.internal.StringUtil;
import java.util.Iterator;
import java.util.concurrent.Executor;

/**
 * A loop of a {@link MosEventLoopGroup}. A channel that belongs to another core's loop is
 * registered there, whichever of the group is asked.
 */
final class MosEventLoop extends SingleThreadIoEventLoop {
  /** Time for tasks between two turns of the core; more would delay retransmissions. */
  private static final long TASK_QUANTUM_MILLIS = 1;

  private final Promise<Void> started;

  /**
   * A loop that hasn't started.
   *
   * @param core index of the core that is kept for it
   */
  MosEventLoop(IoEventLoopGroup parent, Executor executor, MosIoHandlerFactory factory, int core) {
    Promise<Void> started = GlobalEventExecutor.INSTANCE.newPromise();
    super(
        parent,
        executor,
        loop -> factory.newHandler(loop, core, started),
        DEFAULT_MAX_PENDING_TASKS,
        RejectedExecutionHandlers.reject(),
        TASK_QUANTUM_MILLIS);
    this.started = started;
  }

  MosIoHandler handler() {
    return (MosIoHandler) ioHandler();
  }

  /** Completes when the loop's thread has taken over its core, or has failed to. */
  Future<Void> started() {
    return started;
  }

  private MosEventLoop ownerOf(Channel channel) {
    return channel instanceof MosSocketChannel socket
            && socket.home().loopFor(this) instanceof MosEventLoop owner
        ? owner
        : this;
  }

  @Override
  public ChannelFuture register(Channel channel) {
    return register(new DefaultChannelPromise(channel, ownerOf(channel)));
  }

  @Override
  public ChannelFuture register(ChannelPromise promise) {
    MosEventLoop owner = ownerOf(promise.channel());
    if (owner != this) {
      return owner.register(promise);
    }
    return canServe(promise.channel()) ? super.register(promise) : refuse(promise);
  }

  @Deprecated
  @Override
  public ChannelFuture register(Channel channel, ChannelPromise promise) {
    MosEventLoop owner = ownerOf(channel);
    if (owner != this) {
      return owner.register(channel, promise);
    }
    return canServe(channel) ? super.register(channel, promise) : refuse(promise);
  }

  private boolean canServe(Channel channel) {
    return !(channel.unsafe() instanceof IoHandle handle) || isCompatible(handle.getClass());
  }

  private ChannelPromise refuse(ChannelPromise promise) {
    return promise.setFailure(
        new IllegalStateException(
            StringUtil.simpleClassName(promise.channel())
                + " can't run on MosEventLoop, which serves this transport's channels and NIO's"));
  }

  /** Channels registered with the loop; exact on the loop's thread, approximate elsewhere. */
  @Override
  public int registeredChannels() {
    return handler().registered();
  }

  /** The channels registered with the loop at this moment. On the loop's thread. */
  @Override
  public Iterator<Channel> registeredChannelsIterator() {
    return handler().channels().iterator();
  }
}
