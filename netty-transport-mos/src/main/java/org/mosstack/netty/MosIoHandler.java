package org.mosstack.netty;

import io.netty.channel.Channel;
import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoRegistration;
import io.netty.channel.nio.NioIoHandle;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.ThreadAwareExecutor;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.mosstack.MosStack;
import org.mosstack.StackCore;

/**
 * Drives one core of a {@link MosStack} from an event loop: each run is one turn of the core.
 * {@link MosEventLoopGroup} creates it; the class is public for {@code isIoType(...)}.
 *
 * <p>A turn receives packets and calls the channels; what they write is sent at the turn's end, and
 * what tasks write after it at the end of the next one. After a turn that found nothing to do, the
 * loop waits according to {@link IdleStrategy}; {@link LoopParker} wakes the thread.
 */
public final class MosIoHandler implements IoHandler {
  private static final InternalLogger logger =
      InternalLoggerFactory.getInstance(MosIoHandler.class);

  /**
   * Divisor of the time since the last packet that gives the length of a sleep without a wake-up.
   */
  private static final int NAP_SHARE = 16;

  /** The longest sleep without a wake-up. */
  private static final long LONGEST_NAP_NANOS = TimeUnit.MICROSECONDS.toNanos(500);

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

  /** Longest wait for the last frames to leave, for devices that keep buffers of their own. */
  private static final long SETTLE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private final LoopTable loops;
  private final StackCore core;
  private final ThreadAwareExecutor executor;
  private final Promise<Void> started;
  private final LoopParker parker = new LoopParker();
  private final IdleSteps idle;

  // The fields below belong to the loop's thread.
  private MosRegistration registrations;
  private int registered;
  private NioDatagrams datagrams;
  private boolean failed;
  private boolean drained;
  private long drainUntilNanos;
  private long settleUntilNanos;

  MosIoHandler(
      LoopTable loops, StackCore core, ThreadAwareExecutor executor, Promise<Void> started) {
    this.loops = loops;
    this.core = core;
    this.executor = executor;
    this.started = started;
    // Loops that share a CPU would only keep each other, or their peers, from running.
    boolean ownCpu = loops.size() < Runtime.getRuntime().availableProcessors();
    idle = new IdleSteps(loops.idleStrategy() == IdleStrategy.BUSY, ownCpu);
  }

  StackCore core() {
    return core;
  }

  LoopTable loops() {
    return loops;
  }

  MosEventLoop loop() {
    return loops.loop(core.index());
  }

  /** Takes over the core: pins the thread to its CPU and binds the core's queues to it. */
  @Override
  public void initialize() {
    try {
      parker.attach();
      core.onArrival(parker::wakeup);
      core.onHandlerFailure(logger::warn);
      core.attach();
      loops.slowTurns().watch(core);
      started.trySuccess(null);
    } catch (Throwable t) {
      started.tryFailure(t);
      throw t;
    }
  }

