package org.mosstack.reactor;

import io.netty.util.concurrent.FastThreadLocalThread;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.scheduler.NonBlocking;

/** A loop's thread, marked so that Reactor refuses to block on it. */
final class LoopThread extends FastThreadLocalThread implements NonBlocking {
  private LoopThread(Runnable loop, String name) {
    super(loop, name);
  }

  /** Creates daemon threads, like Reactor Netty's own, with names numbered from 1. */
  static ThreadFactory factory(String prefix) {
    AtomicInteger made = new AtomicInteger();
    return loop -> {
      LoopThread thread = new LoopThread(loop, prefix + "-mos-" + made.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    };
  }
}
