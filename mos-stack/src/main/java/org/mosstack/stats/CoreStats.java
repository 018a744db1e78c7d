package org.mosstack.stats;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/**
 * One core's figures. Immutable.
 *
 * @param index the core's index in its stack, from 0
 * @param cpu the CPU that its thread is bound to, or -1
 * @param turns turns, including idle ones
 * @param busyTurns turns that had work
 * @param flows connections of any state, as of the last turn
 * @param connections those that aren't in TIME_WAIT, as of the last turn
 * @param timers armed timers, as of the last turn
 * @param buffersInUse packet buffers in use, including those in the devices' rings; counted twice a
 *     second while the core takes turns
 * @param counters all counters, in the order of {@link Counter}; a missing one is 0
 * @param latency how long the turns with work took
 */
public record CoreStats(
    int index,
    int cpu,
    long turns,
    long busyTurns,
    int flows,
    int connections,
    int timers,
    int buffersInUse,
    Map<Counter, Long> counters,
    TurnLatency latency) {
  /** Copies the counters and adds those that are missing. */
  public CoreStats {
    Map<Counter, Long> all = new EnumMap<>(Counter.class);
    for (Counter counter : Counter.values()) {
      all.put(counter, counters.getOrDefault(counter, 0L));
    }
    counters = Collections.unmodifiableMap(all);
  }

  /** Returns one of the counters. */
  public long count(Counter counter) {
    return counters.get(counter);
  }
}
