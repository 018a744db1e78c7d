package org.mosstack.netty;

import io.netty.channel.Channel;
import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoRegistration;
import io.netty.channel.nio.NioIoHandle;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.SingleThreadEventExecutor;
import io.netty.util.concurrent.ThreadAwareExecutor;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.mosstack.CoreParker;
import org.mosstack.IdleSteps;
import org.mosstack.MosStack;
import org.mosstack.StackCore;

/**
 * Drives one core of a {@link MosStack} from an event loop: each run is one turn of the core.
 * {@link #newFactory} makes it for any of Netty's own loops, {@link MosEventLoopGroup} for its own.
 *
 * <p>A turn receives packets and calls the channels; what they write is sent at the turn's end, and
 * what tasks write after it at the end of the next one. After a turn that found nothing to do, the
 * loop waits according to {@link IdleStrategy}; {@link CoreParker} wakes the thread.
 */
public final class MosIoHandler implements IoHandler {
  private static final InternalLogger logger =
      InternalLoggerFactory.getInstance(MosIoHandler.class);

  /** In place of a core's index: the first that nobody has. */
  static final int ANY_CORE = -1;

  /** Time to close connections in an orderly way, if the shutdown specifies none. */
  static final long DEFAULT_DRAIN_NANOS = TimeUnit.SECONDS.toNanos(2);

  /** A sleep shorter than this costs more than it saves. */
  private static final long SHORTEST_SLEEP_NANOS = TimeUnit.MICROSECONDS.toNanos(5);

  /** The pause after a second consecutive failed turn. */
  private static final long FAILURE_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /**
   * Duration of a run of shutdown turns; the loop's tasks and Netty's 100 ms naps come between
   * runs.
   */
  private static final long DRAIN_SLICE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

  /** Pause between two turns of such a run when there is nothing to do. */
  private static final long DRAIN_NAP_NANOS = TimeUnit.MICROSECONDS.toNanos(50);

  private final MosIoHandlerFactory factory;
  private final MosStack stack;
  private final int wantedCore;
  private final ThreadAwareExecutor executor;
  private final Promise<Void> started;
  private final CoreParker parker = new CoreParker();
  private final CoreLoop loop;
  private final IdleSteps idle;
  private volatile long drainNanos = DEFAULT_DRAIN_NANOS;

  // The fields below belong to the loop's thread.
  private StackCore core;
  private MosRegistration registrations;
  private int registered;
  private NioChannels nio;
  private boolean failed;
  private boolean lingered;

  /**
   * A handler for a loop that hasn't started.
   *
   * @param wantedCore the core that is kept for it, or {@link #ANY_CORE}
   * @param started see {@link MosIoHandlerFactory#newHandler}; may be null
   */
  MosIoHandler(
      MosIoHandlerFactory factory,
      ThreadAwareExecutor executor,
      int wantedCore,
      Promise<Void> started) {
    this.factory = factory;
    this.executor = executor;
    this.wantedCore = wantedCore;
    this.started = started;
    stack = factory.stack();
    loop = new CoreLoop(stack, executor, this);
    // Loops that share a CPU would only keep each other, or their peers, from running.
    boolean ownCpu = stack.cores() < Runtime.getRuntime().availableProcessors();
    idle = new IdleSteps(factory.idleStrategy() == IdleStrategy.BUSY, ownCpu);
  }

  /**
   * Makes {@link IdleStrategy#ADAPTIVE} loops of Netty's own drive the stack that the process
   * shares ({@link MosStack#shared}), which then goes on until it is closed or the process ends.
   *
   * @see #newFactory(MosStack, IdleStrategy)
   */
  public static IoHandlerFactory newFactory() {
    Mos.ensureAvailability();
    return newFactory(MosStack.shared());
  }

  /**
   * Makes {@link IdleStrategy#ADAPTIVE} loops of Netty's own drive the stack: {@code new
   * MultiThreadIoEventLoopGroup(MosIoHandler.newFactory(stack))}.
   *
   * @see #newFactory(MosStack, IdleStrategy)
   */
  public static IoHandlerFactory newFactory(MosStack stack) {
    return newFactory(stack, IdleStrategy.ADAPTIVE);
  }

