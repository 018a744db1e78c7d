package org.mosstack.netty;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;

/**
 * How a loop's thread sleeps and is woken: the one place where that is decided.
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
final class LoopParker {
  private static final int AWAKE = 0;
  private static final int SLEEPING = 1;

  private static final VarHandle STATE;

  static {
    try {
      STATE = MethodHandles.lookup().findVarHandle(LoopParker.class, "state", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private volatile int state;
  private volatile Thread thread;

  /** Wakes the thread from a sleep in something other than {@link #park}; null if there is none. */
  private volatile Runnable alarm;

  /** Makes the calling thread the one that this parks. */
  void attach() {
    thread = Thread.currentThread();
  }

  /**
   * Adds a second place to sleep, permanently.
   *
   * @param alarm wakes the thread there, or prevents its next sleep there
   */
  void alarm(Runnable alarm) {
    this.alarm = alarm;
  }

  /** Whether nobody has woken the thread since {@link #prepare}. */
  boolean isSleeping() {
    return state == SLEEPING;
  }

  /** Announces that the thread is about to sleep. It looks for work once more, then parks. */
  void prepare() {
    STATE.setVolatile(this, SLEEPING);
    VarHandle.fullFence();
  }

  /** Sleeps until woken, at most {@code nanos}. Between {@link #prepare} and {@link #finish}. */
  void park(long nanos) {
    LockSupport.parkNanos(this, nanos);
    // An interrupt would turn every later park into a spin; the loop has no use for it.
    Thread.interrupted();
  }

  /** Ends a sleep, or the intention to. */
  void finish() {
    STATE.setRelease(this, AWAKE);
  }

  /** Wakes the thread if it sleeps. Any thread, after publishing the work. */
  void wakeup() {
    Thread sleeper = thread;
    if (sleeper == Thread.currentThread()) {
      return;
    }
    VarHandle.fullFence();
    if (state == SLEEPING && STATE.compareAndSet(this, SLEEPING, AWAKE)) {
      LockSupport.unpark(sleeper);
      Runnable other = alarm;
      if (other != null) {
        other.run();
      }
    }
  }
}
