package org.mosstack.tcp;

import java.util.Arrays;

/**
 * Objects kept for reuse, last in, first out: as many as fit into a bound in bytes, at whatever
 * size they have grown to. One that would take more than a quarter of it alone isn't kept.
 */
final class Spares<T> {
  private static final int INITIAL_ITEMS = 16;

  private final long limitBytes;
  private Object[] items = new Object[INITIAL_ITEMS];
  private int[] sizes = new int[INITIAL_ITEMS];
  private int count;
  private long bytes;

  /**
   * Keeps nothing yet.
   *
   * @param limitBytes what all that is kept may take together
   */
  Spares(long limitBytes) {
    this.limitBytes = limitBytes;
  }

  /** One of them, or null when there is none. */
  T take() {
    if (count == 0) {
      return null;
    }
    count--;
    bytes -= sizes[count];
    @SuppressWarnings("unchecked") // only keep() puts them in
    T item = (T) items[count];
    items[count] = null;
    return item;
  }

  /**
   * Keeps an object if there is room; otherwise leaves it to the collector.
   *
   * @param itemBytes what it takes, above 0
   */
  void keep(T item, int itemBytes) {
    if (itemBytes > limitBytes / 4 || bytes + itemBytes > limitBytes) {
      return;
    }
    if (count == items.length) {
      items = Arrays.copyOf(items, 2 * count);
      sizes = Arrays.copyOf(sizes, 2 * count);
    }
    items[count] = item;
    sizes[count] = itemBytes;
    count++;
    bytes += itemBytes;
  }

  /** How many are kept. */
  int count() {
    return count;
  }

  /** Bytes that they take. */
  long bytes() {
    return bytes;
  }

  /** Bytes that they may take at most. */
  long limitBytes() {
    return limitBytes;
  }
}
