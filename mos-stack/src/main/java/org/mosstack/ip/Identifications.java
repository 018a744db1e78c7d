package org.mosstack.ip;

import java.util.random.RandomGenerator;
import org.mosstack.random.SipHash;

/**
 * Identifications of packets that may be fragmented on their way. Those with "don't fragment" set
 * have 0 and ask nobody (RFC 6864 section 4.1).
 *
 * <p>A pair of addresses and a protocol count on their own (RFC 7739 section 5.3, RFC 9415), in a
 * bounded table by keyed hash. Pairs that meet in one counter still can't read each other's traffic
 * from it: what goes on the wire is a permutation of the counter that only the pair's key gives, a
 * new one for each time the 16 bits have been used up. So no identification comes twice before
 * that, and none says how far the counter has moved since the last. Belongs to one core's thread;
 * nothing is allocated.
 */
final class Identifications {
  private static final int COUNTERS = 1024; // a power of two
  private static final int ROUNDS = 4;
  private static final int EPOCH_SHIFT = 16; // a counter's bits above those that are permuted

  private final SipHash pairs;
  private final SipHash rounds;
  private final long[] counters = new long[COUNTERS];

  /** Draws the keys, and where each counter begins. */
  Identifications(RandomGenerator random) {
    pairs = new SipHash(random.nextLong(), random.nextLong());
    rounds = new SipHash(random.nextLong(), random.nextLong());
    for (int i = 0; i < COUNTERS; i++) {
      counters[i] = random.nextLong() >>> EPOCH_SHIFT;
    }
  }

  /** The identification of the next packet of these ends, 0 to 65535. */
  int next(int source, int destination, int protocol) {
    long pair = pairs.hash((long) source << 32 | destination & 0xFFFF_FFFFL, protocol);
    int slot = (int) pair & COUNTERS - 1;
    long count = counters[slot];
    // Steps of 1 to 4: how many packets use the 16 bits up isn't known either.
    counters[slot] = count + 1 + (rounds.hash(pair, ~count) & 3);
    return permuted(pair, count);
  }

  /** A Feistel network over the two low octets of a counter; the rest of it chooses which one. */
  private int permuted(long pair, long count) {
    long epoch = count >>> EPOCH_SHIFT;
    int left = (int) count >>> 8 & 0xFF;
    int right = (int) count & 0xFF;
    for (int round = 0; round < ROUNDS; round++) {
      int mixed = left ^ (int) rounds.hash(pair, epoch << EPOCH_SHIFT | round << 8 | right) & 0xFF;
      left = right;
      right = mixed;
    }
    return left << 8 | right;
  }
}
