package org.mosstack.ip;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.BitSet;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** RFC 6864, RFC 7739: unique for as long as possible, and of no use for counting packets. */
class IdentificationsTest {
  private static final int PAIRS = 3000; // more than there are counters

  private final Identifications identifications = new Identifications(new SplittableRandom(1));

  private int next(int destination) {
    return identifications.next(IpFixture.US, destination, 6);
  }

  @Test
  void noneComesTwiceSoon() {
    for (int destination = 0; destination < 20; destination++) {
      int repeated = 0;
      BitSet seen = new BitSet();
      for (int i = 0; i < 10_000; i++) {
        int id = next(destination);
        assertTrue(id >= 0 && id <= 0xFFFF);
        repeated += seen.get(id) ? 1 : 0;
        seen.set(id);
      }
      // None within one permutation: 65,536 in steps of 2.5 on average.
      assertTrue(repeated <= 1600, "repeated " + repeated);
    }
  }

  @Test
  void aPermutationHasNoRepetition() {
    int longest = 0;
    for (int run = 0; run < 3; run++) {
      BitSet seen = new BitSet();
      int length = 0;
      for (int id = next(7); !seen.get(id); id = next(7)) {
        seen.set(id);
        length++;
      }
      longest = Math.max(longest, length);
    }
    assertTrue(longest > 20_000, "by chance it would be 320: " + longest);
  }

  /** The victim's packets leave no trace in what others see of their own, in any counter. */
  @Test
  void stepsOfOthersCannotBeSeen() {
    int[] near = new int[2]; // steps of less than 256, without and with a packet to the victim
    for (int destination = 1; destination <= PAIRS; destination++) {
      for (int victim = 0; victim < 2; victim++) {
        int before = next(destination);
        if (victim == 1) {
          next(0);
        }
        near[victim] += (next(destination) - before & 0xFFFF) < 256 ? 1 : 0;
      }
    }
    // By chance 3000 / 256 = 12; with a readable counter, all of them.
    assertTrue(near[0] < 40 && near[1] < 40, near[0] + ", " + near[1]);
  }

  @Test
  void eachPairAndProtocolCountsByItself() {
    Identifications again = new Identifications(new SplittableRandom(1));
    for (int i = 0; i < 100; i++) {
      again.next(IpFixture.US, IpFixture.FAR, 1);
      again.next(IpFixture.US, IpFixture.FAR, 6);
      again.next(IpFixture.US_1, IpFixture.PEER, 1);
      assertEquals(
          identifications.next(IpFixture.US, IpFixture.PEER, 1),
          again.next(IpFixture.US, IpFixture.PEER, 1),
          "seed 1");
    }
  }

  @Test
  void hangOnTheKey() {
    Identifications other = new Identifications(new SplittableRandom(2));
    int same = 0;
    for (int i = 0; i < 1000; i++) {
      same += next(5) == other.next(IpFixture.US, 5, 6) ? 1 : 0;
    }
    assertNotEquals(1000, same);
    assertTrue(same < 10, "same " + same);
  }
}
