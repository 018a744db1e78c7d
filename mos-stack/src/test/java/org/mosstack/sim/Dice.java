package org.mosstack.sim;

/**
 * Random numbers that follow from a seed and an ordinal alone: what is drawn for one packet doesn't
 * shift what is drawn for the next, so that a run from which a fault was left out stays as like the
 * first one as it can.
 */
final class Dice {
  private static final long GOLDEN = 0x9E37_79B9_7F4A_7C15L;

  private final long seed;
  private long state;

  Dice(long seed) {
    this.seed = seed;
    roll(0);
  }

  /** Begins the numbers of an ordinal. */
  void roll(long ordinal) {
    state = mix(seed + ordinal * GOLDEN);
  }

  long next() {
    state += GOLDEN;
    return mix(state);
  }

  /** From 0, exclusive of 1. */
  double unit() {
    return (next() >>> 11) * 0x1.0p-53;
  }

  /** From 0, exclusive of the bound, which is at least 1. */
  long below(long bound) {
    return Math.unsignedMultiplyHigh(next(), bound);
  }

  /** From 0, exclusive of the bound, which is at least 1. */
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
