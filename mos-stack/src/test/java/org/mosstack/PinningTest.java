package org.mosstack;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.mosstack.os.CpuSet;

class PinningTest {
  private static Pinning of(String allowed, int available, int... cores) {
    return Pinning.of(true, cores, CpuSet.parse(allowed), available);
  }

  private static Pinning off(String why) {
    return new Pinning(false, Optional.of("the cores' threads are bound to no CPU: " + why));
  }

  @Test
  void chosenCpusThatTheProcessHas() {
    Pinning on = new Pinning(true, Optional.empty());
    assertEquals(on, of("0-3", 4, 0, 1));
    assertEquals(on, of("2-3", 2, 2, 3));
    assertEquals(on, of("0-63", 2, 7, 40));
  }

  @Test
  void whereNoneWereChosenNothingIsSaid() {
    Pinning off = new Pinning(false, Optional.empty());
    assertEquals(off, Pinning.of(false, new int[] {0}, CpuSet.parse("0-3"), 4));
    assertEquals(off, Pinning.of(false, new int[] {0, 1}, CpuSet.parse("3"), 1));
  }

  /** A container's cpuset: too small, or of other CPUs. */
  @Test
  void cpusThatTheProcessLacks() {
    assertEquals(off("the process may only run on the CPUs 2-3,6"), of("2-3,6", 3, 2, 3, 4));
    assertEquals(off("the process may only run on the CPUs 2-3"), of("2-3", 2, 0, 1));
  }

  /** A container's limit of CPU time, with all of the machine's CPUs to spend it on. */
  @Test
  void moreCoresThanItMayKeepBusy() {
    assertEquals(off("4 cores, but the process may keep 2 CPUs busy"), of("0-7", 2, 0, 1, 2, 3));
  }
}
