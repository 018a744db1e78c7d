package org.mosstack.stats;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How long a core's turns with work took, since its start or between two moments. Immutable.
 *
 * @param sumNanos total duration in nanoseconds
 * @param maxNanos longest duration in nanoseconds
 * @param buckets numbers of turns by duration, ascending; none is empty
 */
public record TurnLatency(long sumNanos, long maxNanos, List<Bucket> buckets) {
  /** No turns. */
  public static final TurnLatency NONE = new TurnLatency(0, 0, List.of());

  /**
   * Turns of about the same length.
   *
   * @param upToNanos the longest turn that it may hold, in nanoseconds; the shortest is more than
   *     seven eighths of that
   * @param count turns, at least 1
   */
  public record Bucket(long upToNanos, long count) {}

  /** Copies the list. */
  public TurnLatency {
    buckets = List.copyOf(buckets);
  }

  /** Turns with work that have ended. */
  public long count() {
    return buckets.stream().mapToLong(Bucket::count).sum();
  }

  /**
   * Returns the time that a share of the turns didn't exceed.
   *
   * @param percent greater than 0, up to 100
   * @return nanoseconds, at most an eighth too much; 0 without turns
   * @throws IllegalArgumentException outside that range
   */
  public long percentileNanos(double percent) {
    if (!(percent > 0 && percent <= 100)) {
      throw new IllegalArgumentException("percent " + percent + ", above 0, to 100");
    }
    long rank = (long) Math.ceil(count() * percent / 100);
    for (Bucket bucket : buckets) {
      rank -= bucket.count;
      if (rank <= 0) {
        return Math.min(bucket.upToNanos, maxNanos);
      }
    }
    return maxNanos;
  }

  /**
   * Returns the latency of the turns since an earlier moment.
   *
   * @param before the same core's at that moment
   * @return the difference; its longest turn is known only as well as the buckets tell
   */
  public TurnLatency since(TurnLatency before) {
    Map<Long, Long> earlier = new HashMap<>();
    before.buckets.forEach(b -> earlier.put(b.upToNanos, b.count));
    List<Bucket> left = new ArrayList<>();
    long longest = 0;
    for (Bucket bucket : buckets) {
      long count = bucket.count - earlier.getOrDefault(bucket.upToNanos, 0L);
      if (count > 0) {
        left.add(new Bucket(bucket.upToNanos, count));
        longest = Math.min(bucket.upToNanos, maxNanos);
      }
    }
    return new TurnLatency(sumNanos - before.sumNanos, longest, left);
  }
}
