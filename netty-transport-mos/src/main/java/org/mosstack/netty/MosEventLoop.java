package org.mosstack.netty;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelPromise;
import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.SingleThreadIoEventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.RejectedExecutionHandlers;
import java.util.Iterator;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.mosstack.StackCore;

/**
 * The event loop of one core. A channel that belongs to another core's loop is registered there,
 * whichever loop is asked.
 */
final class MosEventLoop extends SingleThreadIoEventLoop {
  /** Time for tasks between two turns of the core; more would delay retransmissions. */
  private static final long TASK_QUANTUM_MILLIS = 1;

  /** Time to close connections in an orderly way, if the shutdown specifies none. */
  static final long DEFAULT_DRAIN_NANOS = TimeUnit.SECONDS.toNanos(2);

  private final LoopTable table;
  private final StackCore core;
  private final Promise<Void> started;
  private volatile long drainNanos = DEFAULT_DRAIN_NANOS;

  private MosEventLoop(
      IoEventLoopGroup parent,
      Executor executor,
      LoopTable table,
      StackCore core,
      Promise<Void> started) {
    super(
        parent,
        executor,
        loop -> new MosIoHandler(table, core, loop, started),
        DEFAULT_MAX_PENDING_TASKS,
        RejectedExecutionHandlers.reject(),
        TASK_QUANTUM_MILLIS);
    this.table = table;
    this.core = core;
    this.started = started;
  }

  /** Makes the loop of the table's next core. */
  static MosEventLoop next(IoEventLoopGroup parent, Executor executor, LoopTable table) {
    StackCore core = table.stack().core(table.nextCore());
    Promise<Void> started = GlobalEventExecutor.INSTANCE.newPromise();
    MosEventLoop loop = new MosEventLoop(parent, executor, table, core, started);
    table.add(loop);
    return loop;
  }

  StackCore core() {
    return core;
  }

  LoopTable table() {
    return table;
  }

  /** Completes when the loop's thread has taken over its core, or has failed to. */
  Future<Void> started() {
    return started;
  }

  /** Wakes the loop's thread if it sleeps. Any thread. */
  void wakeUp() {
    ((MosIoHandler) ioHandler()).wakeup();
  }

  /** Sets how long a shutdown waits for an orderly close of its connections. */
  void drainLimit(long nanos) {
    drainNanos = nanos;
  }

  /**
   * Runs a task on the loop.
   *
   * @return false when the loop has ended, and so has closed its core and all its connections
   */
  boolean tryExecute(Runnable task) {
    try {
      execute(task);
      return true;
    } catch (RejectedExecutionException _) {
      return false;
    }
  }

  private MosEventLoop ownerOf(Channel channel) {
    if (channel instanceof MosSocketChannel socket && !socket.isSettled()) {
      MosEventLoop owner = socket.owner();
      return owner == null ? this : owner;
    }
    return this;
  }

  @Override
  public ChannelFuture register(Channel channel) {
    MosEventLoop owner = ownerOf(channel);
    return owner == this ? super.register(channel) : owner.register(channel);
  }

  @Override
  public ChannelFuture register(ChannelPromise promise) {
    MosEventLoop owner = ownerOf(promise.channel());
    return owner == this ? super.register(promise) : owner.register(promise);
  }

  @Deprecated
  @Override
  public ChannelFuture register(Channel channel, ChannelPromise promise) {
    MosEventLoop owner = ownerOf(channel);
    return owner == this ? super.register(channel, promise) : owner.register(channel, promise);
  }

  /** Channels registered with the loop; exact on the loop's thread, approximate elsewhere. */
  @Override
  public int registeredChannels() {
    return ((MosIoHandler) ioHandler()).registered();
  }

  /** The channels registered with the loop at this moment. On the loop's thread. */
  @Override
  public Iterator<Channel> registeredChannelsIterator() {
    return ((MosIoHandler) ioHandler()).channels().iterator();
  }

  /** Ends the loop when Netty would and no connection is left half closed, or time is up. */
  @Override
  protected boolean confirmShutdown() {
    return super.confirmShutdown() && ((MosIoHandler) ioHandler()).drained(drainNanos);
  }
}
