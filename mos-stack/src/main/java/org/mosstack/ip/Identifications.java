package org.mosstack.ip;

import java.util.random.RandomGenerator;
import org.mosstack.random.SipHash;

/**
 * Identifications of packets that may be fragmented on their way. Packets with "don't fragment" set
 * use 0 instead (RFC 6864 section 4.1).
 *
 * <p>Each pair of addresses and protocol has a counter (RFC 7739 section 5.3, RFC 9415) in a
 * bounded table, chosen by keyed hash. Pairs that share a counter still can't infer each other's
 * traffic from it: what goes on the wire is a permutation of the counter that depends on the pair
 * and a key, and changes whenever the 16 bits are used up. So no identification repeats before
 * that, and none reveals how far the counter has moved since the last. Belongs to one core's
 * thread; nothing is allocated.
 */
final class Identifications {
  private static final int COUNTERS = 1024; // a power of two
  private static final int ROUNDS = 4;
  private static final int EPOCH_SHIFT = 16; // the counter's bits above the permuted ones

  private final SipHash pairs;
  private final SipHash rounds;
  private final long[] counters = new long[COUNTERS];

  /** Draws the keys and each counter's initial value. */
  Identifications(RandomGenerator random) {
    pairs = new SipHash(random.nextLong(), random.nextLong());
    rounds = new SipHash(random.nextLong(), random.nextLong());
    for (int i = 0; i < COUNTERS; i++) {
      counters[i] = random.nextLong() >>> EPOCH_SHIFT;
    }
  }

  /** Returns the identification of the next packet between these ends, 0 to 65535. */
  int next(int source, int destination, int protocol) {
    long pair = pairs.hash((long) source << 32 | destination & 0xFFFF_FFFFL, protocol);
    int slot = (int) pair & COUNTERS - 1;
    long count = counters[slot];
    // Steps of 1 to 4, so that how many packets use up the 16 bits isn't known either.
    counters[slot] = count + 1 + (rounds.hash(pair, ~count) & 3);
    return permuted(pair, count);
  }

  /** A Feistel network over a counter's two low octets; its upper bits select the permutation. */
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
