package org.mosstack.stats;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;

/**
 * Counts one core's turns, and how long those with work took: in a histogram of logarithmic
 * buckets, eight to each power of two, so that a figure is at most an eighth too large.
 *
 * <p>A turn lasts from its start to the start of the next one, or until the thread goes to sleep:
 * that is how long a packet may have to wait, the channels' own tasks included. The core reads its
 * clock at the start of each turn anyway, so measuring costs no clock call, but for one when a
 * thread goes to sleep right after work.
 *
 * <p>Written by the core's thread with plain stores and without allocation; {@link #turns}, {@link
 * #busyTurns}, {@link #latency} and {@link #sinceNanos} may be called by any thread.
 */
public final class TurnMeter {
  private static final VarHandle VALUES = MethodHandles.arrayElementVarHandle(long[].class);
  private static final int TURNS = 0;
  private static final int BUSY_TURNS = 1;
  private static final int SUM_NANOS = 2;
  private static final int MAX_NANOS = 3;
  private static final int SINCE_NANOS = 4;
  private static final int BUCKETS = 5;

  /** In the place of a time: no turn is under way. */
  public static final long ASLEEP = Long.MIN_VALUE;

  /** Bits of a duration after its leading one bit that select its bucket. */
  private static final int SUB_BITS = 3;

  private static final int SUB_BUCKETS = 1 << SUB_BITS;

  /** Longer ones, of more than two minutes, share the last bucket. */
  private static final int MAX_BITS = 37;

  private static final int BUCKET_COUNT = (MAX_BITS - SUB_BITS + 1) * SUB_BUCKETS;

  private final long[] values = new long[BUCKETS + BUCKET_COUNT];
  private boolean open;

  /** No turns yet. */
  public TurnMeter() {
    values[SINCE_NANOS] = ASLEEP;
  }

  // ---- The core's thread ----

  /**
   * Starts a turn and ends the one before it.
   *
   * @return how long that took in nanoseconds, with work or without; 0 if there was none
   */
  public long begin(long nowNanos) {
    if (open) {
      end(nowNanos);
    }
    long since = values[SINCE_NANOS];
    values[SINCE_NANOS] = nowNanos;
    values[TURNS]++;
    return since == ASLEEP ? 0 : nowNanos - since;
  }

  /** Says that the thread goes to sleep: no turn is under way until it {@linkplain #wake wakes}. */
  public void sleep() {
    values[SINCE_NANOS] = ASLEEP;
  }

  /** Says that the thread is awake: what it does from now on counts as a turn, too. */
  public void wake(long nowNanos) {
    if (values[SINCE_NANOS] == ASLEEP) {
      values[SINCE_NANOS] = nowNanos;
    }
  }

  /** Says that the current turn had work: it will be measured. */
  public void worked() {
    open = true;
    values[BUSY_TURNS]++;
  }

  /** Whether a turn with work hasn't ended yet: {@link #end} is due before the thread sleeps. */
  public boolean isOpen() {
    return open;
  }

  /**
   * Ends the turn without starting another.
   *
   * @return how long it took in nanoseconds
   */
  public long end(long nowNanos) {
    open = false;
    long nanos = nowNanos - values[SINCE_NANOS];
    values[SUM_NANOS] += nanos;
    if (nanos > values[MAX_NANOS]) {
      values[MAX_NANOS] = nanos;
    }
    values[BUCKETS + bucket(nanos)]++;
    return nanos;
  }

  // ---- Any thread ----

  /** When the turn that is under way began, or the thread woke up; {@link #ASLEEP} if none is. */
  public long sinceNanos() {
    return get(SINCE_NANOS);
  }

  /** Turns begun, including idle ones. */
  public long turns() {
    return get(TURNS);
  }

  /** Turns begun that had work. */
  public long busyTurns() {
    return get(BUSY_TURNS);
  }

  /** How long the turns with work have taken. */
  public TurnLatency latency() {
    List<TurnLatency.Bucket> filled = new ArrayList<>();
    long sum = get(SUM_NANOS);
    long max = get(MAX_NANOS);
    for (int i = 0; i < BUCKET_COUNT; i++) {
      long count = get(BUCKETS + i);
      if (count != 0) {
        filled.add(new TurnLatency.Bucket(upTo(i), count));
      }
    }
    return new TurnLatency(sum, max, filled);
  }

  private long get(int index) {
    return (long) VALUES.getOpaque(values, index);
  }

  /** The bucket of a duration: its own for each below {@link #SUB_BUCKETS}. */
  private static int bucket(long nanos) {
    if (nanos < SUB_BUCKETS) {
      return (int) Math.max(nanos, 0);
    }
    int shift = Long.SIZE - 1 - SUB_BITS - Long.numberOfLeadingZeros(nanos);
    int bucket = shift * SUB_BUCKETS + (int) (nanos >>> shift);
    return Math.min(bucket, BUCKET_COUNT - 1);
  }

  /** The longest duration in a bucket. */
  private static long upTo(int bucket) {
    if (bucket < SUB_BUCKETS) {
      return bucket;
    }
    int shift = bucket / SUB_BUCKETS - 1;
    long first = (long) (bucket % SUB_BUCKETS + SUB_BUCKETS) << shift;
    return first + (1L << shift) - 1;
  }
}
