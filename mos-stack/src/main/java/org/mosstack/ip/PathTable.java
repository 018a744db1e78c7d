package org.mosstack.ip;

import java.util.function.Consumer;

/**
 * The paths of one core by next hop: open addressing with linear probing, bounded. When it is full,
 * a path that will hardly be missed is evicted.
 */
final class PathTable {
  private static final int INITIAL_SLOTS = 64;
  private static final int EVICTION_SAMPLE = 16;

  private final int limit;
  private final int multiplier; // random, so that nobody knows which addresses collide
  private final Consumer<Path> onEviction;
  private Path[] slots = new Path[INITIAL_SLOTS];
  private int size;
  private int hand; // where the last search for a path to evict ended

  /**
   * Creates an empty table.
   *
   * @param limit maximum number of paths, at least 1
   * @param seed any number unknown to others
   * @param onEviction called with each evicted path, after it has left the table
   */
  PathTable(int limit, int seed, Consumer<Path> onEviction) {
    this.limit = limit;
    this.multiplier = seed | 1;
    this.onEviction = onEviction;
  }

  int size() {
    return size;
  }

  /** Returns the path to a next hop, or null. */
  Path find(NetInterface netInterface, int nextHop) {
    int mask = slots.length - 1;
    for (int i = home(nextHop); ; i = i + 1 & mask) {
      Path path = slots[i];
      if (path == null || path.nextHop == nextHop && path.netInterface == netInterface) {
        return path;
      }
    }
  }

  /** Adds a path that isn't in the table, evicting another if it is full. */
  void insert(Path path, long nowNanos) {
    if (size == limit) {
      evictOne(nowNanos);
    } else if (size >= slots.length / 2) {
      grow();
    }
    place(path);
    size++;
  }

  /** Calls {@code action} with each path; the action must not change the table. */
  void forEach(Consumer<Path> action) {
    for (Path path : slots) {
      if (path != null) {
        action.accept(path);
      }
    }
  }

  private int home(int nextHop) {
    int hash = (nextHop ^ nextHop >>> 16) * multiplier;
    return hash >>> Integer.numberOfLeadingZeros(slots.length) + 1;
  }

  private void place(Path path) {
    int mask = slots.length - 1;
    int i = home(path.nextHop);
    while (slots[i] != null) {
      i = i + 1 & mask;
    }
    slots[i] = path;
  }

  private void grow() {
    Path[] old = slots;
    slots = new Path[old.length * 2];
    for (Path path : old) {
      if (path != null) {
        place(path);
      }
    }
  }

  private void evictOne(long nowNanos) {
    int mask = slots.length - 1;
    int victim = -1;
    long victimScore = 0;
    int slot = hand;
    for (int seen = 0, steps = 0; seen < EVICTION_SAMPLE && steps <= mask; steps++) {
      slot = slot + 1 & mask;
      Path path = slots[slot];
      if (path != null) {
        seen++;
        long score = path.dispensability(nowNanos);
        if (victim < 0 || score > victimScore) {
          victim = slot;
          victimScore = score;
        }
      }
    }
    hand = slot;
    Path path = slots[victim];
    removeAt(victim);
    onEviction.accept(path);
  }

  /** Empties a slot and moves back entries that were probed past it (Knuth 6.4, algorithm R). */
  private void removeAt(int slot) {
    int mask = slots.length - 1;
    int hole = slot;
    for (int i = hole + 1 & mask; slots[i] != null; i = i + 1 & mask) {
      int home = home(slots[i].nextHop);
      if ((i - home & mask) >= (i - hole & mask)) {
        slots[hole] = slots[i];
        hole = i;
      }
    }
    slots[hole] = null;
    size--;
  }
}
