package org.mosstack.sim;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.mosstack.mbuf.Memory;
import org.mosstack.os.OffHeap;

/**
 * The bytes that simulated applications send: a stretch of noise, in which each stream starts at a
 * different offset. It is kept in memory once, for TCP to send by reference, and in an array for
 * comparison. For any number of runs, one after the other.
 */
final class Pattern implements AutoCloseable {
  /** The maximum length of a stream. */
  static final int MAX_STREAM = 1 << 18;

  private static final int STARTS = 1 << 14;
  private static final int BYTES = MAX_STREAM + STARTS;

  private final byte[] bytes = new byte[BYTES];
  private final OffHeap memory = OffHeap.map(BYTES);

  Pattern() {
    new SplittableRandom(0).nextBytes(bytes);
    Memory.copy(bytes, 0, memory.address(), BYTES);
  }

  /** Returns a stream's start. */
  int start(long stream) {
    return Math.floorMod(stream * 7919, STARTS);
  }

  /** Returns the address of a stream's byte. */
  long address(int start, int index) {
    return memory.address() + start + index;
  }

  /**
   * Returns the index of the first of {@code n} received bytes that differs from the stream, or -1.
   */
  int mismatch(int start, int index, byte[] received, int n) {
    int from = start + index;
    return Arrays.mismatch(bytes, from, from + n, received, 0, n);
  }

  @Override
  public void close() {
    memory.close();
  }
}
