package org.mosstack.os;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CpuSetTest {
  @ParameterizedTest
  @ValueSource(strings = {"0", "0-1", "3", "0-3,8", "1,3-4,64-127"})
  void isWrittenAsTheKernelWritesIt(String list) {
    assertEquals(list, CpuSet.parse("\t" + list + "\n").toString());
  }

  @Test
  void hasWhatTheListNames() {
    CpuSet cpus = CpuSet.parse("2-3,8");
    assertEquals(2, cpus.first());
    assertEquals(9, cpus.length());
    for (int cpu = 0; cpu < 12; cpu++) {
      assertEquals(cpu == 2 || cpu == 3 || cpu == 8, cpus.contains(cpu), "cpu " + cpu);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "3-1", "-", "0;1"})
  void anythingElseIsRefused(String list) {
    assertThrows(IllegalArgumentException.class, () -> CpuSet.parse(list));
  }

  /** A thread that is bound to one of them changes neither. */
  @Test
  void theProcessHasSomeOfTheMachines() throws InterruptedException {
    CpuSet allowed = CpuSet.allowed();
    assertTrue(CpuSet.online().contains(allowed.first()), allowed + " of " + CpuSet.online());
    assertFalse(CpuSet.online().contains(CpuSet.online().length()));
    CpuSet[] seen = new CpuSet[1];
    Thread bound =
        new Thread(
            () -> {
              CpuAffinity.of(allowed.first()).bindCurrentThread();
              seen[0] = CpuSet.allowed();
            });
    bound.start();
    bound.join();
    assertEquals(allowed.toString(), seen[0].toString());
  }
}