  /**
   * Makes loops of Netty's own drive the stack: in a group of any size, with any thread factory or
   * executor, and in several groups at once.
   *
   * <p>A loop claims a core when it starts, which Netty's do with their first task. New connections
   * go to cores that have a loop. A loop that finds no core left serves channels all the same,
   * whose connections are on other loops' cores. A loop that ends closes its channels, and leaves
   * its core to a loop that has none or to a thread of the stack's; when the last loop of all
   * groups has ended, the stack is closed, after 2 seconds at most for TCP to send what was
   * written, and the FINs, and to have them acknowledged. Cores that have threads of their own
   * ({@code cores = separate}) aren't claimed, and their stack isn't closed.
   *
   * @param stack started
   * @param idleStrategy what loops do while there is nothing to do
   * @throws UnsatisfiedLinkError if the transport isn't {@linkplain Mos#isAvailable() available}
   */
  public static IoHandlerFactory newFactory(MosStack stack, IdleStrategy idleStrategy) {
    Mos.ensureAvailability();
    return new MosIoHandlerFactory(stack, idleStrategy);
  }

  /** The loop, with its core. */
  CoreLoop loop() {
    return loop;
  }

  /** Sets how long a shutdown waits for an orderly close of its connections. Any thread. */
  void drainLimit(long nanos) {
    drainNanos = nanos;
  }

  /** Claims a core: pins the thread to its CPU and binds the core's queues to it. */
  @Override
  public void initialize() {
    try {
      parker.attach();
      if (executor instanceof SingleThreadEventExecutor ending) {
        // Without a quiet period, Netty's loops may end without calling prepareToDestroy.
        ending.addShutdownHook(this::prepareToDestroy);
      }
      claim();
      if (started != null) {
        started.trySuccess(null);
      }
    } catch (Throwable t) {
      if (started != null) {
        started.tryFailure(t);
      }
      throw t;
    }
  }

  private void claim() {
    StackCore claimed = wantedCore == ANY_CORE ? stack.claim(loop) : stack.claim(wantedCore, loop);
    if (claimed == null) {
      factory.noCoreLeft();
      return;
    }
    claimed.onArrival(parker::wakeup);
    claimed.onHandlerFailure(logger::warn);
    claimed.attach();
    core = claimed;
    loop.core(claimed);
    factory.slowTurns().watch(claimed);
  }

  /** Called for a loop that will never run, having got no thread. Any thread. */
  void neverRuns() {
    if (wantedCore != ANY_CORE) {
      stack.forgo(wantedCore);
    }
  }

  @Override
  public int run(IoHandlerContext context) {
    if (core == null && loop.takeChance()) {
      claim();
    }
    try {
      int work = core == null ? 0 : core.poll();
      if (nio != null) {
        work += nio.poll();
      }
      failed = false;
      if (work > 0 || !context.canBlock()) {
        idle.reset();
      } else {
        waitForWork(context);
      }
      return work;
    } catch (Exception e) {
      handleFailure(e);
      return 0;
    } catch (Error e) { // e.g. corrupt packet buffers
      logger.error("{} ends, and its channels are closed", name(), e);
      for (MosRegistration registration : openRegistrations()) {
        registration.handle.close();
        registration.handle.closeNow(); // without lingering
      }
      throw e; // ends the loop
    }
  }

  private void handleFailure(Exception e) {
    logger.warn("A turn of {} failed", name(), e);
    if (failed) { // Twice in a row: don't flood the log.
      parker.prepare();
      parker.park(FAILURE_PAUSE_NANOS);
      parker.finish();
    }
    failed = true;
  }

  private String name() {
    return core == null ? "a loop without a core" : "core " + core.index();
  }

  private void waitForWork(IoHandlerContext context) {
    switch (idle.next(System.nanoTime())) {
      case SPIN -> Thread.onSpinWait();
      case YIELD -> Thread.yield();
      case SLEEP -> sleep(context);
    }
  }

  private void sleep(IoHandlerContext context) {
    if (core != null) {
      core.flush();
    }
    parker.prepare();
    try {
      if (context.canBlock()) {
        sleepUnlessPacketsWait(context);
      }
    } finally {
      parker.finish();
    }
  }

  private void finishSleep() {
    parker.finish();
    if (core != null) {
      core.finishSleep();
    }
  }

  private void sleepUnlessPacketsWait(IoHandlerContext context) {
    if (core == null) {
      park(context);
      return;
    }
    try {
      if (core.prepareSleep()) {
        park(context);
      }
    } finally {
      core.finishSleep();
    }
  }

