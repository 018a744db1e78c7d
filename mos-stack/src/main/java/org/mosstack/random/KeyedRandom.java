package org.mosstack.random;

import java.security.SecureRandom;
import java.util.random.RandomGenerator;

/**
 * Random numbers that nobody outside can guess: {@link SipHash} of a counter under a secret key. As
 * cheap as a hash and without the locks of {@link SecureRandom}; each core has its own. For one
 * thread at a time.
 */
public final class KeyedRandom implements RandomGenerator {
  private final SipHash hash;
  private long counter;

  /** Draws the key from a {@link SecureRandom}. */
  public KeyedRandom() {
    this(new SecureRandom());
  }

  /** Draws the key from a generator; a seeded one in tests. */
  public KeyedRandom(RandomGenerator keys) {
    hash = new SipHash(keys.nextLong(), keys.nextLong());
  }

  @Override
  public long nextLong() {
    return hash.hash(counter++, 0);
  }
}
