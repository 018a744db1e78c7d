package org.mosstack.tcp;

import java.util.Arrays;

/** A growing list of connections without boxing or iterators; whoever adds keeps them unique. */
final class ConnectionList {
  private TcpConnection[] items = new TcpConnection[64];
  private int size;

  void add(TcpConnection c) {
    if (size == items.length) {
      items = Arrays.copyOf(items, size * 2);
    }
    items[size++] = c;
  }

  int size() {
    return size;
  }

  TcpConnection get(int index) {
    return items[index];
  }

  /** Takes the last one; the list isn't empty. */
  TcpConnection removeLast() {
    TcpConnection c = items[--size];
    items[size] = null;
    return c;
  }

  /** Removes the first {@code count}. */
  void removeFirst(int count) {
    System.arraycopy(items, count, items, 0, size - count);
    Arrays.fill(items, size - count, size, null);
    size -= count;
  }
}
