package org.mosstack.mbuf;

/**
 * Backing store of an {@link MbufPool}. Buffers move in bulk, so that many packets share the cost
 * of a move. On the pool's thread, except {@link #inUse} and {@link #close}, which may be called
 * once that has ended.
 */
public interface MbufSource extends AutoCloseable {
  /** All buffers, including those handed out. */
  int capacity();

  /** Bytes of one buffer, including the headroom. */
  int bufLen();

  /**
   * Hands out buffers. Each is one segment; nothing else about it is promised.
   *
   * @param mbufs receives their addresses
   * @param from index of the first
   * @param max maximum number of buffers
   * @return number of buffers handed out, 0 if all are in use
   */
  int take(long[] mbufs, int from, int max);

  /**
   * Takes buffers back.
   *
   * @param mbufs addresses from {@link #take}, or of buffers that a port took from the same source
   * @param from index of the first
   * @param count how many
   */
  void give(long[] mbufs, int from, int count);

  /** Buffers handed out and not yet back, including those that a port holds. */
  int inUse();

  /** Returns the memory; no buffer may be touched afterwards. */
  @Override
  void close();
}
