package org.mosstack.bench.compare;

import java.util.SplittableRandom;

/**
 * Object sizes as on the web: a log-normal distribution, as measured for file sizes since Crovella
 * and Bestavros (1997), with median 8 KiB and sigma 1.8, limited to 100 bytes to 1 MiB by
 * redrawing. The mean is 30 KB: most objects are small, and most bytes are in large ones.
 */
final class WebSizes {
  static final int MIN_BYTES = 100;
  static final int MAX_BYTES = 1 << 20;
  private static final double MEDIAN_BYTES = 8192;
  private static final double SIGMA = 1.8;

  private WebSizes() {}

  /** Returns this many sizes in bytes; the same ones for the same seed. */
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
