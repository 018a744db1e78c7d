package org.mosstack.netty;

import io.netty.channel.AbstractEventLoop;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoOps;
import io.netty.channel.IoRegistration;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.ScheduledFuture;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/**
 * A loop of the shared stack's as one of the groups on that stack has it: its thread and its core
 * are everybody's, its channels and tasks are the group's. When the group is shut down, they end,
 * and the loop goes on for the others.
 */
final class LeasedLoop extends AbstractEventLoop implements IoEventLoop {
  private static final InternalLogger logger = InternalLoggerFactory.getInstance(LeasedLoop.class);

  /** How often a loop that is shutting down looks whether it may end. */
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private enum State {
    RUNNING,
    SHUTTING_DOWN,
    SHUT_DOWN
  }

  private final SharedLoops loops;
  private final MosEventLoop loop;
  private final Consumer<LeasedLoop> whenShutDown;
  private final AtomicReference<State> state = new AtomicReference<>(State.RUNNING);
  private final Promise<Void> terminated = GlobalEventExecutor.INSTANCE.newPromise();
  private final Set<Future<?>> scheduled = ConcurrentHashMap.newKeySet();
  private volatile long drainNanos = MosIoHandler.DEFAULT_DRAIN_NANOS;
  private volatile long lastTaskNanos;

  // The shutdown's, written before it begins.
  private long quietNanos;
  private long timeoutNanos;
  private long beginNanos;

  /** The loop's. */
  private final Set<Leased> registrations = Collections.newSetFromMap(new IdentityHashMap<>());

  /**
   * A group's part of a loop.
   *
   * @param whenShutDown called on the loop, once there are no channels and tasks any more
   */
  LeasedLoop(
      MosEventLoopGroup group, SharedLoops loops, int index, Consumer<LeasedLoop> whenShutDown) {
    super(group);
    this.loops = loops;
    this.loop = loops.loop(index);
    this.whenShutDown = whenShutDown;
  }

  /** The loop whose thread a loop's tasks run on: itself, unless it is a group's part of one. */
  static EventLoop underlying(EventLoop loop) {
    return loop instanceof LeasedLoop leased ? leased.loop : loop;
  }

  /** The same group's part of another loop of the shared stack's; null if it is none. */
  LeasedLoop sibling(EventLoop other) {
    int index = loops.indexOf(other);
    return index < 0 ? null : ((MosEventLoopGroup) parent()).leasedLoop(index);
  }

  /** Sets how long a shutdown waits for an orderly close of its channels. Any thread. */
  void drainLimit(long nanos) {
    drainNanos = nanos;
  }

  @Override
  public IoEventLoop next() {
    return this;
  }

  // ---- Channels ----

  /** A handle's registration, as long as it is this group's. */
  private final class Leased implements IoRegistration {
    private final IoHandle handle;
    private final IoRegistration registration;

    Leased(IoHandle handle, IoRegistration registration) {
      this.handle = handle;
      this.registration = registration;
    }

    @Override
    public <T> T attachment() {
      return registration.attachment();
    }

    @Override
    public long submit(IoOps ops) {
      return registration.submit(ops);
    }

    @Override
    public boolean isValid() {
      return registration.isValid();
    }

    @Override
    public boolean cancel() {
      if (!registration.cancel()) {
        return false;
      }
      if (inEventLoop()) {
        registrations.remove(this);
      } else {
        loop.execute(() -> registrations.remove(this));
      }
      return true;
    }
  }

  @Override
  public Future<IoRegistration> register(IoHandle handle) {
    if (isShutdown()) {
      return newFailedFuture(rejection());
    }
    Promise<IoRegistration> promise = newPromise();
    loop.register(handle)
        .addListener(
            made -> {
              if (made.isSuccess()) {
                Leased leased = new Leased(handle, (IoRegistration) made.getNow());
                registrations.add(leased);
                promise.setSuccess(leased);
                if (isShutdown()) { // meanwhile: nobody looks for it any more
                  close(handle);
                }
              } else {
                promise.setFailure(made.cause());
              }
            });
    return promise;
  }

  @SuppressWarnings("deprecation") // in IoEventLoopGroup only
  @Override
  public ChannelFuture register(Channel channel) {
    return register(new DefaultChannelPromise(channel, MosEventLoop.ownerOf(channel, this)));
  }

  @SuppressWarnings("deprecation") // in IoEventLoopGroup only
  @Override
  public ChannelFuture register(ChannelPromise promise) {
    EventLoop owner = MosEventLoop.ownerOf(promise.channel(), this);
    return owner == this ? registerHere(promise.channel(), promise) : owner.register(promise);
  }

  @Deprecated
  @Override
  public ChannelFuture register(Channel channel, ChannelPromise promise) {
    EventLoop owner = MosEventLoop.ownerOf(channel, this);
    return owner == this ? registerHere(channel, promise) : owner.register(channel, promise);
  }

