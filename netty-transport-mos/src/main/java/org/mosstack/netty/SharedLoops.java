package org.mosstack.netty;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.ThreadPerTaskExecutor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.mosstack.MosStack;
import org.mosstack.StackLease;

/**
 * The loops of the shared stack, one for each of its cores: they run from when the first {@link
 * MosEventLoopGroup} on that stack is made until the last one has terminated. Any thread.
 */
final class SharedLoops {
  private static final Executor THREADS =
      new ThreadPerTaskExecutor(new DefaultThreadFactory("mos-shared", true, Thread.MAX_PRIORITY));

  /** For the groups that aren't daemons. */
  static final ProcessHold HOLD = new ProcessHold();

  /** The loops that run; null without a group. Set by who has the class's lock. */
  private static final AtomicReference<SharedLoops> RUNNING = new AtomicReference<>();

  private final StackLease lease;
  private final MosIoHandlerFactory factory;
  private final List<MosEventLoop> loops = new ArrayList<>();

  /** The groups that are complete; read for each connection that arrives. */
  private final List<MosEventLoopGroup> complete = new CopyOnWriteArrayList<>();

  /** All groups, with those that are being made. Guarded by the class. */
  private int groups;

  private SharedLoops(StackLease lease) {
    this.lease = lease;
    factory = new MosIoHandlerFactory(lease.stack(), IdleStrategy.ADAPTIVE);
  }

  /**
   * Adds a group, whose end {@link #leave} tells.
   *
   * @throws org.mosstack.config.ConfigException if the stack can't be started
   */
  static synchronized SharedLoops join() {
    SharedLoops running = RUNNING.get();
    if (running == null) {
      running = start(StackLease.take());
      RUNNING.set(running);
    }
    running.groups++;
    return running;
  }

  private static SharedLoops start(StackLease lease) {
    try {
      SharedLoops started = new SharedLoops(lease);
      for (int i = 0; i < lease.stack().cores(); i++) {
        started.loops.add(new MosEventLoop(null, THREADS, started.factory, MosIoHandler.ANY_CORE));
      }
      MosEventLoop.startAll(started.loops);
      return started;
    } catch (Throwable t) {
      lease.close();
      throw t;
    }
  }

  /** Whether a thread is one of the running loops'. */
  static boolean isThread(Thread thread) {
    SharedLoops running = RUNNING.get();
    return running != null && running.loops.stream().anyMatch(l -> l.inEventLoop(thread));
  }

  MosStack stack() {
    return lease.stack();
  }

  MosIoHandlerFactory factory() {
    return factory;
  }

  /** A loop, by its number from 0: there are as many as the stack has cores. */
  MosEventLoop loop(int index) {
    return loops.get(index);
  }

  /** A loop's number; -1 if it isn't one of these. */
  int indexOf(Object loop) {
    return loops.indexOf(loop);
  }

  /** Says that a group has all of its parts. */
  void complete(MosEventLoopGroup group) {
    complete.add(group);
  }

  /** Whether a predicate names a group's part of a loop, which may be none of these. */
  static boolean isPartNamedBy(Predicate<EventLoop> predicate, EventLoop loop) {
    SharedLoops running = RUNNING.get();
    int index = running == null ? -1 : running.indexOf(loop);
    return index >= 0
        && running.complete.stream().anyMatch(group -> predicate.test(group.leasedLoop(index)));
  }

  /**
   * Says that a group has terminated. With the last one, the loops end.
   *
   * @param group which of them
   * @param drainNanos the longest time for connections to end in an orderly way, if the stack ends
   * @param done run when all of this has happened
   */
  void leave(MosEventLoopGroup group, long drainNanos, Runnable done) {
    complete.remove(group);
    synchronized (SharedLoops.class) {
      if (--groups > 0) {
        done.run();
        return;
      }
      RUNNING.set(null);
    }
    lease.close(); // first: then it is the last loop that ends the stack, on its own thread
    AtomicInteger left = new AtomicInteger(loops.size());
    for (MosEventLoop loop : loops) {
      loop.handler().drainLimit(drainNanos);
      loop.shutdownGracefully(0, 0, TimeUnit.NANOSECONDS)
          .addListener(
              _ -> {
                if (left.decrementAndGet() == 0) {
                  done.run();
                }
              });
    }
  }
}
