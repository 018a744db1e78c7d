package org.mosstack.mbuf;

import org.mosstack.os.OffHeap;

/**
 * Buffers in plain off-heap memory, initialised when first handed out: a large pool takes memory
 * only as far as it was ever used. None is given back: the pool keeps free ones.
 */
final class OffHeapMbufs implements MbufSource {
  private static final int CACHE_LINE_BYTES = 64;

  private final OffHeap region;
  private final int elementBytes;
  private final int bufLen;
  private final int capacity;
  private int laidOut;

  OffHeapMbufs(int capacity, int bufLen) {
    this.capacity = capacity;
    this.bufLen = bufLen;
    // An odd number of cache lines: the headers of buffers whose sizes are a power of two would
    // all fall into the same few sets of a cache (rte_mempool spreads its objects likewise).
    int lines = (Mbuf.HEADER_BYTES + bufLen + CACHE_LINE_BYTES - 1) / CACHE_LINE_BYTES;
    elementBytes = (lines | 1) * CACHE_LINE_BYTES;
    region = OffHeap.map((long) elementBytes * capacity);
  }

  @Override
  public int capacity() {
    return capacity;
  }

  @Override
  public int bufLen() {
    return bufLen;
  }

  @Override
  public int take(long[] mbufs, int from, int max) {
    int count = Math.min(max, capacity - laidOut);
    for (int i = 0; i < count; i++) {
      long mbuf = region.address() + (long) elementBytes * laidOut++;
      Mbuf.init(mbuf, bufLen);
      mbufs[from + i] = mbuf;
    }
    return count;
  }

  @Override
  public void give(long[] mbufs, int from, int count) {
    throw new AssertionError("the pool keeps what is free");
  }

  @Override
  public int inUse() {
    return laidOut;
  }

  @Override
  public void close() {
    region.close();
  }
}
