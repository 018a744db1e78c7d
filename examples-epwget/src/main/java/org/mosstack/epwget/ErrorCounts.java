package org.mosstack.epwget;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Failed flows by kind. Owned by one loop until that loop is done, then handed over. */
final class ErrorCounts {
  /** Three digits (RFC 9110, 15), which the decoder has checked. */
  private static final int STATUS_CODES = 1000;

  private final long[] byKind = new long[ErrorKind.values().length];
  private final long[] byStatus = new long[STATUS_CODES];

  void add(ErrorKind kind, int status) {
    byKind[kind.ordinal()]++;
    if (kind == ErrorKind.BAD_STATUS) {
      byStatus[Math.clamp(status, 0, STATUS_CODES - 1)]++;
    }
  }

  void addAll(ErrorCounts other) {
    for (int i = 0; i < byKind.length; i++) {
      byKind[i] += other.byKind[i];
    }
    for (int i = 0; i < byStatus.length; i++) {
      byStatus[i] += other.byStatus[i];
    }
  }

  /** How many flows failed, of those whose kind is or isn't an incomplete. */
  long total(boolean incomplete) {
    long sum = 0;
    for (ErrorKind kind : ErrorKind.values()) {
      sum += kind.incomplete() == incomplete ? byKind[kind.ordinal()] : 0;
    }
    return sum;
  }

  /** The kinds that occurred and how often; incompletes among them. */
  SortedMap<String, Long> toMap() {
    Map<String, Long> map = new TreeMap<>();
    for (ErrorKind kind : ErrorKind.values()) {
      if (kind != ErrorKind.BAD_STATUS && byKind[kind.ordinal()] > 0) {
        map.put(kind.label(), byKind[kind.ordinal()]);
      }
    }
    for (int status = 0; status < STATUS_CODES; status++) {
      if (byStatus[status] > 0) {
        map.put(ErrorKind.BAD_STATUS.label() + "-" + status, byStatus[status]);
      }
    }
    return new TreeMap<>(map);
  }
}
