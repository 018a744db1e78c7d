package org.mosstack.fuzz;

import org.mosstack.mbuf.Memory;
import org.mosstack.os.OffHeap;

/** A stream of bytes with a prime period, in memory to send from. */
final class Pattern implements AutoCloseable {
  /** Maximum bytes that can be sent from one position. */
  static final int MAX_WRITE = 1 << 16;

  private static final int PERIOD = 65_521;

  private final OffHeap memory = OffHeap.map(PERIOD + MAX_WRITE);
  private final byte[] bytes = new byte[PERIOD];

  Pattern() {
    for (int i = 0; i < PERIOD + MAX_WRITE; i++) {
      int index = i % PERIOD;
      bytes[index] = (byte) (index * 0x9E37_79B1 >>> 24);
      Memory.putByte(memory.address() + i, bytes[index]);
    }
  }

  /** Returns the address of {@link #MAX_WRITE} bytes of the stream, starting at this index. */
  long address(long index) {
    return memory.address() + index % PERIOD;
  }

  byte at(long index) {
    return bytes[(int) (index % PERIOD)];
  }

  /**
   * Compares bytes of the stream.
   *
   * @return the index of the first that differs, or -1
   */
  int mismatch(byte[] actual, int length, long index) {
    int at = (int) (index % PERIOD);
    for (int i = 0; i < length; i++) {
      if (actual[i] != bytes[at]) {
        return i;
      }
      at = at + 1 == PERIOD ? 0 : at + 1;
    }
    return -1;
  }

  @Override
  public void close() {
    memory.close();
  }
}
