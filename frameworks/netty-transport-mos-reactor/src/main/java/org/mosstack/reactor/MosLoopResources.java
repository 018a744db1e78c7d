package org.mosstack.reactor;

import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import java.time.Duration;
import org.mosstack.MosStack;
import org.mosstack.netty.IdleStrategy;
import org.mosstack.netty.Mos;
import org.mosstack.netty.MosEventLoopGroup;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.resources.LoopResources;

/**
 * Runs Reactor Netty's servers and clients over a {@link MosStack}: {@code
 * HttpServer.create().runOn(new MosLoopResources())}.
 *
 * <p>There is a loop for each of the stack's cores. Servers and clients share them: a client that
 * is used in a server's handler connects from the handler's own loop. TCP goes through the stack;
 * UDP, and with it DNS, stays with the kernel, by NIO, on the same loops. Reactor refuses to block
 * their threads.
 *
 * <p>A stack of the program's own belongs to this object from its construction on and ends with it:
 * {@link #disposeLater} closes connections in an orderly way, then the loops and the stack. It is
 * safe for use by any thread.
 */
public final class MosLoopResources implements LoopResources {
  private static final String DEFAULT_PREFIX = "reactor";

  static {
    Schedulers.registerNonBlockingThreadPredicate(MosEventLoopGroup::isSharedLoop);
  }

  /** The stack's, or Reactor's own where there is no stack. */
  private final LoopResources loops;

  /**
   * Uses the loops of the stack that the process shares ({@link MosStack#shared}), which any number
   * of these and of event loop groups have in common. With {@code -Dmos.fallback=true}, on a
   * machine where that stack can't start, it has loops of Reactor Netty's own kind instead, with
   * its own default sizes: the kernel serves as it would without this class.
   *
   * @throws org.mosstack.config.ConfigException if that stack can't be started, and the kernel may
   *     not replace it
   * @throws UnsatisfiedLinkError likewise, where the transport isn't available
   */
  public MosLoopResources() {
    loops =
        Mos.orKernel(MosEventLoopGroup::daemon)
            .<LoopResources>map(StackLoops::new)
            .orElseGet(() -> LoopResources.create(DEFAULT_PREFIX));
  }

  /**
   * Creates loops with {@link IdleStrategy#ADAPTIVE} on threads whose names begin with "reactor".
   *
   * @param stack started, and not yet given to a group
   * @throws IllegalStateException the stack has a group already, or a thread couldn't be pinned
   */
  public MosLoopResources(MosStack stack) {
    this(stack, DEFAULT_PREFIX, IdleStrategy.ADAPTIVE);
  }

  /**
   * Creates loops.
   *
   * @param stack started, and not yet given to a group
   * @param prefix of the threads' names
   * @param idleStrategy what loops do while there is nothing to do
   * @throws IllegalStateException the stack has a group already, or a thread couldn't be pinned
   */
  public MosLoopResources(MosStack stack, String prefix, IdleStrategy idleStrategy) {
    loops = new StackLoops(new MosEventLoopGroup(stack, LoopThread.factory(prefix), idleStrategy));
  }

  /** Returns true: the loops don't keep the process running. */
  @Override
  public boolean daemon() {
    return loops.daemon();
  }

  /**
   * Returns the loops.
   *
   * @param useNative without effect on the stack's: there is one kind of loop
   */
  @Override
  public EventLoopGroup onServer(boolean useNative) {
    return loops.onServer(useNative);
  }

  /**
   * Returns the loops for a server's own channel.
   *
   * @param useNative without effect on the stack's: there is one kind of loop
   */
  @Override
  public EventLoopGroup onServerSelect(boolean useNative) {
    return loops.onServerSelect(useNative);
  }

  /**
   * Returns the loops; a caller that runs on one of them gets that one.
   *
   * @param useNative without effect on the stack's: there is one kind of loop
   */
  @Override
  public EventLoopGroup onClient(boolean useNative) {
    return loops.onClient(useNative);
  }

  /**
   * Creates a channel: of the stack for TCP, of NIO for UDP.
   *
   * @throws IllegalArgumentException for any other type
   */
  @Override
  public <C extends Channel> C onChannel(Class<C> channelType, EventLoopGroup group) {
    return loops.onChannel(channelType, group);
  }

  /**
   * Returns the class of the channels that {@link #onChannel} creates.
   *
   * @throws IllegalArgumentException for any type other than TCP's and UDP's
   */
  @Override
  public <C extends Channel> Class<? extends C> onChannelClass(
      Class<C> channelType, EventLoopGroup group) {
    return loops.onChannelClass(channelType, group);
  }

  /**
   * Shuts down the loops and the stack, once subscribed to; the shared stack ends with the last who
   * uses it.
   *
   * @param quietPeriod how long there must have been no tasks before the loops end
   * @param timeout how long to wait for that; and how long TCP has for an orderly close of
   *     connections, 2 seconds if it is 0
   */
  @Override
  public Mono<Void> disposeLater(Duration quietPeriod, Duration timeout) {
    return loops.disposeLater(quietPeriod, timeout);
  }

  /** Returns whether the loops have begun to shut down. */
  @Override
  public boolean isDisposed() {
    return loops.isDisposed();
  }
}
