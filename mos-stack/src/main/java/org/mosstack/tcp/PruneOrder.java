package org.mosstack.tcp;

/**
 * A core's reassemblies by size, so that the one to be given up when buffers get short is found at
 * once: of those that hold the most, by powers of two, the one that has for longest. Each is linked
 * in the chain of its size.
 */
final class PruneOrder {
  private static final int SIZES = Integer.SIZE;

  private final Reassembly[] oldest = new Reassembly[SIZES];
  private final Reassembly[] newest = new Reassembly[SIZES];

  /** A bit for each size of which there is one. */
  private int occupied;

  /** The size class of so many buffers; -1 for none. */
  static int sizeOf(int buffers) {
    return SIZES - 1 - Integer.numberOfLeadingZeros(buffers);
  }

  /** A reassembly holds more or fewer buffers than before. */
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

  /** A reassembly is given up. */
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

  /** The one to be given up first, or null. */
  Reassembly first() {
    return occupied == 0 ? null : oldest[sizeOf(occupied)];
  }
}
