package org.mosstack.tcp;

import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.Memory;

/**
 * Data of one connection received in order: the packets themselves, linked through their {@code
 * next} fields. Small segments are copied together, so that a peer that sends single bytes can't
 * make each of them hold a whole buffer.
 */
final class ReceiveQueue {
  private long head;
  private long tail;
  private int bytes;

  int bytes() {
    return bytes;
  }

  boolean isEmpty() {
    return head == 0;
  }

  /**
   * Whether {@code length} bytes fit into the buffer of the last packet: {@link #add} copies them
   * there.
   */
  boolean takesCopy(int length) {
    return tail != 0 && length <= Mbuf.tailroom(tail);
  }

  /** Appends a packet whose data is all payload. */
  void add(long mbuf, ReceivedPackets received) {
    int length = Mbuf.dataLength(mbuf);
    bytes += length;
    if (takesCopy(length)) {
      long target = Mbuf.append(tail, length);
      Memory.copy(Mbuf.data(mbuf), target, length);
      received.free(mbuf);
      return;
    }
    Mbuf.setNext(mbuf, 0);
    if (tail == 0) {
      head = mbuf;
    } else {
      Mbuf.setNext(tail, mbuf);
    }
    tail = mbuf;
  }

  /**
   * Copies the oldest bytes out; {@code target} is memory of at least {@code length} bytes.
   *
   * @return bytes copied
   */
  int read(long target, int length, ReceivedPackets received) {
    int done = 0;
    while (done < length && head != 0) {
      int part = Math.min(Mbuf.dataLength(head), length - done);
      Memory.copy(Mbuf.data(head), target + done, part);
      done += part;
      consume(part, received);
    }
    return done;
  }

  /** Like {@link #read(long, int, ReceivedPackets)}, into an array. */
  int read(byte[] target, int offset, int length, ReceivedPackets received) {
    int done = 0;
    while (done < length && head != 0) {
      int part = Math.min(Mbuf.dataLength(head), length - done);
      Memory.copy(Mbuf.data(head), target, offset + done, part);
      done += part;
      consume(part, received);
    }
    return done;
  }

  private void consume(int part, ReceivedPackets received) {
    bytes -= part;
    if (part < Mbuf.dataLength(head)) {
      Mbuf.trimFront(head, part);
      return;
    }
    long next = Mbuf.next(head);
    received.free(head);
    head = next;
    if (head == 0) {
      tail = 0;
    }
  }

  /** Frees all unread data. */
  void clear(ReceivedPackets received) {
    while (head != 0) {
      long next = Mbuf.next(head);
      received.free(head);
      head = next;
    }
    tail = 0;
    bytes = 0;
  }
}
