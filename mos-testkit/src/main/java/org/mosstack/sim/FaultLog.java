package org.mosstack.sim;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The faults that struck in a run. A fault keeps its number when the run is repeated, so that it
 * can be left out: that is how a failing run is shrunk.
 */
final class FaultLog {
  private static final int KIND_BITS = 5;

  private final Set<Long> suppressed;
  private final List<Long> struck = new ArrayList<>();
  private final long[] counts = new long[FaultKind.values().length];

  /** Creates a log of a run without the faults with these numbers. */
  FaultLog(Set<Long> suppressed) {
    this.suppressed = suppressed;
  }

  /**
   * Records a fault that is about to happen.
   *
   * @param ordinal the packet's within its direction, or the fault's within its kind
   * @return false if it is to be left out
   */
  boolean strikes(FaultKind kind, int direction, long ordinal) {
    long number = (ordinal << 1 | direction) << KIND_BITS | kind.ordinal();
    if (suppressed.contains(number)) {
      return false;
    }
    struck.add(number);
    count(kind);
    return true;
  }

  /** Counts a fault that has no number, as it follows from what was sent. */
  void count(FaultKind kind) {
    counts[kind.ordinal()]++;
  }

  /** Returns the numbers of those that struck, in order. */
  List<Long> struck() {
    return struck;
  }

  /** Returns how many of each kind struck; kinds that didn't are absent. */
  Map<FaultKind, Long> counts() {
    Map<FaultKind, Long> map = new EnumMap<>(FaultKind.class);
    for (FaultKind kind : FaultKind.values()) {
      if (counts[kind.ordinal()] != 0) {
        map.put(kind, counts[kind.ordinal()]);
      }
    }
    return map;
  }
}
