package org.mosstack;

import java.lang.invoke.VarHandle;

/**
 * Whether a core's thread sleeps, and how it is woken. No wake-up is lost: whoever has something
 * for the core publishes it before {@link #wake}, and the core's thread looks for such things after
 * {@link #begin}; at least one of them sees the other.
 */
final class CoreSleep {
  private static final Runnable NOBODY = () -> {};

  private Runnable wakeup = NOBODY;
  private volatile boolean sleeping;

  /** What the wake-up threw, on whatever thread; null once the core's thread has taken it. */
  private volatile Throwable failure;

  /** Sets what wakes the thread. On the core's thread, awake. */
  void onWake(Runnable wakeup) {
    this.wakeup = wakeup;
  }

  /** The core's thread is about to sleep, and looks for work once more. */
  void begin() {
    sleeping = true;
    VarHandle.fullFence(); // either the other side sees the flag, or we see its work
  }

  /** The core's thread is awake. */
  void end() {
    sleeping = false;
  }

  /** Returns what a wake-up threw since the last call, or null. On the core's thread. */
  Throwable takeFailure() {
    Throwable thrown = failure;
    if (thrown != null) {
      failure = null;
    }
    return thrown;
  }

  /**
   * Wakes the thread if it sleeps. On any thread, after it has published its work; that mustn't
   * suffer from what is thrown here.
   */
  void wake() {
    VarHandle.fullFence();
    if (sleeping) {
      try {
        wakeup.run();
      } catch (Throwable t) {
        failure = t;
      }
    }
  }
}