  private ChannelFuture registerHere(Channel channel, ChannelPromise promise) {
    if (!MosEventLoop.canServe(this, channel)) {
      return MosEventLoop.refuse(promise);
    }
    channel.unsafe().register(this, promise);
    return promise;
  }

  @Override
  public boolean isCompatible(Class<? extends IoHandle> handleType) {
    return loop.isCompatible(handleType);
  }

  @Override
  public boolean isIoType(Class<? extends IoHandler> handlerType) {
    return loop.isIoType(handlerType);
  }

  // ---- Tasks ----

  @Override
  public boolean inEventLoop(Thread thread) {
    return loop.inEventLoop(thread);
  }

  @Override
  public void execute(Runnable task) {
    State now = state.get();
    if (now != State.RUNNING) {
      if (now == State.SHUT_DOWN) {
        throw rejection();
      }
      lastTaskNanos = System.nanoTime();
    }
    loop.execute(task);
  }

  private static RejectedExecutionException rejection() {
    return new RejectedExecutionException("event executor terminated");
  }

  private <F extends ScheduledFuture<?>> F track(F future) {
    if (!future.isDone()) {
      scheduled.add(future);
      future.addListener(scheduled::remove);
      if (isShutdown()) {
        future.cancel(false);
      }
    }
    return future;
  }

  private void refuseIfShutdown() {
    if (isShutdown()) {
      throw rejection();
    }
  }

  @Override
  public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
    refuseIfShutdown();
    return track(loop.schedule(task, delay, unit));
  }

  @Override
  public <V> ScheduledFuture<V> schedule(Callable<V> task, long delay, TimeUnit unit) {
    refuseIfShutdown();
    return track(loop.schedule(task, delay, unit));
  }

  @Override
  public ScheduledFuture<?> scheduleAtFixedRate(
      Runnable task, long initialDelay, long period, TimeUnit unit) {
    refuseIfShutdown();
    return track(loop.scheduleAtFixedRate(task, initialDelay, period, unit));
  }

  @Override
  public ScheduledFuture<?> scheduleWithFixedDelay(
      Runnable task, long initialDelay, long delay, TimeUnit unit) {
    refuseIfShutdown();
    return track(loop.scheduleWithFixedDelay(task, initialDelay, delay, unit));
  }

  // ---- Shutdown ----

  @Override
  public Future<?> shutdownGracefully(long quietPeriod, long timeout, TimeUnit unit) {
    if (state.get() == State.RUNNING) {
      begin(unit.toNanos(quietPeriod), unit.toNanos(timeout));
    }
    return terminationFuture();
  }

  private synchronized void begin(long quiet, long timeout) {
    if (state.get() != State.RUNNING) {
      return;
    }
    quietNanos = quiet;
    timeoutNanos = timeout;
    beginNanos = System.nanoTime();
    lastTaskNanos = beginNanos;
    state.set(State.SHUTTING_DOWN);
    loop.execute(this::look);
  }

  /** Closes what there is, and ends when nothing is left. On the loop. */
  private void look() {
    for (Leased leased : List.copyOf(registrations)) {
      close(leased.handle);
    }
    long now = System.nanoTime();
    if (now - beginNanos >= drainNanos) {
      for (Leased leased : List.copyOf(registrations)) {
        closeNow(leased.handle);
      }
      registrations.clear();
    }
    boolean quiet = now - lastTaskNanos >= quietNanos || now - beginNanos >= timeoutNanos;
    if (quiet && registrations.isEmpty()) {
      state.set(State.SHUT_DOWN);
      scheduled.forEach(future -> future.cancel(false));
      whenShutDown.accept(this);
    } else {
      loop.schedule(this::look, LOOK_NANOS, TimeUnit.NANOSECONDS);
    }
  }

  private static void close(IoHandle handle) {
    try {
      handle.close();
    } catch (Exception e) {
      logger.warn("A channel failed to close", e);
    }
  }

  private static void closeNow(IoHandle handle) {
    if (handle instanceof MosIoHandle ours) {
      ours.closeNow(); // without lingering
    }
  }

  /** Called when this is all; for a group's last one, when the group has left the loops. */
  void terminated() {
    terminated.setSuccess(null);
  }

  @Override
  public boolean isShuttingDown() {
    return state.get() != State.RUNNING;
  }

  @Override
  public boolean isShutdown() {
    return state.get() == State.SHUT_DOWN;
  }

  @Override
  public boolean isTerminated() {
    return terminated.isDone();
  }

  @Override
  public Future<?> terminationFuture() {
    return terminated;
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
    return terminated.await(timeout, unit);
  }

  @Deprecated
  @Override
  public void shutdown() {
    shutdownGracefully(0, 0, TimeUnit.NANOSECONDS);
  }
}
