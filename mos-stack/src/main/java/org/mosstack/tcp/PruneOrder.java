package org.mosstack.tcp;

/**
 * A core's reassemblies by size, so that the one to give up when buffers get short is found at
 * once: of those in the largest size class, by powers of two, the one that has been there longest.
 * Each is linked into the chain of its size class.
 */
final class PruneOrder {
  private static final int SIZES = Integer.SIZE;

  private final Reassembly[] oldest = new Reassembly[SIZES];
  private final Reassembly[] newest = new Reassembly[SIZES];

  /** A bit for each size class that isn't empty. */
  private int occupied;

  /** Returns the size class of {@code buffers} buffers; -1 for none. */
  static int sizeOf(int buffers) {
    return SIZES - 1 - Integer.numberOfLeadingZeros(buffers);
  }

  /** Moves a reassembly whose number of buffers has changed. */
  void changed(Reassembly r) {
    int size = sizeOf(r.buffers());
    if (size != r.size) {
      remove(r);
      if (size >= 0) {
        add(r, size);
      }
    }
  }

  private void add(Reassembly r, int size) {
    r.size = size;
    r.older = newest[size];
    r.newer = null;
    if (r.older == null) {
      oldest[size] = r;
      occupied |= 1 << size;
    } else {
      r.older.newer = r;
    }
    newest[size] = r;
  }

  /** Removes a reassembly that is given up. */
  void remove(Reassembly r) {
    if (r.size < 0) {
      return;
    }
    if (r.older == null) {
      oldest[r.size] = r.newer;
    } else {
      r.older.newer = r.newer;
    }
    if (r.newer == null) {
      newest[r.size] = r.older;
    } else {
      r.newer.older = r.older;
    }
    if (oldest[r.size] == null) {
      occupied &= ~(1 << r.size);
    }
    r.size = -1;
    r.older = null;
    r.newer = null;
  }

  /** Returns the reassembly to give up first, or null. */
  Reassembly first() {
    return occupied == 0 ? null : oldest[sizeOf(occupied)];
  }
}
