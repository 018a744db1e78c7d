package org.mosstack.netty;

import io.netty.channel.EventLoop;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.util.concurrent.ThreadAwareExecutor;
import java.util.function.Predicate;
import org.mosstack.CoreDriver;
import org.mosstack.MosStack;
import org.mosstack.StackCore;

/**
 * A loop of this transport as its channels see it: with the core that it drives. Any thread, unless
 * stated otherwise.
 */
final class CoreLoop implements CoreDriver {
  private final MosStack stack;
  private final ThreadAwareExecutor executor;
  private final MosIoHandler handler;
  private volatile StackCore core;
  private volatile boolean mayClaim;

  /** A loop without a core. */
  CoreLoop(MosStack stack, ThreadAwareExecutor executor, MosIoHandler handler) {
    this.stack = stack;
    this.executor = executor;
    this.handler = handler;
  }

  /** The loop that a registration was made with; null if it isn't one of this transport's. */
  static CoreLoop of(IoRegistration registration) {
    MosIoHandler handler = registration == null ? null : registration.attachment();
    return handler == null ? null : handler.loop();
  }

  /**
   * The loop to put a connection of this loop's core on, if a channel is given to one: this one, as
   * the group of the given one has it.
   *
   * @return null if that group doesn't have this loop
   */
  EventLoop meantBy(EventLoop given) {
    if (given instanceof LeasedLoop leased) {
      return leased.sibling(loop());
    }
    boolean meant = given == loop() || given.parent() != null && given.parent() == loop().parent();
    return meant ? loop() : null;
  }

  /** Whether a predicate names this loop, or what a group on the shared stack has of it. */
  boolean isNamedBy(Predicate<EventLoop> predicate) {
    return predicate.test(loop()) || SharedLoops.isPartNamedBy(predicate, loop());
  }

  /** The loop that drives a core; null if the core has none of this transport's at the moment. */
  static CoreLoop of(StackCore core) {
    return core.driver() instanceof CoreLoop loop ? loop : null;
  }

  MosStack stack() {
    return stack;
  }

  MosIoHandler handler() {
    return handler;
  }

  /** The core that the loop drives, or has driven; null if it never had one. */
  StackCore core() {
    return core;
  }

  /** Gives the loop its core, for good. On the loop. */
  void core(StackCore core) {
    this.core = core;
  }

  /** The loop as Netty sees it. */
  IoEventLoop loop() {
    return (IoEventLoop) executor;
  }

  boolean inLoop() {
    return executor.isExecutorThread(Thread.currentThread());
  }

  @Override
  public void coreFreed() {
    mayClaim = true;
    handler.wakeup();
  }

  /** Whether a core has become free since the last call. On the loop. */
  boolean takeChance() {
    boolean chance = mayClaim;
    mayClaim = false;
    return chance;
  }
}
