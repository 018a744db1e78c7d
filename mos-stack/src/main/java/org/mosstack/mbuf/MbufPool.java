package org.mosstack.mbuf;

import java.util.Arrays;

/**
 * One core's packet buffers: same-sized mbufs, handed out from a stack of free ones so that the
 * buffer used last, which is still in the cache, is used next. The stack is filled from an {@link
 * MbufSource}, plain memory or a DPDK pool, and the excess over its bound goes back there.
 *
 * <p>Belongs to one thread, its core's. Allocation never throws: an exhausted pool returns 0, and
 * the caller counts that and drops or waits.
 */
public final class MbufPool implements AutoCloseable {
  /** Bytes of a packet that fit behind the headroom (RTE_MBUF_DEFAULT_DATAROOM). */
  public static final int DEFAULT_DATA_ROOM_BYTES = 2048;

  /** Maximum packet bytes in one buffer: DPDK counts a buffer's bytes in 16 bits. */
  public static final int MAX_DATA_ROOM_BYTES = 0xFFFF - Mbuf.HEADROOM_BYTES;

  /** Buffers that move between the stack and the source at a time, a burst. */
  private static final int REFILL = 64;

  /** Free buffers kept here if the source is shared with a port's queues. */
  private static final int SHARED_SOURCE_BOUND = 512;

  private static final int MIN_DATA_ROOM_BYTES = 64;

  private final MbufSource source;
  private final int bound;
  private long[] free = new long[REFILL];
  private int freeCount;
  private long doubleFrees;
  private boolean closed;

  /**
   * Creates a pool of buffers with {@link #DEFAULT_DATA_ROOM_BYTES}.
   *
   * @param capacity buffers, at least 1
   */
  public MbufPool(int capacity) {
    this(capacity, DEFAULT_DATA_ROOM_BYTES);
  }

  /**
   * Creates a pool in plain memory.
   *
   * @param capacity buffers, at least 1
   * @param dataRoomBytes bytes of a packet that one buffer holds, 64 to 65407
   * @throws IllegalArgumentException if a value is out of range
   * @throws OutOfMemoryError if the address space isn't available
   */
  public MbufPool(int capacity, int dataRoomBytes) {
    if (capacity < 1) {
      throw new IllegalArgumentException("capacity " + capacity + ", at least 1");
    }
    if (dataRoomBytes < MIN_DATA_ROOM_BYTES || dataRoomBytes > MAX_DATA_ROOM_BYTES) {
      throw new IllegalArgumentException("dataRoomBytes " + dataRoomBytes + ", 64 to 65407");
    }
    source = new OffHeapMbufs(capacity, dataRoomBytes + Mbuf.HEADROOM_BYTES);
    bound = Integer.MAX_VALUE;
  }

  /**
   * Creates a pool over a source that a port's queues share. Closing the pool closes the source.
   */
  public MbufPool(MbufSource source) {
    this.source = source;
    bound = SHARED_SOURCE_BOUND;
  }

  /** The source of the buffers, for the port that shares it. */
  public MbufSource source() {
    return source;
  }

  /**
   * Takes a buffer: one empty segment with full headroom and one reference.
   *
   * @return the mbuf's address, or 0 if all are in use
   */
  public long alloc() {
    if (freeCount == 0) {
      fill(1);
      if (freeCount == 0) {
        return 0;
      }
    }
    long mbuf = free[--freeCount];
    Mbuf.reset(mbuf);
    return mbuf;
  }

  /**
   * Copies a packet into buffers of this pool (rte_pktmbuf_copy), with its receive hash, the
   * checksum results of the receiving device, and the offloads requested of a sending one. The copy
   * is one segment; that of a super-segment has as many as the original.
   *
   * @param mbuf a packet of this pool or, as long as its owner leaves it alone, of another
   * @return the copy, or 0 if too few buffers are free or the packet exceeds {@link #dataRoomBytes}
   */
  public long copy(long mbuf) {
    int segments = Mbuf.segments(mbuf);
    if (segments != 1 && Mbuf.isSuperSegment(mbuf)) {
      return copySuperSegment(mbuf, segments);
    }
    int length = Mbuf.packetLength(mbuf);
    if (length > dataRoomBytes()) {
      return 0;
    }
    long copy = alloc();
    if (copy == 0) {
      return 0;
    }
    copyMetadata(mbuf, copy);
    for (long segment = mbuf; segments > 0; segments--) {
      Mbuf.append(copy, Mbuf.data(segment), Mbuf.dataLength(segment));
      segment = Mbuf.next(segment);
    }
    return copy;
  }

