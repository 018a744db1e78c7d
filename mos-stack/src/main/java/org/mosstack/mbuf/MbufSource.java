package org.mosstack.mbuf;

/**
 * Where a {@link MbufPool} has its buffers from. Buffers move in bulk, so that what a move costs is
 * shared by many packets. On the pool's thread, {@link #inUse} and {@link #close} aside, which may
 * be called once that has ended.
 */
public interface MbufSource extends AutoCloseable {
  /** All buffers, those handed out included. */
  int capacity();

  /** Bytes of one buffer, the headroom included. */
  int bufLen();

  /**
   * Hands out buffers. Each is one segment; nothing else about it is promised.
   *
   * @param mbufs where their addresses go, from index 0
   * @param max how many are wanted
   * @return how many there were, 0 when all are in use
   */
  int take(long[] mbufs, int max);

  /**
   * Takes buffers back.
   *
   * @param mbufs addresses from {@link #take}, or of buffers that a port took from the same source
   * @param from index of the first
   * @param count how many
   */
  void give(long[] mbufs, int from, int count);

  /** Buffers handed out and not yet back, those that a port holds included. */
  int inUse();

  /** Returns the memory; no buffer may be touched afterwards. */
  @Override
  void close();
}
