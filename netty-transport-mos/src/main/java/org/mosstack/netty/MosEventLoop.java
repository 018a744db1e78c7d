package org.mosstack.netty;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.IoHandle;
import io.netty.channel.SingleThreadIoEventLoop;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.RejectedExecutionHandlers;
import io.netty.util.internal.StringUtil;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * A loop of a {@link MosEventLoopGroup}. A channel that belongs to another core's loop is
 * registered there, whichever of the group is asked.
 */
final class MosEventLoop extends SingleThreadIoEventLoop {
  /** Time for tasks between two turns of the core; more would delay retransmissions. */
  private static final long TASK_QUANTUM_MILLIS = 1;

  private static final String NOT_STARTED = "an event loop couldn't start";

  /** Completes when the loop's thread has taken over its core, or has failed to. */
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

  /**
   * Starts loops, and waits until each has taken over its core.
   *
   * @throws IllegalStateException if one can't start: then all of them have ended
   */
  static void startAll(List<MosEventLoop> loops) {
    try {
      loops.forEach(loop -> loop.execute(() -> {}));
      for (MosEventLoop loop : loops) {
        if (!loop.started.awaitUninterruptibly().isSuccess()) {
          throw new IllegalStateException(NOT_STARTED, loop.started.cause());
        }
      }
    } catch (IllegalStateException e) {
      abandon(loops, e);
      throw e;
    } catch (RuntimeException e) { // from the thread factory
      abandon(loops, e);
      throw new IllegalStateException(NOT_STARTED, e);
    } catch (Error e) { // e.g. no more threads
      abandon(loops, e);
      throw e;
    }
  }

  private static void abandon(List<MosEventLoop> loops, Throwable cause) {
    for (MosEventLoop loop : loops) {
      try {
        loop.shutdownGracefully(0, 0, TimeUnit.SECONDS);
      } catch (Throwable t) { // still no thread for this one
        if (t != cause) {
          cause.addSuppressed(t);
        }
      }
      if (loop.terminationFuture().isDone() && !loop.terminationFuture().isSuccess()) {
        loop.handler().neverRuns();
      }
    }
    loops.forEach(loop -> loop.terminationFuture().awaitUninterruptibly());
  }

  MosIoHandler handler() {
    return (MosIoHandler) ioHandler();
  }

  /** The loop on which a channel is to be that is given to one: there, if it may be anywhere. */
  static EventLoop ownerOf(Channel channel, EventLoop given) {
    return channel instanceof MosSocketChannel socket ? socket.home().loopFor(given) : given;
  }

  @Override
  public ChannelFuture register(Channel channel) {
    return register(new DefaultChannelPromise(channel, ownerOf(channel, this)));
  }

  @Override
  public ChannelFuture register(ChannelPromise promise) {
    EventLoop owner = ownerOf(promise.channel(), this);
    if (owner != this) {
      return owner.register(promise);
    }
    return canServe(this, promise.channel()) ? super.register(promise) : refuse(promise);
  }

  @Deprecated
  @Override
  public ChannelFuture register(Channel channel, ChannelPromise promise) {
    EventLoop owner = ownerOf(channel, this);
    if (owner != this) {
      return owner.register(channel, promise);
    }
    return canServe(this, channel) ? super.register(channel, promise) : refuse(promise);
  }

  /** Whether a loop of this transport's serves channels of a kind. */
  static boolean canServe(IoEventLoop loop, Channel channel) {
    return !(channel.unsafe() instanceof IoHandle handle) || loop.isCompatible(handle.getClass());
  }

  static ChannelPromise refuse(ChannelPromise promise) {
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
