package org.mosstack.agent;

import org.mosstack.MosStack;
import org.mosstack.StackLease;
import org.mosstack.config.ConfigException;

/**
 * The process's shared stack, which is started when it is first asked for and then kept for the
 * process's life: no application gives back what it doesn't know of. Any thread.
 */
final class SharedLease {
  private final AgentLog log;

  /** Guarded by this. */
  private StackLease lease;

  /** Guarded by this. */
  private boolean failed;

  SharedLease(AgentLog log) {
    this.log = log;
  }

  /** The stack; null if it can't be started, which is logged and then remembered. */
  synchronized MosStack stack() {
    if (lease == null && !failed) {
      try {
        lease = StackLease.take();
      } catch (ConfigException e) {
        fail(e.getMessage());
      } catch (RuntimeException | LinkageError e) {
        fail(e.toString());
      }
    }
    return lease == null ? null : lease.stack();
  }

  private void fail(String why) {
    failed = true;
    log.warn("Everything stays with the kernel, as the stack can't be started: " + why);
  }
}
