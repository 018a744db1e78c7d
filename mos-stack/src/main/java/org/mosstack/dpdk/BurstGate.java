package org.mosstack.dpdk;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Keeps bursts and a driver's control events apart, for drivers that don't do so themselves:
 * net_memif unmaps its rings on DPDK's interrupt thread when its peer goes, whether or not a burst
 * is reading them, and that would be the end of the JVM.
 *
 * <p>A burst passes through at the price of one fence. Whoever handles an event closes the gate,
 * which waits for the bursts under way, and opens it afterwards; meanwhile bursts move nothing.
 */
final class BurstGate {
  private final List<AtomicBoolean> passages = new CopyOnWriteArrayList<>();
  private final ReentrantLock closing = new ReentrantLock();
  private volatile boolean closed;

  /** A queue's own flag, to be given to {@link #enter} and {@link #leave} by its thread. */
  AtomicBoolean passage() {
    AtomicBoolean inside = new AtomicBoolean();
    passages.add(inside);
    return inside;
  }

  /** The queue is no more. */
  void forget(AtomicBoolean inside) {
    passages.remove(inside);
  }

  /**
   * Before a burst.
   *
   * @return false when the gate is closed: no burst, and no {@link #leave}
   */
  boolean enter(AtomicBoolean inside) {
    inside.set(true); // a full fence: either we see that the gate is closed, or the closer sees us
    if (closed) {
      inside.setRelease(false);
      return false;
    }
    return true;
  }

  /** After a burst. */
  void leave(AtomicBoolean inside) {
    inside.setRelease(false);
  }

  /** Lets no more bursts in and waits for those under way. One closer at a time, others wait. */
  void close() {
    closing.lock();
    closed = true;
    for (AtomicBoolean inside : passages) {
      while (inside.get()) {
        Thread.onSpinWait(); // a burst's time, or longer when its thread has lost the CPU
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
