package org.mosstack.tcp;

import org.mosstack.mbuf.Memory;

/**
 * Data of one connection that is not acknowledged yet: references to the application's buffers, in
 * order, in a ring of three arrays. Exists only while there is such data; cores keep a few of them
 * for the next connection.
 *
 * <p>Bytes are numbered as they are queued, and each chunk knows the number behind its last one, so
 * that any offset is found by halving. Numbers wrap around; they are only compared within the
 * queue.
 */
final class SendQueue {
  private static final int INITIAL_CHUNKS = 8;

  private final StepCount steps;

  /** The address behind a chunk's last byte. */
  private long[] endAddresses = new long[INITIAL_CHUNKS];

  /** The number behind a chunk's last byte. */
  private int[] ends = new int[INITIAL_CHUNKS];

  private Object[] buffers = new Object[INITIAL_CHUNKS];
  private int head;
  private int chunks;

  /** Number of the first byte that isn't acknowledged. */
  private int first;

  private int bytes;

  /** Bytes acknowledged since this queue was last empty. */
  private long acknowledged;

  // A mark behind what was queued at one time, in terms of acknowledged; see heldSince.
  private long mark;
  private long markFrom;
  private long markNanos;

  /** Where in the ring the chunk is that the next segment in order most likely begins in. */
  private int cursor;

  /**
   * Makes an empty one.
   *
   * @param steps of the core
   */
  SendQueue(StepCount steps) {
    this.steps = steps;
  }

  /** Memory that its arrays take, the data's not counted. */
  int memoryBytes() {
    return ends.length * (Long.BYTES + Integer.BYTES + Integer.BYTES); // a reference has 4
  }

  /** Bytes not acknowledged yet. */
  int bytes() {
    return bytes;
  }

  /**
   * Since when something has been waiting that waits still. Asked now and then: from the last time
   * on at which nothing was left of what had been here the time before.
   */
  long heldSince(long now) {
    if (acknowledged >= mark) {
      mark = acknowledged + bytes;
      markFrom = acknowledged;
      markNanos = now;
    }
    return markNanos;
  }

  /**
   * Whether acknowledgments come so slowly that what was waiting at {@link #heldSince} will have
   * taken longer than this.
   */
  boolean isHeldBeyond(long nanos, long now) {
    double taken = acknowledged - markFrom;
    return taken * nanos < (double) (mark - markFrom) * (now - markNanos);
  }

  /** Takes a reference to {@code length} bytes at {@code address}. */
  void add(long address, int length, Object buffer) {
    if (chunks == ends.length) {
      grow();
    }
    bytes += length;
    int index = index(chunks++);
    endAddresses[index] = address + length;
    ends[index] = first + bytes;
    buffers[index] = buffer;
  }

  /**
   * Takes bytes that lie directly behind those taken last, in the same buffer: they become part of
   * that chunk.
   *
   * @return false when they don't: nothing was taken
   */
  boolean extend(long address, int length, Object buffer) {
    int last = index(chunks - 1);
    if (chunks == 0 || buffers[last] != buffer || endAddresses[last] != address) {
      return false;
    }
    bytes += length;
    endAddresses[last] += length;
    ends[last] += length;
    return true;
  }

  /** Where a chunk stands in the ring; 0 is the oldest. */
  private int index(int chunk) {
    return head + chunk & ends.length - 1;
  }

  private void grow() {
    int old = ends.length;
    long[] largerAddresses = new long[old * 2];
    int[] largerEnds = new int[old * 2];
    Object[] largerBuffers = new Object[old * 2];
    int behindHead = old - head;
    System.arraycopy(endAddresses, head, largerAddresses, 0, behindHead);
    System.arraycopy(endAddresses, 0, largerAddresses, behindHead, head);
    System.arraycopy(ends, head, largerEnds, 0, behindHead);
    System.arraycopy(ends, 0, largerEnds, behindHead, head);
    System.arraycopy(buffers, head, largerBuffers, 0, behindHead);
    System.arraycopy(buffers, 0, largerBuffers, behindHead, head);
    cursor = cursor - head & old - 1;
    endAddresses = largerAddresses;
    ends = largerEnds;
    buffers = largerBuffers;
    head = 0;
  }

