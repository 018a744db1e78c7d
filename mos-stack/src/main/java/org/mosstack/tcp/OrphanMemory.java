package org.mosstack.tcp;

import java.util.Arrays;
import org.mosstack.os.OffHeap;

/**
 * Blocks of the stack's own memory for data that connections closed by their applications still
 * have to send, so that the applications' buffers need not wait for the peer. Nothing is mapped
 * before the first connection needs a block, and no page is taken before it is touched.
 */
final class OrphanMemory implements AutoCloseable {
  /** Bytes per block: most responses fit into one. */
  static final int BLOCK_BYTES = 8192;

  private static final int FIRST_FREE = 64;

  private final int limit;
  private OffHeap region;

  /** Numbers of the blocks that were given back. */
  private int[] free = new int[FIRST_FREE];

  private int freeCount;

  /** Number of blocks ever taken: those from here on are free, too. */
  private int touched;

  /**
   * Creates an instance that takes no memory yet.
   *
   * @param bytes upper bound of all blocks together; there is at least one block
   */
  OrphanMemory(long bytes) {
    limit = Math.clamp(bytes / BLOCK_BYTES, 1, Integer.MAX_VALUE / BLOCK_BYTES);
  }

  /** Number of blocks that hold {@code bytes}. */
  static int blocks(int bytes) {
    return (bytes + BLOCK_BYTES - 1) / BLOCK_BYTES;
  }

  /** Total number of blocks, taken or not. */
  int limit() {
    return limit;
  }

  /** Number of blocks that can be taken. */
  int available() {
    return limit - touched + freeCount;
  }

  /** Number of blocks taken. */
  int inUse() {
    return touched - freeCount;
  }

  /** Takes a block and returns its address; one must be {@link #available}. */
  long take() {
    if (region == null) {
      region = OffHeap.map((long) limit * BLOCK_BYTES);
    }
    int block = freeCount > 0 ? free[--freeCount] : touched++;
    return region.address() + (long) block * BLOCK_BYTES;
  }

  /** Gives a block back, by the address of any of its bytes. */
  void give(long address) {
    if (freeCount == free.length) {
      free = Arrays.copyOf(free, free.length * 2);
    }
    free[freeCount++] = (int) ((address - region.address()) / BLOCK_BYTES);
  }

  /** Returns the memory to the system; no block may be in use any more. */
  @Override
  public void close() {
    if (region != null) {
      region.close();
      region = null;
      touched = 0;
      freeCount = 0;
    }
  }
}
