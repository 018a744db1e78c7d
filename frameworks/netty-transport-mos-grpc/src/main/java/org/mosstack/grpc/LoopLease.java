package org.mosstack.grpc;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.mosstack.netty.MosEventLoopGroup;

/**
 * A server's or a channel's loops: gRPC doesn't shut down those that it is given, so this does,
 * once there are no connections any more. Any thread.
 */
final class LoopLease {
  /** What TCP has, if the stack ends with these loops, to send what was written. */
  private static final long DRAIN_SECONDS = 5;

  /** Returns when a server or a channel has terminated. */
  @FunctionalInterface
  interface Termination {
    /** Waits for it. */
    void await() throws InterruptedException;
  }

  private final MosEventLoopGroup loops;
  private final AtomicBoolean ending = new AtomicBoolean();

  /** A lease of these loops, which end with it. */
  LoopLease(MosEventLoopGroup loops) {
    this.loops = loops;
  }

  /** Returns what is made for these loops; if that fails, they end. */
  <T> T orEnd(Supplier<T> maker) {
    try {
      return maker.get();
    } catch (Throwable t) {
      end();
      throw t;
    }
  }

  /**
   * Ends the loops after their user, which is shutting down. gRPC tells nobody when that is done,
   * but lets a thread wait for it: that is a virtual one, the first time that this is called.
   */
  void endAfter(Termination user) {
    if (ending.compareAndSet(false, true)) {
      Thread.ofVirtual().name("mos-grpc-end").start(() -> awaitAndEnd(user));
    }
  }

  private void awaitAndEnd(Termination user) {
    try {
      user.await();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt(); // nobody does that; the loops end all the same
    }
    end();
  }

  private void end() {
    loops.shutdownGracefully(0, DRAIN_SECONDS, TimeUnit.SECONDS);
  }
}
