package org.mosstack.tcp;

import java.util.Arrays;

/**
 * A last-in, first-out pool of objects, bounded by the bytes they take at the sizes they have grown
 * to. An object that alone would take more than a quarter of the bound isn't kept.
 */
final class Spares<T> {
  private static final int INITIAL_ITEMS = 16;

  private final long limitBytes;
  private Object[] items = new Object[INITIAL_ITEMS];
  private int[] sizes = new int[INITIAL_ITEMS];
  private int count;
  private long bytes;

  /**
   * Creates an empty pool.
   *
   * @param limitBytes most bytes that the pooled objects may take together
   */
  Spares(long limitBytes) {
    this.limitBytes = limitBytes;
  }

  /** Takes an object, or returns null if there is none. */
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
   * Keeps an object if there is room; otherwise leaves it to the garbage collector.
   *
   * @param itemBytes bytes that it takes, above 0
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

  /** Number of objects kept. */
  int count() {
    return count;
  }

  /** Bytes that they take. */
  long bytes() {
    return bytes;
  }

  /** Most bytes that they may take. */
  long limitBytes() {
    return limitBytes;
  }
}
