package org.mosstack.agent;

/**
 * Who has a connection or a listener.
 *
 * @param onStack the stack; else the kernel
 * @param reason why, as it is logged
 */
record Verdict(boolean onStack, String reason) {
  static Verdict stack(String reason) {
    return new Verdict(true, reason);
  }

  static Verdict kernel(String reason) {
    return new Verdict(false, reason);
  }
}
