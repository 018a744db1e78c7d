package org.mosstack.bench.scale;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class CoreModelTest {
  @Test
  void oneCoreCarriesOneCoresLoad() {
    assertEquals(1, CoreModel.capacity(1, 64, new SplittableRandom(1)));
  }

  @Test
  void oneFlowUsesOneCore() {
    assertEquals(1, CoreModel.capacity(16, 1, new SplittableRandom(1)));
  }

  @Test
  void manyFlowsComeNearToAllCoresAndFewDoNot() {
    double many = CoreModel.capacity(16, 100_000, new SplittableRandom(1));
    double few = CoreModel.capacity(16, 64, new SplittableRandom(1));
    assertTrue(many > 15 && many < 16, () -> "seed 1: " + many);
    assertTrue(few > 6 && few < 10, () -> "seed 1: " + few);
  }

  @Test
  void waitingGrowsWithoutBoundTowardsFullLoad() {
    assertEquals(0, CoreModel.waiting(100, 0));
    assertEquals(50, CoreModel.waiting(100, 0.5));
    assertEquals(200, CoreModel.waiting(100, 0.8), 1e-9);
  }
}
