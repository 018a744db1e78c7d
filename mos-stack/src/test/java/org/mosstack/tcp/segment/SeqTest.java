package org.mosstack.tcp.segment;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Sequence numbers against 64-bit arithmetic. */
public class SeqTest {
  private static void check(int a, long distance) {
    int b = (int) (a + distance);
    String what = a + " and " + distance + " further";
    assertEquals(distance > 0, Seq.lt(a, b), what);
    assertEquals(distance >= 0, Seq.leq(a, b), what);
    assertEquals(distance < 0, Seq.gt(a, b), what);
    assertEquals(distance <= 0, Seq.geq(a, b), what);
    assertEquals(distance > 0 ? b : a, Seq.max(a, b), what);
    assertEquals(distance > 0 ? a : b, Seq.min(a, b), what);
  }

  @Test
  void comparesByDistanceAcrossTheWrap() {
    long furthest = (1L << 31) - 1;
    long[] distances = {0, 1, -1, 2, -2, furthest, -furthest, 1 << 16, -(1 << 16)};
    int[] starts = {0, 1, -1, Integer.MAX_VALUE, Integer.MIN_VALUE, Integer.MIN_VALUE + 1};
    for (int start : starts) {
      for (long distance : distances) {
        check(start, distance);
      }
    }
  }

  @Test
  void comparesAnyTwo() {
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < 1_000_000; i++) {
      check(random.nextInt(), random.nextLong(-(1L << 31) + 1, 1L << 31));
    }
  }
}
