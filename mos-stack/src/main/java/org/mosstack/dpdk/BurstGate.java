package org.mosstack.dpdk;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Keeps bursts and a driver's control events apart, for drivers that don't do so themselves:
 * net_memif unmaps its rings on DPDK's interrupt thread when its peer goes, even if a burst is
 * reading them, which would crash the JVM.
 *
 * <p>A burst passes at the cost of one fence. Whoever handles an event closes the gate, which waits
 * for the bursts in progress, and opens it afterwards; meanwhile, bursts move nothing.
 */
final class BurstGate {
  private final List<AtomicBoolean> passages = new CopyOnWriteArrayList<>();
  private final ReentrantLock closing = new ReentrantLock();
  private volatile boolean closed;

  /** A queue's own flag, which its thread passes to {@link #enter} and {@link #leave}. */
  AtomicBoolean passage() {
    AtomicBoolean inside = new AtomicBoolean();
    passages.add(inside);
    return inside;
  }

  /** Forgets a queue's flag. */
  void forget(AtomicBoolean inside) {
    passages.remove(inside);
  }

  /**
   * Called before a burst.
   *
   * @return false if the gate is closed: no burst, and no {@link #leave}
   */
  boolean enter(AtomicBoolean inside) {
    inside.set(true); // a full fence: either we see that the gate is closed, or the closer sees us
    if (closed) {
      inside.setRelease(false);
      return false;
    }
    return true;
  }

  /** Called after a burst. */
  void leave(AtomicBoolean inside) {
    inside.setRelease(false);
  }

  /** Lets in no more bursts and waits for those in progress. One closer at a time, others wait. */
  void close() {
    closing.lock();
    closed = true;
    for (AtomicBoolean inside : passages) {
      while (inside.get()) {
        Thread.onSpinWait(); // for a burst's time, or longer if its thread has lost the CPU
        Thread.yield();
      }
    }
  }

  /** Lets bursts in again. On the thread that closed it. */
  void open() {
    closed = false;
    closing.unlock();
  }

  /** Whether the calling thread has closed it. */
  boolean isClosedByMe() {
    return closing.isHeldByCurrentThread();
  }
}