  /**
   * Copies bytes for a segment.
   *
   * @param offset from the first unacknowledged byte; offset + length is at most {@link #bytes()}
   */
  void copy(int offset, int length, long target) {
    int index = find(first + offset);
    int at = first + offset;
    for (int done = 0; ; index = index + 1 & ends.length - 1) {
      int left = ends[index] - at;
      int part = Math.min(left, length - done);
      Memory.copy(endAddresses[index] - left, target + done, part);
      done += part;
      at += part;
      if (done == length) {
        cursor = index;
        return;
      }
    }
  }

  /** Where in the ring the chunk is that has this byte. */
  private int find(int byteNumber) {
    // Segments follow each other: it is the one in which the last ended, or the next.
    if (holds(cursor, byteNumber)) {
      return cursor;
    }
    int next = cursor + 1 & ends.length - 1;
    return holds(next, byteNumber) ? next : search(byteNumber);
  }

  private boolean holds(int index, int byteNumber) {
    int chunk = index - head & ends.length - 1;
    if (chunk >= chunks) {
      return false;
    }
    int start = chunk == 0 ? first : ends[index - 1 & ends.length - 1];
    return byteNumber - start >= 0 && byteNumber - ends[index] < 0;
  }

  private int search(int byteNumber) {
    int low = 0;
    int high = chunks - 1;
    while (low < high) {
      int middle = low + high >>> 1;
      if (ends[index(middle)] - byteNumber <= 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    steps.add(Integer.SIZE - Integer.numberOfLeadingZeros(chunks));
    return index(low);
  }

  /** Drops acknowledged bytes, and gives back the buffers that were wholly acknowledged. */
  void acknowledge(int acked, TcpConnection connection) {
    connection.core.memory().queued(-acked);
    bytes -= acked;
    acknowledged += acked;
    first += acked;
    while (chunks > 0 && first - ends[head] >= 0) {
      removeHead(connection); // last: the application is told, and may write or abort
    }
  }

  private void removeHead(TcpConnection connection) {
    Object buffer = buffers[head];
    long end = endAddresses[head];
    buffers[head] = null;
    head = index(1);
    chunks--;
    if (buffer instanceof OrphanMemory memory) {
      memory.give(end - 1);
    } else {
      connection.releaseBuffer(buffer);
    }
  }

  /**
   * Moves all that isn't acknowledged into the stack's own memory, and gives the application its
   * buffers back.
   *
   * @param memory has as many blocks available as that needs
   */
  void moveTo(OrphanMemory memory, TcpConnection connection) {
    Object[] old = buffers;
    int from = head;
    int count = chunks;
    int blocks = OrphanMemory.blocks(bytes);
    int capacity = Math.max(INITIAL_CHUNKS, Integer.highestOneBit(2 * blocks - 1));
    long[] newAddresses = new long[capacity];
    int[] newEnds = new int[capacity];
    Object[] owners = new Object[capacity];
    for (int i = 0, offset = 0; i < blocks; i++) {
      int length = Math.min(OrphanMemory.BLOCK_BYTES, bytes - offset);
      long block = memory.take();
      copy(offset, length, block);
      offset += length;
      newAddresses[i] = block + length;
      newEnds[i] = first + offset;
      owners[i] = memory;
    }
    endAddresses = newAddresses;
    ends = newEnds;
    buffers = owners;
    head = 0;
    chunks = blocks;
    cursor = 0;
    for (int i = 0; i < count; i++) { // last: the application is told, and may abort
      connection.releaseBuffer(old[from + i & old.length - 1]);
    }
  }

  /** Gives back all buffers. */
  void clear(TcpConnection connection) {
    connection.core.memory().queued(-bytes);
    first += bytes;
    bytes = 0;
    acknowledged = 0;
    mark = 0;
    while (chunks > 0) {
      removeHead(connection);
    }
  }
}
