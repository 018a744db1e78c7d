package org.mosstack.random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The generator behind ports, keys and sequence numbers. */
class KeyedRandomTest {
  @Test
  void oneSeedGivesOneSeries() {
    KeyedRandom a = new KeyedRandom(new SplittableRandom(1));
    KeyedRandom b = new KeyedRandom(new SplittableRandom(1));
    KeyedRandom c = new KeyedRandom(new SplittableRandom(2));
    for (int i = 0; i < 1000; i++) {
      long value = a.nextLong();
      assertEquals(value, b.nextLong());
      assertNotEquals(value, c.nextLong());
    }
  }

  @Test
  void twoOfASystemsKeysDiffer() {
    assertNotEquals(new KeyedRandom().nextLong(), new KeyedRandom().nextLong());
  }

  @Test
  void doesNotRepeat() {
    KeyedRandom random = new KeyedRandom(new SplittableRandom(3));
    Set<Long> seen = new HashSet<>();
    for (int i = 0; i < 200_000; i++) {
      assertTrue(seen.add(random.nextLong()), "number " + i);
    }
  }

  /** Chi-square over 100 cells: 99 degrees of freedom, 1 in 10^6 beyond 180. */
  @Test
  void isUniform() {
    KeyedRandom random = new KeyedRandom(new SplittableRandom(4));
    int[] cells = new int[100];
    for (int i = 0; i < 100_000; i++) {
      cells[random.nextInt(cells.length)]++;
    }
    double chiSquare = 0;
    for (int cell : cells) {
      chiSquare += (cell - 1000.0) * (cell - 1000.0) / 1000.0;
    }
    assertTrue(chiSquare < 180, "chi-square " + chiSquare);
  }
}
