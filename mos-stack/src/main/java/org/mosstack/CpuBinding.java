package org.mosstack;

import java.util.Optional;
import org.mosstack.os.CpuAffinity;

/**
 * The binding of a thread to a core's CPU while it owns the core: a pool's thread goes on to do
 * something else. On that thread.
 */
final class CpuBinding {
  /** What the thread was bound to before; empty while it isn't bound here. */
  private Optional<CpuAffinity> before = Optional.empty();

  /**
   * Binds the calling thread.
   *
   * @return false if the system refuses
   */
  boolean bind(int cpu) {
    before = CpuAffinity.ofCurrentThread();
    return CpuAffinity.of(cpu).bindCurrentThread();
  }

  /**
   * Gives the calling thread back what it was bound to before {@link #bind}, if that was called.
   */
  void unbind() {
    before.ifPresent(CpuAffinity::bindCurrentThread);
    before = Optional.empty();
  }
}
