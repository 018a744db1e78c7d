package org.mosstack.ip;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What is remembered of paths: bounded, and for a limited time. */
class PathMtuCacheTest {
  private static final long MINUTE = 60_000_000_000L;

  private final PathMtuCache cache = new PathMtuCache(new SplittableRandom(1));
  private long now = -5 * MINUTE; // passes through 0

  @Test
  void isRememberedForItsTime() {
    cache.put(1, 1000, 10 * MINUTE, now);
    assertEquals(1000, cache.mtu(1, now + 10 * MINUTE - 1));
    assertEquals(now + 10 * MINUTE, cache.expiryNanos(1, now));
    assertEquals(0, cache.mtu(1, now + 10 * MINUTE));
    assertEquals(0, cache.mtu(2, now));
  }

  @Test
  void newsTakeThePlaceOfWhatWasKnown() {
    cache.put(1, 1000, MINUTE, now);
    cache.put(1, 1400, 10 * MINUTE, now);
    assertEquals(1400, cache.mtu(1, now + 2 * MINUTE));
    cache.remove(1, now);
    assertEquals(0, cache.mtu(1, now));
  }

  @Test
  void isBoundedAndKeepsTheNewest() {
    int many = 10 * PathMtuCache.ENTRIES;
    for (int destination = 0; destination < many; destination++) {
      cache.put(destination, 1000 + destination % 400, 10 * MINUTE, now++);
    }
    int known = 0;
    for (int destination = 0; destination < many; destination++) {
      int mtu = cache.mtu(destination, now);
      assertTrue(mtu == 0 || mtu == 1000 + destination % 400);
      known += mtu == 0 ? 0 : 1;
    }
    assertEquals(PathMtuCache.ENTRIES, known);
    assertTrue(cache.mtu(many - 1, now) != 0);
  }

  @Test
  void whatIsOverMakesRoomFirst() {
    for (int destination = 0; destination < PathMtuCache.ENTRIES; destination++) {
      cache.put(destination, 1000, destination % 2 == 0 ? MINUTE : 100 * MINUTE, now);
    }
    long later = now + 2 * MINUTE;
    int before = 0;
    for (int destination = 1; destination < PathMtuCache.ENTRIES; destination += 2) {
      before += cache.mtu(destination, later) == 0 ? 0 : 1;
    }
    for (int destination = 5000; destination < 5100; destination++) {
      cache.put(destination, 1000, 10 * MINUTE, later);
    }
    int after = 0;
    for (int destination = 1; destination < PathMtuCache.ENTRIES; destination += 2) {
      after += cache.mtu(destination, later) == 0 ? 0 : 1;
    }
    assertTrue(before - after < 20, "lost " + (before - after) + " that were good");
  }
}
