package org.mosstack;

/**
 * The stack that everything in a process shares that doesn't bring one of its own. There is none
 * until somebody asks for it, and none after the last user has gone; then the next one to ask
 * starts another.
 *
 * <p>Any thread. Whoever asks while it ends waits until the machine's devices are free again.
 */
final class SharedStack {
  /** The process's. */
  static final SharedStack PROCESS = new SharedStack();

  // Guarded by this.
  private MosStack stack;
  private boolean kept;
  private boolean hasHook;

  private SharedStack() {}

  /** See {@link MosStack#shared}. */
  synchronized MosStack keep() {
    if (!kept || !stack.isOpen()) {
      stack = lease();
      kept = true;
    }
    return stack;
  }

  /** Takes back what {@link #keep} has done, if that was for this stack. */
  void keepNoLonger(MosStack which) {
    synchronized (this) {
      if (!kept || which != stack) {
        return;
      }
      kept = false;
    }
    which.endLease();
  }

  /** See {@link StackLease#take}. */
  synchronized MosStack lease() {
    if (stack != null) {
      if (stack.lease()) {
        return stack;
      }
      stack.awaitEnd();
    }
    if (!hasHook) {
      Thread ending = new Thread(this::processEnds, "mos-shared-stack-end");
      Runtime.getRuntime().addShutdownHook(ending); // throws if the process is ending already
      hasHook = true;
    }
    kept = false;
    stack = new MosStackBuilder(SharedConfig.find()).shared().start();
    stack.lease();
    return stack;
  }

  /** What was written on connections that are being closed is sent, as the kernel would do. */
  private void processEnds() {
    MosStack last;
    synchronized (this) {
      last = stack;
    }
    if (last != null) {
      last.processEnds();
    }
  }
}