  private static void copyMetadata(long mbuf, long copy) {
    Mbuf.setRssHash(copy, Mbuf.rssHash(mbuf));
    Mbuf.setPort(copy, Mbuf.port(mbuf));
    Mbuf.setFlags(copy, Mbuf.copiedFlags(mbuf));
    Mbuf.setTxOffload(copy, Mbuf.txOffload(mbuf));
  }

  private long copySuperSegment(long mbuf, int segments) {
    if (Mbuf.dataLength(mbuf) > dataRoomBytes() || !reserve(segments)) {
      return 0;
    }
    long head = alloc();
    copyMetadata(mbuf, head);
    Mbuf.append(head, Mbuf.data(mbuf), Mbuf.dataLength(mbuf));
    long last = head;
    long source = mbuf;
    for (int i = 1; i < segments; i++) {
      source = Mbuf.next(source);
      long segment = alloc();
      int length = Mbuf.dataLength(source); // at most the first one's payload
      Mbuf.append(segment, Mbuf.data(source), length);
      Mbuf.setNext(last, segment);
      last = segment;
    }
    Mbuf.setChainLength(head, segments, Mbuf.packetLength(mbuf));
    return head;
  }

  /**
   * Makes sure that the next calls of {@link #alloc} succeed.
   *
   * @param buffers how many, 1 to 64
   * @return false if fewer are free
   */
  public boolean reserve(int buffers) {
    if (freeCount < buffers) {
      fill(buffers);
    }
    return freeCount >= buffers;
  }

  private void fill(int buffers) {
    if (free.length < buffers + REFILL) {
      free = Arrays.copyOf(free, buffers + REFILL);
    }
    int taken;
    do {
      taken = source.take(free, freeCount, REFILL);
      freeCount += taken;
    } while (freeCount < buffers && taken > 0);
  }

  /**
   * Releases one reference to a packet; with the last one, all its segments return to the pool.
   *
   * @param mbuf a packet of this pool, not 0
   * @throws BufferCorruptionError if nobody holds it any more, the first time that this happens;
   *     later ones are only counted, so that a core can end and return what it has. Detected while
   *     the buffer is free in this pool: one that went back to an {@link MbufSource} shared with
   *     drivers has a reference there, as DPDK requires, and one that was handed out again has its
   *     new holder's
   */
  public void free(long mbuf) {
    int references = Mbuf.references(mbuf);
    if (references != 1) {
      release(mbuf, references);
      return;
    }
    int segments = Mbuf.segments(mbuf);
    for (long segment = mbuf; segments > 0; segments--) {
      long next = Mbuf.next(segment);
      Mbuf.setReferences(segment, 0);
      push(segment);
      segment = next;
    }
  }

  private void release(long mbuf, int references) {
    if (references > 1) {
      Mbuf.setReferences(mbuf, references - 1);
    } else if (doubleFrees++ == 0) {
      throw new BufferCorruptionError("packet buffer " + Long.toHexString(mbuf) + " freed twice");
    }
  }

  /** Number of frees of packets that nobody held: 0, or something is badly wrong. */
  public long doubleFrees() {
    return doubleFrees;
  }

  /** Frees all segments of a packet but the first. */
  public void freeRest(long mbuf) {
    int segments = Mbuf.segments(mbuf);
    long segment = Mbuf.next(mbuf);
    Mbuf.makeSingle(mbuf);
    for (; segments > 1; segments--) {
      long next = Mbuf.next(segment);
      Mbuf.setNext(segment, 0);
      free(segment);
      segment = next;
    }
  }

  private void push(long mbuf) {
    if (freeCount == bound) {
      giveBack();
    } else if (freeCount == free.length) {
      free = Arrays.copyOf(free, Math.min(bound, free.length * 2));
    }
    free[freeCount++] = mbuf;
  }

  /** Returns half of the stack to the source: the half that has been free longest. */
  private void giveBack() {
    int half = freeCount / 2;
    source.give(free, 0, half);
    System.arraycopy(free, half, free, 0, freeCount - half);
    freeCount -= half;
  }

  /** Buffers that can still be allocated. */
  public int available() {
    return source.capacity() - inUse();
  }

  /** Buffers handed out and not yet back; 0 at the end of a clean run. */
  public int inUse() {
    return source.inUse() - freeCount;
  }

  /** All buffers, free and in use. */
  public int capacity() {
    return source.capacity();
  }

  /** Bytes of packet data that one buffer holds behind the headroom. */
  public int dataRoomBytes() {
    return source.bufLen() - Mbuf.HEADROOM_BYTES;
  }

  /** Returns the memory to the system; no mbuf of this pool may be touched afterwards. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      if (bound != Integer.MAX_VALUE) {
        source.give(free, 0, freeCount);
        freeCount = 0;
      }
      source.close();
    }
  }
}
