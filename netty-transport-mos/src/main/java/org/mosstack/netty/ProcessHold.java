package org.mosstack.netty;

import java.util.concurrent.CountDownLatch;

/**
 * Keeps the process running as long as somebody wants that, by a thread that isn't a daemon: the
 * shared stack's loops are, since some of their users don't want it. Any thread.
 */
final class ProcessHold {
  // Guarded by this.
  private int holders;
  private CountDownLatch released;

  /** Keeps the process running until {@link #release} is called as often. */
  synchronized void take() {
    if (holders++ == 0) {
      CountDownLatch end = new CountDownLatch(1);
      released = end;
      Thread.ofPlatform().name("mos-shared-hold").daemon(false).start(() -> await(end));
    }
  }

  private static void await(CountDownLatch end) {
    try {
      end.await();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt(); // then nothing is held; the loops go on
    }
  }

  /** Takes back one {@link #take}. */
  synchronized void release() {
    if (--holders == 0) {
      released.countDown();
    }
  }
}
