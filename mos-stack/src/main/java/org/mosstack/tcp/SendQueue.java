package org.mosstack.tcp;

import org.mosstack.mbuf.Memory;
import org.mosstack.tcp.scoreboard.StepCount;

/**
 * Unacknowledged data of one connection: references to the application's buffers, in order, in a
 * ring of three parallel arrays. Exists only while there is such data; cores keep a few for the
 * next connections.
 *
 * <p>Bytes are numbered as they are queued, and each chunk records the number following its last
 * byte, so that a binary search finds any offset. Numbers wrap around; they are only compared
 * within the queue.
 */
final class SendQueue {
  private static final int INITIAL_CHUNKS = 8;

  private final StepCount steps;

  /** End address of each chunk, exclusive. */
  private long[] endAddresses = new long[INITIAL_CHUNKS];

  /** End number of each chunk, exclusive. */
  private int[] ends = new int[INITIAL_CHUNKS];

  private Object[] buffers = new Object[INITIAL_CHUNKS];
  private int head;
  private int chunks;

  /** Number of the first unacknowledged byte. */
  private int first;

  private int bytes;

  /** Bytes acknowledged since this queue was last empty. */
  private long acknowledged;

  // The end of what was queued at some time, as a value of acknowledged; see heldSince.
  private long mark;
  private long markFrom;
  private long markNanos;

  /** Ring index of the chunk in which the next segment in order most likely begins. */
  private int cursor;

  /**
   * Creates an empty queue.
   *
   * @param steps the core's
   */
  SendQueue(StepCount steps) {
    this.steps = steps;
  }

  /** Bytes that the arrays take, not counting the data. */
  int memoryBytes() {
    return ends.length * (Long.BYTES + Integer.BYTES + Integer.BYTES); // a reference takes 4
  }

  /** Bytes not acknowledged yet. */
  int bytes() {
    return bytes;
  }

  /**
   * Returns since when some of the data still queued has been waiting. It is as precise as the
   * calls are frequent: the time of the last call that found nothing left of what had been queued
   * at the previous mark.
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
   * Whether acknowledgments come so slowly that what was queued as of {@link #heldSince} will have
   * waited longer than {@code nanos} by the time it is all acknowledged.
   */
  boolean isHeldBeyond(long nanos, long now) {
    double taken = acknowledged - markFrom;
    return taken * nanos < (double) (mark - markFrom) * (now - markNanos);
  }

  /** Adds a reference to {@code length} bytes at {@code address}. */
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
   * Extends the last chunk by bytes that directly follow it in the same buffer.
   *
   * @return false if they don't: nothing was added
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

  /** Ring index of a chunk; chunk 0 is the oldest. */
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

  /** Ring index of the chunk that holds this byte. */
  private int find(int byteNumber) {
    // Segments mostly follow each other: it is the chunk in which the last ended, or the next.
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

  /** Drops acknowledged bytes and releases the buffers that are wholly acknowledged. */
  void acknowledge(int acked, Tcb connection) {
    connection.core.memory().queued(-acked);
    bytes -= acked;
    acknowledged += acked;
    first += acked;
    while (chunks > 0 && first - ends[head] >= 0) {
      removeHead(connection); // last: it calls the application, which may write or abort
    }
  }

  private void removeHead(Tcb connection) {
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
   * Moves all unacknowledged data into the stack's own memory and releases the application's
   * buffers.
   *
   * @param memory has enough blocks available
   */
  void moveTo(OrphanMemory memory, Tcb connection) {
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
    for (int i = 0; i < count; i++) { // last: it calls the application, which may abort
      connection.releaseBuffer(old[from + i & old.length - 1]);
    }
  }

  /** Drops all data and releases its buffers. */
  void clear(Tcb connection) {
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
