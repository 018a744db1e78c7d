package org.mosstack.tcp;

import java.util.Arrays;
import org.mosstack.os.OffHeap;

/**
 * Blocks of the stack's own memory for what connections still have to send whose application has
 * closed them. The application's buffers need not wait for the peer then. Nothing is mapped before
 * the first connection needs some, and no page taken before it is touched.
 */
final class OrphanMemory implements AutoCloseable {
  /** Bytes of a block: most answers fit one. */
  static final int BLOCK_BYTES = 8192;

  private static final int FIRST_FREE = 64;

  private final int limit;
  private OffHeap region;

  /** Numbers of blocks that were given back. */
  private int[] free = new int[FIRST_FREE];

  private int freeCount;

  /** Blocks that were ever taken: those from here on are free, too. */
  private int touched;

  /**
   * Makes one that has taken no memory yet.
   *
   * @param bytes what all blocks may take; at least one block is there
   */
  OrphanMemory(long bytes) {
    limit = Math.clamp(bytes / BLOCK_BYTES, 1, Integer.MAX_VALUE / BLOCK_BYTES);
  }

  /** Blocks that hold so many bytes. */
  static int blocks(int bytes) {
    return (bytes + BLOCK_BYTES - 1) / BLOCK_BYTES;
  }

  /** Blocks that there are, taken or not. */
  int limit() {
    return limit;
  }

  /** Blocks that can be taken. */
  int available() {
    return limit - touched + freeCount;
  }

  /** Blocks that are taken. */
  int inUse() {
    return touched - freeCount;
  }

  /** Takes a block, of which one is {@link #available}; its address. */
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

  /** Gives the memory back to the system; no block is used any more. */
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
