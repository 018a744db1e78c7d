package org.mosstack.device;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * What a {@link FaultInjector} did to one direction of one queue. Written by the queue's thread
 * with plain stores, read by any thread.
 */
public final class FaultCounts {
  private static final VarHandle VALUES = MethodHandles.arrayElementVarHandle(long[].class);
  static final int PASSED = 0;
  static final int LOST = 1;
  static final int DUPLICATED = 2;
  static final int CORRUPTED = 3;
  static final int REORDERED = 4;
  static final int OVERFLOWED = 5;

  private final long[] values = new long[6];

  FaultCounts() {}

  void increment(int index) {
    values[index]++;
  }

  void add(int index, int n) {
    values[index] += n;
  }

  /** Packets that left the fault injector, duplicates included. */
  public long passed() {
    return get(PASSED);
  }

  /** Packets lost on purpose. */
  public long lost() {
    return get(LOST);
  }

  /** Copies made. */
  public long duplicated() {
    return get(DUPLICATED);
  }

  /** Packets with inverted bits. */
  public long corrupted() {
    return get(CORRUPTED);
  }

  /** Packets held back. */
  public long reordered() {
    return get(REORDERED);
  }

  /** Packets lost because too many waited for the delay or the rate. */
  public long overflowed() {
    return get(OVERFLOWED);
  }

  private long get(int index) {
    return (long) VALUES.getOpaque(values, index);
  }
}