  private void park(IoHandlerContext context) {
    long nanos = sleepNanos(context);
    if (nanos < SHORTEST_SLEEP_NANOS) {
      return;
    }
    if (nio != null && nio.canSleep(nanos)) {
      nio.sleep(context, nanos);
    } else {
      parker.park(nanos);
    }
    if (!parker.isSleeping()) {
      idle.reset(); // More may follow whatever woke the thread: spin again.
    }
  }

  private long sleepNanos(IoHandlerContext context) {
    long now = System.nanoTime();
    long nanos = context.delayNanos(now);
    if (core != null) {
      nanos = Math.min(nanos, core.sleepNanos(now - idle.sinceNanos()));
    }
    return idle.isShuttingDown() ? Math.min(nanos, DRAIN_SLICE_NANOS) : nanos;
  }

  @Override
  public void wakeup() {
    parker.wakeup();
  }

  /** Closes the loop's channels; their connections end in the background. */
  @Override
  public void prepareToDestroy() {
    idle.shutDown();
    if (core != null) {
      factory.slowTurns().leave(core);
    }
    for (MosRegistration registration : openRegistrations()) {
      registration.handle.close();
    }
    if (nio != null) {
      nio.closeChannels();
    }
    if (core == null) {
      return;
    }
    core.flush();
    if (!lingered) {
      lingered = true;
      pollWhile(() -> registrations != null, drainNanos);
      openRegistrations().forEach(registration -> registration.handle.closeNow());
    }
    pollWhile(() -> core.connections() > 0, DRAIN_SLICE_NANOS);
  }

  private void pollWhile(BooleanSupplier condition, long limitNanos) {
    long start = System.nanoTime();
    while (condition.getAsBoolean() && System.nanoTime() - start < limitNanos) {
      if (core.poll() == 0) {
        LockSupport.parkNanos(DRAIN_NAP_NANOS); // not a yield: see IdleSteps
      }
    }
  }

  private List<MosRegistration> openRegistrations() {
    List<MosRegistration> open = new ArrayList<>();
    for (MosRegistration r = registrations; r != null; r = r.next) {
      open.add(r);
    }
    return open;
  }

  /** How many channels are registered. */
  int registered() {
    return registered;
  }

  /** The registered channels, as an unmodifiable list. */
  List<Channel> channels() {
    return openRegistrations().stream().map(registration -> registration.handle.channel()).toList();
  }

  /** Leaves the core to others; the last loop closes the stack. */
  @Override
  public void destroy() {
    try {
      if (!idle.isShuttingDown()) {
        prepareToDestroy();
      }
      if (nio != null) {
        nio.destroy();
      }
    } finally {
      stack.release(loop, drainNanos);
    }
  }

  @Override
  public IoRegistration register(IoHandle handle) throws Exception {
    if (handle instanceof NioIoHandle nioHandle) {
      return registerNio(nioHandle);
    }
    if (!(handle instanceof MosIoHandle mosHandle)) {
      throw new IllegalArgumentException(
          "a loop of the mos transport serves its own channels and NIO's, not "
              + handle.getClass().getName());
    }
    MosRegistration registration = new MosRegistration(this, mosHandle);
    registration.next = registrations;
    if (registrations != null) {
      registrations.previous = registration;
    }
    registrations = registration;
    registered++;
    handle.registered();
    return registration;
  }

  private IoRegistration registerNio(NioIoHandle handle) throws Exception {
    if (nio == null) {
      nio = new NioChannels(executor, parker, this::finishSleep);
    }
    if (NioChannels.isTcp(handle) && !KernelSocket.isRegistering()) {
      factory.kernelSocket();
    }
    return nio.register(handle);
  }

  /** Removes a registration from the list; called by {@link MosRegistration#cancel()}. */
  void cancelled(MosRegistration registration) {
    if (executor.isExecutorThread(Thread.currentThread())) {
      unlink(registration);
    } else {
      executor.execute(() -> unlink(registration));
    }
  }

  private void unlink(MosRegistration registration) {
    if (registration.previous == null) {
      registrations = registration.next;
    } else {
      registration.previous.next = registration.next;
    }
    if (registration.next != null) {
      registration.next.previous = registration.previous;
    }
    registered--;
    registration.handle.unregistered();
  }

  /** True for this transport's channels, and for NIO's, which are the kernel's here, too. */
  @Override
  public boolean isCompatible(Class<? extends IoHandle> handleType) {
    return MosIoHandle.class.isAssignableFrom(handleType)
        || NioIoHandle.class.isAssignableFrom(handleType);
  }
}
