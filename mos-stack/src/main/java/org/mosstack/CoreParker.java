package org.mosstack;

import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * How a thread that drives cores sleeps and is woken: the one place where that is decided. For
 * those who drive cores themselves; the Netty transport's loops do.
 *
 * <pre>
 *   AWAKE ──prepare()──► SLEEPING ──wakeup() by another thread──► AWAKE, and the thread is unparked
 *     ▲                      │
 *     └──────finish()────────┘
 * </pre>
 *
 * <p>No wake-up is lost, by Dekker's pattern: the sleeper writes {@code SLEEPING}, then looks for
 * work once more (tasks, packets) before it parks; a waker publishes its work, then reads the
 * state. Both sides have a full fence between the two, so at least one of them sees the other: the
 * sleeper finds the work, or the waker finds {@code SLEEPING}. {@link LockSupport} keeps the permit
 * of an unpark that comes before the park, so the steps between need no lock. A leftover permit
 * makes one later park return at once, which costs only a turn.
 *
 * <p>While the thread is awake, a wake-up is a fence and a read. Of many wakers only the one that
 * takes the state from {@code SLEEPING} back to {@code AWAKE} pays for the system call.
 */
public final class CoreParker {
  private static final int AWAKE = 0;
  private static final int SLEEPING = 1;

  private final AtomicInteger state = new AtomicInteger(AWAKE);
  private volatile Thread thread;

  /** Wakes the thread from a sleep in something other than {@link #park}; null if there is none. */
  private volatile Runnable alarm;

  /** A parker of no thread yet. */
  public CoreParker() {}

  /** Makes the calling thread the one that this parks. */
  public void attach() {
    thread = Thread.currentThread();
  }

  /**
   * Adds a second place to sleep, permanently.
   *
   * @param alarm wakes the thread there, or prevents its next sleep there
   */
  public void alarm(Runnable alarm) {
    this.alarm = alarm;
  }

  /** Whether nobody has woken the thread since {@link #prepare}. */
  public boolean isSleeping() {
    return state.get() == SLEEPING;
  }

  /** Announces that the thread is about to sleep. It looks for work once more, then parks. */
  public void prepare() {
    state.set(SLEEPING);
    VarHandle.fullFence();
  }

  /** Sleeps until woken, at most {@code nanos}. Between {@link #prepare} and {@link #finish}. */
  public void park(long nanos) {
    LockSupport.parkNanos(this, nanos);
    // An interrupt would turn every later park into a spin; nobody here has a use for it.
    Thread.interrupted();
  }

  /** Ends a sleep, or the intention to. */
  public void finish() {
    state.setRelease(AWAKE);
  }

  /** Wakes the thread if it sleeps. Any thread, after publishing the work. */
  public void wakeup() {
    Thread sleeper = thread;
    if (sleeper == Thread.currentThread()) {
      return;
    }
    VarHandle.fullFence();
    if (state.get() == SLEEPING && state.compareAndSet(SLEEPING, AWAKE)) {
      LockSupport.unpark(sleeper);
      Runnable other = alarm;
      if (other != null) {
        other.run();
      }
    }
  }
}
