package org.mosstack.netty;

import io.netty.channel.IoEventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.mosstack.MosStack;

/**
 * The event loops of a {@link MosStack}: one for each of its cores, on a thread of its own, which
 * is bound to the core's CPU where the configuration chooses CPUs. All loops start at once, since
 * packets may arrive on any core. {@link MosIoHandler#newFactory} makes groups of Netty's own do
 * the same.
 *
 * <p>A stack belongs to one group, and ends with it: when the group has terminated, the stack is
 * closed. Several groups can coexist in one process, each with its own stack.
 *
 * <p>An accepted channel that is given to this group runs on the loop of its connection's core,
 * whichever of its loops is asked to register it. Given to any other loop, it runs there.
 *
 * <p>The first turn of a loop that lasts for 200 milliseconds is logged, with the stack trace of
 * the handler or task that takes so long; the system property {@code mos.slowTurnMillis} sets
 * another limit, 0 none. If its value isn't allowed, no group can be created ({@link
 * org.mosstack.config.ConfigException}).
 *
 * <p>A graceful shutdown closes all channels and gives TCP the shutdown's timeout (2 seconds if it
 * is 0 or not given) to send what was written, and the FINs, and to have them acknowledged.
 * Connections left after that are reset.
 */
public final class MosEventLoopGroup extends MultiThreadIoEventLoopGroup {
  /** {@link #shutdownGracefully()}: Netty's default quiet period. */
  private static final long DEFAULT_QUIET_PERIOD_SECONDS = 2;

  /** {@link #shutdownGracefully()}: Netty's default timeout. */
  private static final long DEFAULT_SHUTDOWN_TIMEOUT_SECONDS = 15;

  private static final String NOT_STARTED = "an event loop couldn't start";

  /**
   * A group with {@link IdleStrategy#ADAPTIVE} loops on Netty's default threads.
   *
   * @param stack started, and not yet given to a group
   * @throws IllegalStateException the stack already has a group; or a thread couldn't be created or
   *     pinned, and the stack is closed
   */
  public MosEventLoopGroup(MosStack stack) {
    this(stack, IdleStrategy.ADAPTIVE);
  }

  /**
   * A group on Netty's default threads.
   *
   * @param stack started, and not yet given to a group
   * @param idleStrategy what loops do while there is nothing to do
   * @throws IllegalStateException the stack already has a group; or a thread couldn't be created or
   *     pinned, and the stack is closed
   */
  public MosEventLoopGroup(MosStack stack, IdleStrategy idleStrategy) {
    this(stack, null, idleStrategy);
  }

  /**
   * A group with {@link IdleStrategy#ADAPTIVE} loops.
   *
   * @param stack started, and not yet given to a group
   * @param threadFactory creates one thread per loop; null for Netty's default
   * @throws IllegalStateException the stack already has a group; or a thread couldn't be created or
   *     pinned, and the stack is closed
   */
  public MosEventLoopGroup(MosStack stack, ThreadFactory threadFactory) {
    this(stack, threadFactory, IdleStrategy.ADAPTIVE);
  }

  /**
   * A group.
   *
   * @param stack started, and not yet given to a group
   * @param threadFactory creates one thread per loop; null for Netty's default
   * @param idleStrategy what loops do while there is nothing to do
   * @throws IllegalStateException the stack already has a group; or a thread couldn't be created or
   *     pinned, and the stack is closed
   */
  public MosEventLoopGroup(MosStack stack, ThreadFactory threadFactory, IdleStrategy idleStrategy) {
    Mos.ensureAvailability();
    MosIoHandlerFactory factory = new MosIoHandlerFactory(stack, idleStrategy);
    stack.reserve();
    super(stack.cores(), threadFactory, factory, new AtomicInteger());
    start();
  }

  private void start() {
    try {
      forEachLoop(loop -> loop.execute(() -> {}));
      for (EventExecutor executor : this) {
        Future<Void> started = ((MosEventLoop) executor).started().awaitUninterruptibly();
        if (!started.isSuccess()) {
          throw new IllegalStateException(NOT_STARTED, started.cause());
        }
      }
    } catch (IllegalStateException e) {
      abandon(e);
      throw e;
    } catch (RuntimeException e) { // from the thread factory
      abandon(e);
      throw new IllegalStateException(NOT_STARTED, e);
    } catch (Error e) { // e.g. no more threads
      abandon(e);
      throw e;
    }
  }

  /** Ends the running loops, and with the last of them the stack. */
  private void abandon(Throwable cause) {
    forEachLoop(
        loop -> {
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
        });
    terminationFuture().awaitUninterruptibly();
  }

  private void forEachLoop(Consumer<MosEventLoop> action) {
    for (EventExecutor executor : this) {
      action.accept((MosEventLoop) executor);
    }
  }

  @Override
  protected IoEventLoop newChild(
      Executor executor, IoHandlerFactory ioHandlerFactory, Object... args) {
    int core = ((AtomicInteger) args[0]).getAndIncrement();
    return new MosEventLoop(this, executor, (MosIoHandlerFactory) ioHandlerFactory, core);
  }

  /** Shuts down with Netty's default quiet period and timeout, and 2 seconds to drain TCP. */
  @Override
  public Future<?> shutdownGracefully() {
    forEachLoop(loop -> loop.handler().drainLimit(MosIoHandler.DEFAULT_DRAIN_NANOS));
    return super.shutdownGracefully(
        DEFAULT_QUIET_PERIOD_SECONDS, DEFAULT_SHUTDOWN_TIMEOUT_SECONDS, TimeUnit.SECONDS);
  }

  /**
   * Shuts down as Netty's groups do; see the class comment for what happens to connections.
   *
   * @param timeout also how long TCP gets for an orderly close of connections; 0 for 2 seconds
   */
  @Override
  public Future<?> shutdownGracefully(long quietPeriod, long timeout, TimeUnit unit) {
    long limit = timeout > 0 ? unit.toNanos(timeout) : MosIoHandler.DEFAULT_DRAIN_NANOS;
    forEachLoop(loop -> loop.handler().drainLimit(limit));
    return super.shutdownGracefully(quietPeriod, timeout, unit);
  }
}
