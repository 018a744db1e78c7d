package org.mosstack.sim;

/**
 * Random numbers that depend only on a seed and an ordinal: what is drawn for one packet doesn't
 * shift what is drawn for the next, so that a run with one fault left out stays as close to the
 * original as possible.
 */
final class Dice {
  private static final long GOLDEN = 0x9E37_79B9_7F4A_7C15L;

  private final long seed;
  private long state;

  Dice(long seed) {
    this.seed = seed;
    roll(0);
  }

  /** Starts the sequence of an ordinal. */
  void roll(long ordinal) {
    state = mix(seed + ordinal * GOLDEN);
  }

  long next() {
    state += GOLDEN;
    return mix(state);
  }

  /** Returns a number from 0 (inclusive) to 1 (exclusive). */
  double unit() {
    return (next() >>> 11) * 0x1.0p-53;
  }

  /** Returns a number from 0 (inclusive) to the bound (exclusive), which is at least 1. */
  long below(long bound) {
    return Math.unsignedMultiplyHigh(next(), bound);
  }

  /** Returns a number from 0 (inclusive) to the bound (exclusive), which is at least 1. */
  int below(int bound) {
    return (int) below((long) bound);
  }

  /** The finaliser of SplitMix64. */
  private static long mix(long value) {
    long z = (value ^ value >>> 30) * 0xBF58_476D_1CE4_E5B9L;
    z = (z ^ z >>> 27) * 0x94D0_49BB_1331_11EBL;
    return z ^ z >>> 31;
  }
}
