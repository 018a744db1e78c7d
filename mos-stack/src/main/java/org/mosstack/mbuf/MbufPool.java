package org.mosstack.mbuf;

import java.util.Arrays;
import org.mosstack.os.OffHeap;

/**
 * One core's packet buffers: same-sized mbufs in one off-heap region, handed out from a stack of
 * free ones so that the buffer used last, which is still in the cache, is used next.
 *
 * <p>Belongs to one thread, its core's. A buffer is laid out when it is first handed out, so a
 * large pool costs memory only as far as it was ever used. Allocation never throws: a full pool
 * answers 0, and the caller counts that and drops or waits.
 */
public final class MbufPool implements AutoCloseable {
  /** Bytes of a packet that fit behind the headroom (RTE_MBUF_DEFAULT_DATAROOM). */
  public static final int DEFAULT_DATA_ROOM_BYTES = 2048;

  private static final int CACHE_LINE_BYTES = 64;
  private static final int MAX_BUF_LEN = 0xFFFF; // buf_len is 16 bits wide

  private final OffHeap region;
  private final int elementBytes;
  private final int bufLen;
  private final int capacity;
  private long[] free = new long[64];
  private int freeCount;
  private int laidOut;
  private boolean closed;

  /**
   * Makes a pool of buffers with {@link #DEFAULT_DATA_ROOM_BYTES}.
   *
   * @param capacity buffers, at least 1
   */
  public MbufPool(int capacity) {
    this(capacity, DEFAULT_DATA_ROOM_BYTES);
  }

  /**
   * Makes a pool.
   *
   * @param capacity buffers, at least 1
   * @param dataRoomBytes bytes of a packet that one buffer holds, 64 to 65407
   * @throws IllegalArgumentException outside these ranges
   * @throws OutOfMemoryError when the address space can't be had
   */
  public MbufPool(int capacity, int dataRoomBytes) {
    if (capacity < 1) {
      throw new IllegalArgumentException("capacity " + capacity + ", at least 1");
    }
    bufLen = dataRoomBytes + Mbuf.HEADROOM_BYTES;
    if (dataRoomBytes < CACHE_LINE_BYTES || bufLen > MAX_BUF_LEN) {
      throw new IllegalArgumentException("dataRoomBytes " + dataRoomBytes + ", 64 to 65407");
    }
    this.capacity = capacity;
    elementBytes = roundUp(Mbuf.HEADER_BYTES + bufLen);
    region = OffHeap.map((long) elementBytes * capacity);
  }

  private static int roundUp(int bytes) {
    return (bytes + CACHE_LINE_BYTES - 1) & -CACHE_LINE_BYTES;
  }

  /**
   * Takes a buffer: one empty segment with full headroom and one reference.
   *
   * @return the mbuf's address, or 0 when all are in use
   */
  public long alloc() {
    if (freeCount > 0) {
      long mbuf = free[--freeCount];
      Mbuf.reset(mbuf);
      return mbuf;
    }
    if (laidOut == capacity) {
      return 0;
    }
    long mbuf = region.address() + (long) elementBytes * laidOut++;
    Mbuf.init(mbuf, bufLen);
    return mbuf;
  }

  /**
   * Takes a buffer and copies a packet into it as one segment (rte_pktmbuf_copy), with its receive
   * hash, what the device said about its checksums, and what is asked of a device that sends it.
   *
   * @param mbuf a packet of this pool or, as long as its owner leaves it alone, of another
   * @return the copy, or 0 when all buffers are in use or the packet exceeds {@link #dataRoomBytes}
   */
  public long copy(long mbuf) {
    int length = Mbuf.packetLength(mbuf);
    if (length > dataRoomBytes()) {
      return 0;
    }
    long copy = alloc();
    if (copy == 0) {
      return 0;
    }
    Mbuf.setRssHash(copy, Mbuf.rssHash(mbuf));
    Mbuf.setPort(copy, Mbuf.port(mbuf));
    Mbuf.setFlags(copy, Mbuf.copiedFlags(mbuf));
    Mbuf.setTxOffload(copy, Mbuf.txOffload(mbuf));
    int segments = Mbuf.segments(mbuf);
    for (long segment = mbuf; segments > 0; segments--) {
      int part = Mbuf.dataLength(segment);
      Memory.copy(Mbuf.data(segment), Mbuf.append(copy, part), part);
      segment = Mbuf.next(segment);
    }
    return copy;
  }

  /**
   * Gives up one reference to a packet; with the last one, all its segments go back to the pool.
   *
   * @param mbuf a packet of this pool, not 0
   */
  public void free(long mbuf) {
    int references = Mbuf.references(mbuf);
    if (references > 1) {
      Mbuf.setReferences(mbuf, references - 1);
      return;
    }
    assert references == 1 : "double free of mbuf " + Long.toHexString(mbuf);
    int segments = Mbuf.segments(mbuf);
    for (long segment = mbuf; segments > 0; segments--) {
      long next = Mbuf.next(segment);
      Mbuf.setReferences(segment, 0);
      push(segment);
      segment = next;
    }
  }

  private void push(long mbuf) {
    if (freeCount == free.length) {
      free = Arrays.copyOf(free, Math.min(capacity, free.length * 2));
    }
    free[freeCount++] = mbuf;
  }

  /** Buffers that can still be had. */
  public int available() {
    return capacity - laidOut + freeCount;
  }

  /** Buffers handed out and not yet back; 0 at the end of a clean run. */
  public int inUse() {
    return laidOut - freeCount;
  }

  /** All buffers, free and in use. */
  public int capacity() {
    return capacity;
  }

  /** Bytes of packet data that one buffer holds behind the headroom. */
  public int dataRoomBytes() {
    return bufLen - Mbuf.HEADROOM_BYTES;
  }

  /** Returns the memory to the system; no mbuf of this pool may be touched afterwards. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      region.close();
    }
  }
}
