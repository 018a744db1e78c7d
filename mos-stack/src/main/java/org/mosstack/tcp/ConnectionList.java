package org.mosstack.tcp;

/**
 * A growing list of connections, in a ring, without boxing or iterators; whoever adds keeps them
 * unique. It keeps its largest array: four bytes for each connection that was ever on it at once,
 * and eight at most, of which {@code max_concurrency} is a bound.
 */
final class ConnectionList {
  /** A power of two long. */
  private TcpConnection[] items = new TcpConnection[64];

  private int head;
  private int size;

  private int slot(int index) {
    return head + index & items.length - 1;
  }

  void add(TcpConnection c) {
    if (size == items.length) {
      grow();
    }
    items[slot(size++)] = c;
  }

  private void grow() {
    TcpConnection[] larger = new TcpConnection[2 * size];
    for (int i = 0; i < size; i++) {
      larger[i] = get(i);
    }
    items = larger;
    head = 0;
  }

  int size() {
    return size;
  }

  TcpConnection get(int index) {
    return items[slot(index)];
  }

  /** Takes the last one; the list isn't empty. */
  TcpConnection removeLast() {
    int last = slot(--size);
    TcpConnection c = items[last];
    items[last] = null;
    return c;
  }

  /** Removes the first {@code count}. */
  void removeFirst(int count) {
    for (int i = 0; i < count; i++) {
      items[slot(i)] = null;
    }
    head = slot(count);
    size -= count;
  }
}
