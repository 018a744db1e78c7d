package org.mosstack.ip;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** CVE-2020-25705: one peer's use can't be inferred from what another gets. */
class PeerLimitTest {
  private static final long SECOND = 1_000_000_000L;
  private static final int BURST = 6;

  private static int takeAll(PeerLimit limit, int peer, long now) {
    int taken = 0;
    while (limit.take(peer, now)) {
      taken++;
    }
    return taken;
  }

  @Test
  void whoTakesAllTakesFromOneGroupOnly() {
    PeerLimit limit = new PeerLimit(16, BURST, new SplittableRandom(1), 0);
    assertEquals(BURST, takeAll(limit, 0, 0));
    int others = 0;
    int untouched = 0;
    for (int peer = 1; peer < 10_000; peer++) {
      int taken = takeAll(limit, peer, peer * SECOND);
      others++;
      untouched += taken == BURST ? 1 : 0;
      takeAll(limit, 0, peer * SECOND);
    }
    assertEquals(others, untouched, "each second fills a group again");
    assertEquals(0, takeAll(limit, 0, 9999 * SECOND));
  }

  @Test
  void allTogetherAreBounded() {
    PeerLimit limit = new PeerLimit(16, BURST, new SplittableRandom(1), 0);
    int taken = 0;
    for (int peer = 0; peer < 10_000; peer++) {
      taken += takeAll(limit, peer, 0);
    }
    assertEquals(PeerLimit.GROUPS * BURST, taken);
  }

  @Test
  void nobodyKnowsWhoIsInAGroup() {
    int together = 0;
    for (int seed = 0; seed < 1000; seed++) {
      PeerLimit limit = new PeerLimit(16, BURST, new SplittableRandom(seed), 0);
      takeAll(limit, IpFixture.PEER, 0);
      together += limit.take(IpFixture.PEER + 1, 0) ? 0 : 1;
    }
    assertTrue(together < 40, "of 1000 keys " + together); // 1 in 64
  }
}
