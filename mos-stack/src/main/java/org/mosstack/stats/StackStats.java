package org.mosstack.stats;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * The figures of a whole stack, read at one moment: {@code MosStack.stats()} makes it. Immutable.
 *
 * <p>All counts are since the start. The cores keep running while they are read, so figures of
 * different cores, or different figures of one, may be a few packets apart.
 *
 * @param timeMillis wall-clock time, milliseconds since 1970
 * @param uptimeNanos nanoseconds since the stack's start, on the stack's own clock: rates are
 *     differences of counts divided by differences of this
 * @param application name of the application, from {@code run}
 * @param cores the cores, by index
 * @param devices the devices, in the configuration's order, the loopback last
 * @param listeners the listeners bound at the moment
 */
public record StackStats(
    long timeMillis,
    long uptimeNanos,
    String application,
    List<CoreStats> cores,
    List<DeviceStats> devices,
    List<ListenerStats> listeners) {
  /** Copies the lists. */
  public StackStats {
    cores = List.copyOf(cores);
    devices = List.copyOf(devices);
    listeners = List.copyOf(listeners);
  }

  /** Sum of a counter over the cores. */
  public long count(Counter counter) {
    return cores.stream().mapToLong(core -> core.count(counter)).sum();
  }

  /** Sums of all counters over the cores, in the order of {@link Counter}. */
  public Map<Counter, Long> totals() {
    Map<Counter, Long> totals = new EnumMap<>(Counter.class);
    for (Counter counter : Counter.values()) {
      totals.put(counter, count(counter));
    }
    return totals;
  }

  /** Connections in any state, of all cores. */
  public long flows() {
    return cores.stream().mapToLong(CoreStats::flows).sum();
  }
}
