package org.mosstack.tcp;

/**
 * A growable list of connections in a ring, without boxing or iterators; callers keep entries
 * unique. Its array never shrinks: it takes four to eight bytes per connection of the most that
 * were ever on it at once, which {@code max_concurrency} bounds.
 */
final class ConnectionList {
  /** Its length is a power of two. */
  private Tcb[] items = new Tcb[64];

  private int head;
  private int size;

  private int slot(int index) {
    return head + index & items.length - 1;
  }

  void add(Tcb c) {
    if (size == items.length) {
      grow();
    }
    items[slot(size++)] = c;
  }

  private void grow() {
    Tcb[] larger = new Tcb[2 * size];
    for (int i = 0; i < size; i++) {
      larger[i] = get(i);
    }
    items = larger;
    head = 0;
  }

  int size() {
    return size;
  }

  Tcb get(int index) {
    return items[slot(index)];
  }

  /** Removes and returns the last connection; the list must not be empty. */
  Tcb removeLast() {
    int last = slot(--size);
    Tcb c = items[last];
    items[last] = null;
    return c;
  }

  /** Removes the first {@code count} connections. */
  void removeFirst(int count) {
    for (int i = 0; i < count; i++) {
      items[slot(i)] = null;
    }
    head = slot(count);
    size -= count;
  }
}
