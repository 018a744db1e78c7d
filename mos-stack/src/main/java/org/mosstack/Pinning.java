package org.mosstack;

import java.util.Arrays;
import java.util.Optional;
import org.mosstack.os.CpuSet;

/**
 * Whether the threads of a stack's cores are bound to CPUs: where the configuration has chosen
 * these, and the process has each of them. Anywhere else the system places the threads, since
 * binding them to CPUs that are shared, or to those that every other process takes too, keeps them
 * from running while another CPU is idle.
 *
 * @param isOn whether core {@code n} is bound to the CPU of its number
 * @param note what keeps the threads from being bound though the configuration chose CPUs, for the
 *     log
 */
record Pinning(boolean isOn, Optional<String> note) {
  /**
   * Decides it.
   *
   * @param chosen whether the configuration chooses CPUs, and they are to be bound to
   * @param cores the numbers of the cores
   * @param allowed the CPUs that the process may use
   * @param available how many it may keep busy: fewer if its CPU time is limited
   */
  static Pinning of(boolean chosen, int[] cores, CpuSet allowed, int available) {
    if (!chosen) {
      return new Pinning(false, Optional.empty());
    }
    if (!Arrays.stream(cores).allMatch(allowed::contains)) {
      return off("the process may only run on the CPUs " + allowed);
    }
    if (cores.length > available) {
      return off(cores.length + " cores, but the process may keep " + available + " CPUs busy");
    }
    return new Pinning(true, Optional.empty());
  }

  private static Pinning off(String why) {
    return new Pinning(false, Optional.of("the cores' threads are bound to no CPU: " + why));
  }
}
