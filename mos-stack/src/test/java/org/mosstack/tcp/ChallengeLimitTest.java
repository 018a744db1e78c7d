package org.mosstack.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** RFC 5961 section 7, and CVE-2016-5696: nobody knows how many challenge ACKs are allowed. */
class ChallengeLimitTest {
  private static final long SECOND = 1_000_000_000;

  private static int takeAll(ChallengeLimit limit, long now) {
    int taken = 0;
    while (limit.take(now)) {
      taken++;
    }
    return taken;
  }

  @Test
  void eachSecondHasANumberOfItsOwn() {
    ChallengeLimit limit = new ChallengeLimit(new SplittableRandom(1), 0);
    Set<Integer> seen = new HashSet<>();
    for (int i = 0; i < 200; i++) {
      int taken = takeAll(limit, i * SECOND);
      assertTrue(
          taken >= ChallengeLimit.MIN_PER_SECOND
              && taken < ChallengeLimit.MIN_PER_SECOND + ChallengeLimit.SPREAD,
          () -> "seed 1: " + taken);
      seen.add(taken);
    }
    assertTrue(seen.size() > 150, () -> "seed 1: of 200 seconds only " + seen.size() + " differ");
  }

  @Test
  void whetherSomebodyElseTookOneIsAGuess() {
    int seconds = 20_000;
    ChallengeLimit limit = new ChallengeLimit(new SplittableRandom(3), 0);
    SplittableRandom coin = new SplittableRandom(4);
    int right = 0;
    for (int i = 1; i <= seconds; i++) {
      boolean other = coin.nextBoolean();
      if (other) {
        limit.take(i * SECOND);
      }
      int taken = takeAll(limit, i * SECOND + 1);
      boolean guess = taken < ChallengeLimit.MIN_PER_SECOND + ChallengeLimit.SPREAD / 2;
      right += guess == other ? 1 : 0;
    }
    int found = right;
    assertTrue(Math.abs(right - seconds / 2) < 400, () -> "right " + found + " of " + seconds);
  }

  @Test
  void whatIsLeftIsNotKeptForTheNextSecond() {
    ChallengeLimit limit = new ChallengeLimit(new SplittableRandom(2), 0);
    int most = ChallengeLimit.MIN_PER_SECOND + ChallengeLimit.SPREAD;
    assertTrue(takeAll(limit, 10 * SECOND) < most);
    assertEquals(0, takeAll(limit, 11 * SECOND - 1));
    assertTrue(limit.take(11 * SECOND));
    assertFalse(takeAll(limit, 11 * SECOND + 1) == 0);
  }
}
