package org.mosstack.bench.compare;

import java.util.SplittableRandom;

/**
 * Sizes of objects as the web has them: a log-normal distribution, as measured of file sizes since
 * Crovella and Bestavros (1997), of median 8 KiB and sigma 1.8, cut to 100 bytes to 1 MiB by
 * drawing again. The mean comes out at 30 KB: most objects are small, and most bytes are in large
 * ones.
 */
final class WebSizes {
  static final int MIN_BYTES = 100;
  static final int MAX_BYTES = 1 << 20;
  private static final double MEDIAN_BYTES = 8192;
  private static final double SIGMA = 1.8;

  private WebSizes() {}

  /** So many sizes in bytes; the same ones for the same seed. */
  static int[] draw(int count, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int[] sizes = new int[count];
    for (int i = 0; i < count; i++) {
      do {
        sizes[i] = (int) (MEDIAN_BYTES * Math.exp(SIGMA * random.nextGaussian()));
      } while (sizes[i] < MIN_BYTES || sizes[i] > MAX_BYTES);
    }
    return sizes;
  }
}