  @Override
  public int run(IoHandlerContext context) {
    try {
      int work = core.poll();
      if (datagrams != null) {
        work += datagrams.poll();
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
      logger.error("Core {} ends, and its channels are closed", core.index(), e);
      for (MosRegistration registration : openRegistrations()) {
        registration.handle.close();
        registration.handle.closeNow(); // without lingering
      }
      throw e; // ends the loop
    }
  }

  private void handleFailure(Exception e) {
    logger.warn("Turn of core {} failed", core.index(), e);
    if (failed) { // Twice in a row: don't flood the log.
      parker.prepare();
      parker.park(FAILURE_PAUSE_NANOS);
      parker.finish();
    }
    failed = true;
  }

  private void waitForWork(IoHandlerContext context) {
    switch (idle.next(System.nanoTime())) {
      case SPIN -> Thread.onSpinWait();
      case YIELD -> Thread.yield();
      case SLEEP -> sleep(context);
    }
  }

  private void sleep(IoHandlerContext context) {
    core.flush();
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
    core.finishSleep();
  }

  private void sleepUnlessPacketsWait(IoHandlerContext context) {
    try {
      if (core.prepareSleep()) {
        long nanos = sleepNanos(context);
        if (nanos >= SHORTEST_SLEEP_NANOS) {
          if (datagrams != null && datagrams.canSleep(nanos)) {
            datagrams.sleep(context, nanos);
          } else {
            parker.park(nanos);
          }
          if (!parker.isSleeping()) {
            idle.reset(); // More may follow whatever woke the thread: spin again.
          }
        }
      }
    } finally {
      core.finishSleep();
    }
  }

  /**
   * Longest sleep when devices can't wake the loop: the longer nothing has arrived, the longer the
   * next packet may have to wait.
   */
  private long napNanos(long now) {
    long shortest = core.maxSleepNanos();
    return shortest >= LONGEST_NAP_NANOS
        ? shortest
        : Math.clamp((now - idle.sinceNanos()) / NAP_SHARE, shortest, LONGEST_NAP_NANOS);
  }

  private long sleepNanos(IoHandlerContext context) {
    long now = System.nanoTime();
    long nanos = Math.min(context.delayNanos(now), napNanos(now));
    long deadline = core.nextDeadlineNanos();
    if (deadline != Long.MAX_VALUE) {
      nanos = Math.min(nanos, deadline - core.clock().nanoTime());
    }
    return idle.isShuttingDown() ? Math.min(nanos, DRAIN_SLICE_NANOS) : nanos;
  }

  @Override
  public void wakeup() {
    parker.wakeup();
  }

  /** Closes the loop's channels, and gives TCP a moment to send and await their FINs. */
  @Override
  public void prepareToDestroy() {
    idle.shutDown();
    loops.slowTurns().leave(core);
    for (MosRegistration registration : openRegistrations()) {
      registration.handle.close();
    }
    if (datagrams != null) {
      datagrams.closeChannels();
    }
    core.flush();
    long until = System.nanoTime() + DRAIN_SLICE_NANOS;
    while (core.connections() > 0 && System.nanoTime() - until < 0) {
      if (core.poll() == 0) {
        LockSupport.parkNanos(DRAIN_NAP_NANOS); // not a yield: see IdleSteps
      }
    }
  }

  /**
   * Whether the loop may end: all connections, its own and the other loops', have been closed in an
   * orderly way, or the time for that has run out.
   */
  boolean drained(long limitNanos) {
    long now = System.nanoTime();
    if (drainUntilNanos == 0) {
      drainUntilNanos = now + limitNanos | 1; // 0 means not set
    }
    if (!drained && ownAreClosed(now)) {
      setDrained();
    }
    // Other loops that run into the limit still have resets to send.
    return drained && (loops.allDrained() || now - drainUntilNanos >= 2 * SETTLE_NANOS);
  }

  private void setDrained() {
    drained = true;
    loops.drained();
  }

  private boolean ownAreClosed(long now) {
    boolean datagramsAreClosed = datagrams == null || datagrams.isEmpty();
    if (core.connections() == 0 && registrations == null && datagramsAreClosed) {
      return lastFramesAreGone(now);
    }
    if (now - drainUntilNanos < 0) {
      return false;
    }
    List<MosRegistration> lingering = openRegistrations();
    lingering.forEach(registration -> registration.handle.closeNow());
    return lingering.isEmpty();
  }

  /**
   * Whether the devices have sent what they were given, such as the ACK of a peer's FIN: closing a
   * core discards its frames.
   */
  private boolean lastFramesAreGone(long now) {
    if (core.buffersInUse() == 0) {
      return true;
    }
    if (settleUntilNanos == 0) {
      settleUntilNanos = now + SETTLE_NANOS | 1; // 0 means not set
    }
    return now - settleUntilNanos >= 0;
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

  /** Resets what is left and releases the core; the last loop closes the stack. */
  @Override
  public void destroy() {
    loops.slowTurns().leave(core);
    try {
      core.close();
    } catch (RuntimeException e) {
      logger.warn("Closing core {} failed", core.index(), e);
    } finally {
      if (datagrams != null) {
        datagrams.destroy();
      }
      if (!drained) {
        setDrained();
      }
      loops.terminated();
    }
  }

  @Override
  public IoRegistration register(IoHandle handle) throws Exception {
    if (NioDatagrams.isDatagram(handle)) {
      if (datagrams == null) {
        datagrams = new NioDatagrams(executor, parker, this::finishSleep);
      }
      return datagrams.register(handle);
    }
    if (!(handle instanceof MosIoHandle mosHandle)) {
      throw new IllegalArgumentException(
          "not a channel of this transport: " + handle.getClass().getName());
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

  /** True for this transport's channels and for NIO's, of which only datagram channels register. */
  @Override
  public boolean isCompatible(Class<? extends IoHandle> handleType) {
    return MosIoHandle.class.isAssignableFrom(handleType)
        || NioIoHandle.class.isAssignableFrom(handleType);
  }
}
