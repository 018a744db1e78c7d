package org.mosstack.ip;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class TokenBucketTest {
  private static int takeAll(TokenBucket bucket, long now) {
    int taken = 0;
    while (bucket.take(1, now)) {
      taken++;
    }
    return taken;
  }

  @Test
  void allowsABurstThenTheRate() {
    long now = Long.MAX_VALUE - 10_000_000; // the clock may wrap
    TokenBucket bucket = new TokenBucket(1000, 5, now);
    assertEquals(5, takeAll(bucket, now));
    assertEquals(0, takeAll(bucket, now + 999_999));
    assertEquals(1, takeAll(bucket, now + 1_000_000));
    assertEquals(2, takeAll(bucket, now + 3_400_000));
    assertEquals(1, takeAll(bucket, now + 4_000_000));
    assertEquals(5, takeAll(bucket, now + 60_000_000_000L));
  }

  @Test
  void theWholeBurstMayBeTakenAtOnceAndNoMore() {
    TokenBucket bucket = new TokenBucket(1000, 5, 0);
    assertFalse(bucket.take(6, 0));
    assertTrue(bucket.take(5, 0));
    assertFalse(bucket.take(1, 0));
    assertFalse(bucket.take(5, 4_999_999));
    assertTrue(bucket.take(5, 5_000_000));
  }
}
