package org.mosstack.epwget;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * What one loop has done since the start. Its loop alone writes; any thread may read.
 *
 * <p>Opaque writes and reads: each figure is whole and becomes visible in time, and the figures
 * need no order among themselves, so a counter costs its loop an ordinary store.
 */
final class LoopCounters {
  private static final VarHandle CELLS = MethodHandles.arrayElementVarHandle(long[].class);

  // The loop's cells fill one cache line, and the printer's epoch is alone on another: the array
  // has
  // a line before and between, whatever its alignment.
  private static final int CONNECTS = 8;
  private static final int READ_BYTES = 9;
  private static final int WRITTEN_BYTES = 10;
  private static final int COMPLETES = 11;
  private static final int RESPONSE_MICROS = 12;
  private static final int PAUSES = 13;
  private static final int MAX_MICROS = 14; // and 15: one cell for even epochs, one for odd
  private static final int EPOCH = 24;
  private static final int LENGTH = 32;

  /** A maximum's cell holds the epoch it belongs to above these bits: 12 days of microseconds. */
  private static final int EPOCH_SHIFT = 40;

  private static final long MICROS_MASK = (1L << EPOCH_SHIFT) - 1;

  private final long[] cells = new long[LENGTH];

  LoopCounters() {
    cells[EPOCH] = 1; // so that the zeros in the maximum's cells belong to no epoch
  }

  /** Loop: a connection is being opened. */
  void connect() {
    add(CONNECTS, 1);
  }

  /** Loop: bytes arrived, headers included. */
  void read(int bytes) {
    add(READ_BYTES, bytes);
  }

  /** Loop: bytes were sent. */
  void written(int bytes) {
    add(WRITTEN_BYTES, bytes);
  }

  /** Loop: reading paused because the output file was behind. */
  void pause() {
    add(PAUSES, 1);
  }

  /** Loop: a flow completed, {@code micros} after its request. */
  void complete(long micros) {
    add(COMPLETES, 1);
    add(RESPONSE_MICROS, micros);
    long epoch = get(EPOCH);
    int cell = MAX_MICROS + (int) (epoch & 1);
    long before = cells[cell];
    if (before >>> EPOCH_SHIFT != epoch || micros > (before & MICROS_MASK)) {
      CELLS.setOpaque(cells, cell, epoch << EPOCH_SHIFT | Math.min(micros, MICROS_MASK));
    }
  }

  long connects() {
    return get(CONNECTS);
  }

  long readBytes() {
    return get(READ_BYTES);
  }

  long writtenBytes() {
    return get(WRITTEN_BYTES);
  }

  long completes() {
    return get(COMPLETES);
  }

  long responseMicros() {
    return get(RESPONSE_MICROS);
  }

  long pauses() {
    return get(PAUSES);
  }

  /**
   * The longest response since the last call, in microseconds; 0 when there was none. One reader
   * only: it opens the next epoch, and the loop writes to that epoch's cell from then on.
   */
  long takeMaxMicros() {
    long epoch = cells[EPOCH];
    CELLS.setOpaque(cells, EPOCH, epoch + 1);
    long max = get(MAX_MICROS + (int) (epoch & 1));
    return max >>> EPOCH_SHIFT == epoch ? max & MICROS_MASK : 0;
  }

  private void add(int cell, long amount) {
    CELLS.setOpaque(cells, cell, cells[cell] + amount);
  }

  private long get(int cell) {
    return (long) CELLS.getOpaque(cells, cell);
  }
}
