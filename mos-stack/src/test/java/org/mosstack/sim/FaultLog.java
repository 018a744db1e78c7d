package org.mosstack.sim;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which faults struck in a run. Each has a number that it has again when the run is repeated, by
 * which it can be left out then: that is how a failing run gets smaller.
 */
final class FaultLog {
  private static final int KIND_BITS = 5;

  private final Set<Long> suppressed;
  private final List<Long> struck = new ArrayList<>();
  private final long[] counts = new long[FaultKind.values().length];

  /** A log of a run without the faults of these numbers. */
  FaultLog(Set<Long> suppressed) {
    this.suppressed = suppressed;
  }

  /**
   * A fault is about to happen.
   *
   * @param ordinal of the packet in its direction, or of the fault among its kind
   * @return false when it is to be left out
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

  /** Counts what has no number, as it follows from what was sent. */
  void count(FaultKind kind) {
    counts[kind.ordinal()]++;
  }

  /** The numbers of those that struck, in their order. */
  List<Long> struck() {
    return struck;
  }

  /** How many of each kind struck, without those that didn't. */
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
