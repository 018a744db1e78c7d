package org.mosstack.tcp;

import java.util.Arrays;
import org.mosstack.mbuf.Memory;

/**
 * Data of one connection that is not acknowledged yet: references to the application's buffers, in
 * order, in a ring of three arrays. Exists only while there is such data; cores keep a few of them
 * for the next connection.
 */
final class SendQueue {
  private static final int INITIAL_CHUNKS = 8;

  private long[] addresses = new long[INITIAL_CHUNKS];
  private int[] lengths = new int[INITIAL_CHUNKS];
  private Object[] buffers = new Object[INITIAL_CHUNKS];
  private int head;
  private int chunks;

  /** Bytes of the first chunk that are acknowledged already. */
  private int headAcked;

  private int bytes;

  /** A chunk in which a recent offset lies, so that sending on needn't walk from the head. */
  private int cursorChunk;

  /** Offset of the cursor chunk's first byte from the first unacknowledged one; may be negative. */
  private int cursorOffset;

  /** Memory that its arrays take, the data's not counted. */
  int memoryBytes() {
    return lengths.length * (Long.BYTES + Integer.BYTES + Integer.BYTES); // a reference has 4
  }

  /** Bytes not acknowledged yet. */
  int bytes() {
    return bytes;
  }

  /** Takes a reference to {@code length} bytes at {@code address}. */
  void add(long address, int length, Object buffer) {
    if (chunks == lengths.length) {
      grow();
    }
    int index = head + chunks & lengths.length - 1;
    addresses[index] = address;
    lengths[index] = length;
    buffers[index] = buffer;
    chunks++;
    bytes += length;
  }

  private void grow() {
    int old = lengths.length;
    long[] largerAddresses = Arrays.copyOf(addresses, old * 2);
    int[] largerLengths = Arrays.copyOf(lengths, old * 2);
    Object[] largerBuffers = Arrays.copyOf(buffers, old * 2);
    for (int i = 0; i < chunks; i++) {
      int from = head + i & old - 1;
      largerAddresses[i] = addresses[from];
      largerLengths[i] = lengths[from];
      largerBuffers[i] = buffers[from];
    }
    addresses = largerAddresses;
    lengths = largerLengths;
    buffers = largerBuffers;
    head = 0;
  }

  /**
   * Copies bytes for a segment.
   *
   * @param offset from the first unacknowledged byte; offset + length is at most {@link #bytes()}
   */
  void copy(int offset, int length, long target) {
    if (offset < cursorOffset) {
      cursorChunk = 0;
      cursorOffset = -headAcked;
    }
    int mask = lengths.length - 1;
    while (offset - cursorOffset >= lengths[head + cursorChunk & mask]) {
      cursorOffset += lengths[head + cursorChunk & mask];
      cursorChunk++;
    }
    int chunk = cursorChunk;
    int within = offset - cursorOffset;
    for (int done = 0; done < length; chunk++, within = 0) {
      int index = head + chunk & mask;
      int part = Math.min(lengths[index] - within, length - done);
      Memory.copy(addresses[index] + within, target + done, part);
      done += part;
    }
  }

  /** Drops acknowledged bytes, and gives back the buffers that were wholly acknowledged. */
  void acknowledge(int acked, TcpConnection connection) {
    connection.core.memory().queued(-acked);
    bytes -= acked;
    cursorOffset -= acked;
    headAcked += acked;
    while (chunks > 0 && headAcked >= lengths[head]) {
      headAcked -= lengths[head];
      if (cursorChunk > 0) {
        cursorChunk--;
      } else {
        cursorOffset = -headAcked;
      }
      removeHead(connection); // last: the application is told, and may write or abort
    }
  }

  private void removeHead(TcpConnection connection) {
    Object buffer = buffers[head];
    buffers[head] = null;
    head = head + 1 & lengths.length - 1;
    chunks--;
    connection.releaseBuffer(buffer);
  }

  /** Gives back all buffers. */
  void clear(TcpConnection connection) {
    connection.core.memory().queued(-bytes);
    bytes = 0;
    while (chunks > 0) {
      removeHead(connection);
    }
    head = 0;
    headAcked = 0;
    cursorChunk = 0;
    cursorOffset = 0;
  }
}
