package org.mosstack.stats;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.EnumMap;
import java.util.Map;

/**
 * One core's {@link Counter}s. The core's thread counts with plain stores; other threads read with
 * {@link #get}, which sees every value eventually.
 */
public final class Counters {
  private static final VarHandle VALUES = MethodHandles.arrayElementVarHandle(long[].class);

  private final long[] values = new long[Counter.values().length];

  /** Creates counters that are all zero. */
  public Counters() {}

  /** Counts one. On the core's thread. */
  public void increment(Counter counter) {
    values[counter.ordinal()]++;
  }

  /** Counts {@code n}. On the core's thread. */
  public void add(Counter counter, long n) {
    values[counter.ordinal()] += n;
  }

  /** Reads a counter; any thread. */
  public long get(Counter counter) {
    return (long) VALUES.getOpaque(values, counter.ordinal());
  }

  /** All counts. Any thread. */
  public Map<Counter, Long> snapshot() {
    Map<Counter, Long> counts = new EnumMap<>(Counter.class);
    for (Counter counter : Counter.values()) {
      counts.put(counter, get(counter));
    }
    return counts;
  }
}
