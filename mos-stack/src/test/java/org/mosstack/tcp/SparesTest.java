package org.mosstack.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Objects kept for reuse, against a stack with a running sum. */
class SparesTest {
  private record Item(int bytes) {}

  @Test
  void keepsWhatFitsTheLastFirst() {
    for (int seed = 0; seed < 50; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      Spares<Item> spares = new Spares<>(10_000);
      ArrayDeque<Item> model = new ArrayDeque<>();
      long bytes = 0;
      for (int i = 0; i < 5000; i++) {
        String what = "seed " + seed + " step " + i;
        if (random.nextInt(5) < 2) {
          Item expected = model.poll();
          bytes -= expected == null ? 0 : expected.bytes;
          assertSame(expected, spares.take(), what);
        } else {
          Item item = new Item(1 + random.nextInt(random.nextInt(1, 4000)));
          spares.keep(item, item.bytes);
          if (item.bytes <= 2500 && bytes + item.bytes <= 10_000) {
            model.push(item);
            bytes += item.bytes;
          }
        }
        assertEquals(bytes, spares.bytes(), what);
        assertEquals(model.size(), spares.count(), what);
        assertTrue(spares.bytes() <= spares.limitBytes(), what);
      }
    }
  }

  @Test
  void whatTakesTooMuchAloneIsNotKept() {
    Spares<Item> spares = new Spares<>(10_000);
    spares.keep(new Item(2501), 2501);
    assertNull(spares.take());
  }
}
