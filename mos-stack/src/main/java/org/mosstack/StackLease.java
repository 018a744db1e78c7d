package org.mosstack;

/**
 * A claim to the stack that a process shares ({@link MosStack#shared}): while somebody has one, the
 * stack goes on. Event loop groups on that stack have one each; other programs that use it for a
 * time, and not until the process ends, can do likewise. Any thread.
 */
public final class StackLease implements AutoCloseable {
  private final MosStack stack;

  /** Guarded by this. */
  private boolean given;

  private StackLease(MosStack stack) {
    this.stack = stack;
  }

  /**
   * Leases the shared stack. If there is none, it is started, as {@link MosStack#shared} says.
   *
   * @return the lease, to be closed
   * @throws org.mosstack.config.ConfigException if it can't be started
   */
  public static StackLease take() {
    return new StackLease(SharedStack.PROCESS.lease());
  }

  /** The stack. */
  public MosStack stack() {
    return stack;
  }

  /**
   * Gives the lease back. The last one that is, with no loop left that drives a core, ends the
   * stack: this call then gives connections that are being closed 2 seconds to end in an orderly
   * way. Further calls do nothing.
   */
  @Override
  public void close() {
    synchronized (this) {
      if (given) {
        return;
      }
      given = true;
    }
    stack.endLease();
  }
}
