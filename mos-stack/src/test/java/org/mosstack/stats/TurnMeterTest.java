package org.mosstack.stats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class TurnMeterTest {
  private final TurnMeter meter = new TurnMeter();
  private long now = 77;

  private void turn(long nanos) {
    meter.begin(now);
    meter.worked();
    now += nanos;
    meter.end(now);
  }

  @Test
  void aTurnLastsUntilTheNext() {
    meter.begin(1000);
    meter.worked();
    assertTrue(meter.isOpen());
    assertEquals(TurnLatency.NONE, meter.latency());
    meter.begin(1005);
    assertFalse(meter.isOpen());
    assertEquals(new TurnLatency(5, 5, List.of(new TurnLatency.Bucket(5, 1))), meter.latency());
    assertEquals(2, meter.turns());
    assertEquals(1, meter.busyTurns());
  }

  @Test
  void aTurnWithoutWorkIsOnlyCounted() {
    meter.begin(0);
    meter.begin(1_000_000);
    assertEquals(TurnLatency.NONE, meter.latency());
    assertEquals(2, meter.turns());
    assertEquals(0, meter.busyTurns());
  }

  /** One duration at a time: its bucket is the right one, seen from both sides. */
  @Test
  void bucketsAreAnEighthWide() {
    for (int bits = 0; bits < 37; bits++) {
      for (long add = -1; add <= 1; add++) {
        for (int eighth = 0; eighth < 8; eighth++) {
          long nanos = (1L << bits) + eighth * (1L << bits) / 8 + add;
          if (nanos >= 0 && nanos < 1L << 37) {
            TurnMeter one = new TurnMeter();
            one.begin(0);
            one.worked();
            one.end(nanos);
            long upTo = one.latency().buckets().getFirst().upToNanos();
            assertTrue(upTo >= nanos, nanos + " in the bucket up to " + upTo);
            assertTrue(upTo - nanos <= nanos / 8.0, nanos + " in the bucket up to " + upTo);
          }
        }
      }
    }
  }

  @Test
  void theLongestOnesShareABucketAndBackwardsIsNoTime() {
    turn(1L << 40);
    turn(1L << 50);
    assertEquals(1, meter.latency().buckets().size());
    assertEquals(1L << 50, meter.latency().maxNanos());
    TurnMeter backwards = new TurnMeter();
    backwards.begin(10);
    backwards.worked();
    backwards.end(9);
    assertEquals(List.of(new TurnLatency.Bucket(0, 1)), backwards.latency().buckets());
  }

  @Test
  void percentilesAreAnEighthTooLargeAtMost() {
    long seed = 20_260_101;
    SplittableRandom random = new SplittableRandom(seed);
    long[] all = new long[9999];
    for (int i = 0; i < all.length; i++) {
      all[i] = random.nextLong(1L << random.nextInt(1, 30));
      turn(all[i]);
    }
    Arrays.sort(all);
    TurnLatency latency = meter.latency();
    assertEquals(all.length, latency.count());
    assertEquals(Arrays.stream(all).sum(), latency.sumNanos());
    for (double percent : new double[] {0.01, 1, 50, 90, 99, 99.9, 100}) {
      long exact = all[(int) Math.ceil(all.length * percent / 100) - 1];
      long read = latency.percentileNanos(percent);
      String message = percent + " %, seed " + seed + ": " + read + " for " + exact;
      assertTrue(read >= exact && read - exact <= exact / 8.0, message);
    }
    assertEquals(all[all.length - 1], latency.percentileNanos(100));
  }

  @Test
  void percentilesOfNothingAndOutOfRange() {
    assertEquals(0, TurnLatency.NONE.percentileNanos(50));
    assertThrows(IllegalArgumentException.class, () -> TurnLatency.NONE.percentileNanos(0));
    assertThrows(IllegalArgumentException.class, () -> TurnLatency.NONE.percentileNanos(100.1));
    assertThrows(
        IllegalArgumentException.class, () -> TurnLatency.NONE.percentileNanos(Double.NaN));
  }

  @Test
  void theTimeSinceAnEarlierMoment() {
    turn(1_000_000);
    turn(3);
    TurnLatency before = meter.latency();
    turn(3);
    turn(6);
    TurnLatency since = meter.latency().since(before);
    List<TurnLatency.Bucket> buckets =
        List.of(new TurnLatency.Bucket(3, 1), new TurnLatency.Bucket(6, 1));
    assertEquals(new TurnLatency(9, 6, buckets), since);
    assertEquals(TurnLatency.NONE, before.since(before));
  }
}
