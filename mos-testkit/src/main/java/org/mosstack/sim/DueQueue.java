package org.mosstack.sim;

import java.util.Arrays;

/** Packets in transit, ordered by arrival time; at equal times, first in, first out. */
final class DueQueue {
  private long[] due = new long[64];
  private long[] order = new long[64];
  private long[] mbufs = new long[64];
  private int size;
  private long added;

  int size() {
    return size;
  }

  /** Returns when the first one arrives; {@link Long#MAX_VALUE} if there is none. */
  long firstDue() {
    return size == 0 ? Long.MAX_VALUE : due[0];
  }

  void add(long dueNanos, long mbuf) {
    if (size == due.length) {
      due = Arrays.copyOf(due, size * 2);
      order = Arrays.copyOf(order, size * 2);
      mbufs = Arrays.copyOf(mbufs, size * 2);
    }
    int at = size++;
    long number = added++;
    while (at > 0) {
      int parent = at - 1 >>> 1;
      if (due[parent] <= dueNanos) { // an older one with the same time stays ahead
        break;
      }
      move(parent, at);
      at = parent;
    }
    set(at, dueNanos, number, mbuf);
  }

  /** Removes and returns the first one. */
  long remove() {
    long first = mbufs[0];
    size--;
    long lastDue = due[size];
    long lastOrder = order[size];
    long lastMbuf = mbufs[size];
    int at = 0;
    while (true) {
      int child = 2 * at + 1;
      if (child >= size) {
        break;
      }
      if (child + 1 < size && before(child + 1, due[child], order[child])) {
        child++;
      }
      if (!before(child, lastDue, lastOrder)) {
        break;
      }
      move(child, at);
      at = child;
    }
    if (size > 0) {
      set(at, lastDue, lastOrder, lastMbuf);
    }
    return first;
  }

  private boolean before(int index, long otherDue, long otherOrder) {
    return due[index] < otherDue || due[index] == otherDue && order[index] < otherOrder;
  }

  private void move(int from, int to) {
    set(to, due[from], order[from], mbufs[from]);
  }

  private void set(int at, long dueNanos, long number, long mbuf) {
    due[at] = dueNanos;
    order[at] = number;
    mbufs[at] = mbuf;
  }
}
