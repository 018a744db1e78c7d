package org.mosstack.netty;

import io.netty.channel.IoEventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.mosstack.MosStack;

/**
 * The event loops of a {@link MosStack}: one for each of its cores, on a thread of its own, which
 * is bound to the core's CPU where the configuration chooses CPUs. All loops start at once, since
 * packets may arrive on any core. {@link MosIoHandler#newFactory} makes groups of Netty's own do
 * the same.
 *
 * <p>{@link #MosEventLoopGroup()} makes a group on the stack that the process shares, which any
 * number of groups can be on. A stack of the program's own belongs to one group, and ends with it:
 * when the group has terminated, the stack is closed. Such groups can coexist in one process, each
 * with its own stack.
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

  /** The loops of which this group has a part; null if it has loops of its own. */
  private final SharedLoops shared;

  /** Whether the process may end before a group on the shared stack does. */
  private final boolean daemon;

  /** The parts, by the loops' numbers; empty if it has loops of its own. */
  private final List<LeasedLoop> leased = new ArrayList<>();

  /** Loops of the shared ones that aren't shut down yet. */
  private final AtomicInteger running = new AtomicInteger();

  private volatile long drainNanos = MosIoHandler.DEFAULT_DRAIN_NANOS;

  /**
   * A group on the stack that the process shares ({@link MosStack#shared}), which is started if
   * need be. Any number of groups can be on it: they have its loops in common, and each its own
   * channels and tasks, which end when it is shut down. With the last group's end, the loops end;
   * and the stack, if nobody has a lease.
   *
   * @throws org.mosstack.config.ConfigException if the stack can't be started
   * @throws IllegalStateException if a thread can't be created
   * @throws UnsatisfiedLinkError if the transport isn't {@linkplain Mos#isAvailable() available}
   */
  public MosEventLoopGroup() {
    this(false);
  }

  private MosEventLoopGroup(boolean daemon) {
    Mos.ensureAvailability();
    this(SharedLoops.join(), daemon);
  }

  /**
   * A group on the stack that the process shares, as {@link #MosEventLoopGroup()} makes one, that
   * doesn't keep the process running. For libraries whose own threads are daemons: the peers of its
   * connections aren't told if the process ends then, as nobody is left to do it.
   *
   * @throws org.mosstack.config.ConfigException if the stack can't be started
   * @throws IllegalStateException if a thread can't be created
   * @throws UnsatisfiedLinkError if the transport isn't {@linkplain Mos#isAvailable() available}
   */
  public static MosEventLoopGroup daemon() {
    return new MosEventLoopGroup(true);
  }

  /**
   * Whether a thread drives a core of the stack that the process shares. For libraries that know
   * threads that mustn't be blocked, as Reactor does. It may be called by any thread.
   *
   * @return false, too, for a loop of a stack of the program's own
   */
  public static boolean isSharedLoop(Thread thread) {
    return SharedLoops.isThread(thread);
  }

  private MosEventLoopGroup(SharedLoops loops, boolean daemon) {
    super(loops.stack().cores(), (Executor) null, loops.factory(), new AtomicInteger(), loops);
    shared = loops;
    this.daemon = daemon;
    if (!daemon) {
      SharedLoops.HOLD.take();
    }
    running.set(executorCount());
    forEach(loop -> leased.add((LeasedLoop) loop));
    loops.complete(this);
  }

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
   * @throws IllegalArgumentException if it is the {@linkplain MosStack#shared() shared} stack
   */
  public MosEventLoopGroup(MosStack stack, ThreadFactory threadFactory, IdleStrategy idleStrategy) {
    Mos.ensureAvailability();
    if (stack.isShared()) {
      throw new IllegalArgumentException(
          "The shared stack has loops that all groups have in common: new MosEventLoopGroup()");
    }
    MosIoHandlerFactory factory = new MosIoHandlerFactory(stack, idleStrategy);
    stack.reserve();
    super(stack.cores(), threadFactory, factory, new AtomicInteger());
    shared = null;
    daemon = false;
    List<MosEventLoop> loops = new ArrayList<>();
    forEach(loop -> loops.add((MosEventLoop) loop));
    MosEventLoop.startAll(loops);
  }

  @Override
  protected IoEventLoop newChild(
      Executor executor, IoHandlerFactory ioHandlerFactory, Object... args) {
    int core = ((AtomicInteger) args[0]).getAndIncrement();
    return args.length > 1
        ? new LeasedLoop(this, (SharedLoops) args[1], core, this::shutDown)
        : new MosEventLoop(this, executor, (MosIoHandlerFactory) ioHandlerFactory, core);
  }

  /** This group's part of one of the shared loops, by its number. */
  LeasedLoop leasedLoop(int index) {
    return leased.get(index);
  }

  /** One of the shared loops has no channels and tasks of this group any more. */
  private void shutDown(LeasedLoop loop) {
    if (running.decrementAndGet() == 0) {
      shared.leave(this, drainNanos, () -> left(loop));
    } else {
      loop.terminated();
    }
  }

  private void left(LeasedLoop last) {
    if (!daemon) {
      SharedLoops.HOLD.release();
    }
    last.terminated();
  }

  private void drainLimit(long nanos) {
    drainNanos = nanos;
    for (EventExecutor executor : this) {
      if (executor instanceof LeasedLoop leased) {
        leased.drainLimit(nanos);
      } else {
        ((MosEventLoop) executor).handler().drainLimit(nanos);
      }
    }
  }

  /** Shuts down with Netty's default quiet period and timeout, and 2 seconds to drain TCP. */
  @Override
  public Future<?> shutdownGracefully() {
    drainLimit(MosIoHandler.DEFAULT_DRAIN_NANOS);
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
    drainLimit(limit);
    return super.shutdownGracefully(quietPeriod, timeout, unit);
  }
}
