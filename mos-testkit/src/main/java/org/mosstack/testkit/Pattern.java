package org.mosstack.testkit;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.mosstack.mbuf.Memory;
import org.mosstack.os.OffHeap;

/**
 * An endless stream of noise to send and to compare with: a byte that is lost, repeated or moved
 * shows. It is kept in memory once, for TCP to send by reference, and in an array for comparison.
 */
public final class Pattern implements AutoCloseable {
  /** The maximum number of bytes that can be sent, or compared, from one position. */
  public static final int MAX_BYTES = 1 << 18;

  /** A prime, so that no power of two, nor a segment's size, is a multiple of it. */
  private static final int PERIOD = 278_543;

  private final byte[] bytes = new byte[PERIOD + MAX_BYTES];
  private final OffHeap memory = OffHeap.map(bytes.length);

  /** Creates the stream, the same one each time. */
  public Pattern() {
    byte[] noise = new byte[PERIOD];
    new SplittableRandom(0).nextBytes(noise);
    System.arraycopy(noise, 0, bytes, 0, PERIOD);
    System.arraycopy(noise, 0, bytes, PERIOD, MAX_BYTES);
    Memory.copy(bytes, 0, memory.address(), bytes.length);
  }

  /** Returns where a connection's direction may start, so that others start elsewhere. */
  public static long start(long direction) {
    return Math.floorMod(direction * 7919, PERIOD);
  }

  /** Returns the address of {@link #MAX_BYTES} bytes of the stream from this index on. */
  public long address(long index) {
    return memory.address() + index % PERIOD;
  }

  /** Returns a byte of the stream. */
  public byte at(long index) {
    return bytes[(int) (index % PERIOD)];
  }

  /**
   * Returns the index of the first of {@code n} received bytes that differs from the stream, which
   * is at this index; or -1.
   */
  public int mismatch(byte[] received, int n, long index) {
    int from = (int) (index % PERIOD);
    return Arrays.mismatch(bytes, from, from + n, received, 0, n);
  }

  @Override
  public void close() {
    memory.close();
  }
}
