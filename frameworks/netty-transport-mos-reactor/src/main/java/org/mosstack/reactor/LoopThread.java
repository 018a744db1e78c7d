package org.mosstack.reactor;

import io.netty.util.concurrent.FastThreadLocalThread;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.scheduler.NonBlocking;

/** A loop's thread: Reactor refuses to block on one that is marked so. */
final class LoopThread extends FastThreadLocalThread implements NonBlocking {
  private LoopThread(Runnable loop, String name) {
    super(loop, name);
  }

  /** Makes daemon threads, as Reactor Netty's own are, with names that count from 1. */
  static ThreadFactory factory(String prefix) {
    AtomicInteger made = new AtomicInteger();
    return loop -> {
      LoopThread thread = new LoopThread(loop, prefix + "-mos-" + made.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    };
  }
}
