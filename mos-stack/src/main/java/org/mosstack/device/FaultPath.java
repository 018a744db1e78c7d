package org.mosstack.device;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.MbufPool;

/**
 * One direction of one queue of a {@link FaultInjector}: a packet is lost, duplicated or corrupted
 * as it comes in, then held back or put straight into a FIFO queue in which each packet has the
 * time from which it may leave.
 */
final class FaultPath {
  private static final int MAX_HELD = 64;

  private final Faults faults;
  private final SplittableRandom random;
  private final FaultCounts counts = new FaultCounts();
  private MbufPool pool;

  // Packets on their way, in order of departure; a ring, doubled when it is full
  private long[] queued = new long[64];
  private long[] dueNanos = new long[64];
  private int first;
  private int size;
  private long lastDueNanos = Long.MIN_VALUE;
  private long linkFreeNanos = Long.MIN_VALUE;

  // Packets held back, oldest first
  private final long[] held = new long[MAX_HELD];
  private final int[] heldBehind = new int[MAX_HELD];
  private final long[] heldUntilNanos = new long[MAX_HELD];
  private int heldCount;

  FaultPath(Faults faults, SplittableRandom random) {
    this.faults = faults;
    this.random = random;
  }

  FaultCounts counts() {
    return counts;
  }

  void attach(MbufPool pool) {
    this.pool = pool;
  }

  boolean isNone() {
    return faults.isNone();
  }

  /** Takes in a packet; it comes out at {@link #peek}, or is lost. */
  void accept(long mbuf, long nowNanos) {
    if (hits(faults.loss())) {
      counts.increment(FaultCounts.LOST);
      pool.free(mbuf);
      return;
    }
    long copy = hits(faults.duplicate()) ? pool.copy(mbuf) : 0;
    damageOrHold(mbuf, nowNanos);
    if (copy != 0) {
      counts.increment(FaultCounts.DUPLICATED);
      damageOrHold(copy, nowNanos);
    }
  }

  private boolean hits(double probability) {
    return probability > 0 && random.nextDouble() < probability;
  }

  private void damageOrHold(long mbuf, long nowNanos) {
    long packet = hits(faults.corrupt()) ? corrupt(mbuf) : mbuf;
    if (heldCount < MAX_HELD && hits(faults.reorder())) {
      hold(packet, nowNanos);
    } else {
      enqueue(packet, nowNanos);
      overtaken(nowNanos);
    }
  }

  /**
   * Inverts 1 to 8 bits of one byte: a change that every Internet checksum over that byte detects,
   * so that corrupted data that reaches an application is the stack's fault and not chance.
   */
  private long corrupt(long mbuf) {
    int length = Mbuf.packetLength(mbuf);
    if (length == 0) {
      return mbuf;
    }
    long packet = mbuf;
    if (Mbuf.references(mbuf) > 1) {
      // The bytes are shared; the cable damages only what it carries.
      packet = pool.copy(mbuf);
      if (packet == 0) {
        return mbuf;
      }
      pool.free(mbuf);
    }
    Mbuf.invert(packet, random.nextInt(length), 1 + random.nextInt(255));
    Mbuf.clearChecksumFlags(packet);
    counts.increment(FaultCounts.CORRUPTED);
    return packet;
  }

  private void hold(long mbuf, long nowNanos) {
    counts.increment(FaultCounts.REORDERED);
    held[heldCount] = mbuf;
    heldBehind[heldCount] = 1 + random.nextInt(faults.reorderPackets());
    heldUntilNanos[heldCount] = nowNanos + faults.reorderNanos();
    heldCount++;
  }

  /** Notes that a packet has passed: those held back have one less to wait for. */
  private void overtaken(long nowNanos) {
    for (int i = 0; i < heldCount; i++) {
      heldBehind[i]--;
    }
    release(nowNanos);
  }

  /** Releases the held packets that have waited for enough packets, or long enough. */
  private void release(long nowNanos) {
    int kept = 0;
    int count = heldCount;
    for (int i = 0; i < count; i++) {
      if (heldBehind[i] <= 0 || heldUntilNanos[i] <= nowNanos) {
        enqueue(held[i], nowNanos);
      } else {
        held[kept] = held[i];
        heldBehind[kept] = heldBehind[i];
        heldUntilNanos[kept] = heldUntilNanos[i];
        kept++;
      }
    }
    heldCount = kept;
  }

  private void enqueue(long mbuf, long nowNanos) {
    // Without delay and rate, only what the caller couldn't take yet is here: none of it is lost.
    if (faults.takesTime() && size >= faults.queuePackets()) {
      counts.increment(FaultCounts.OVERFLOWED);
      pool.free(mbuf);
      return;
    }
    if (size == queued.length) {
      grow();
    }
    int last = first + size & queued.length - 1;
    queued[last] = mbuf;
    lastDueNanos = Math.max(lastDueNanos, departure(mbuf, nowNanos));
    dueNanos[last] = lastDueNanos;
    size++;
  }

  private long departure(long mbuf, long nowNanos) {
    long due = nowNanos;
    if (faults.bitsPerSecond() != 0) {
      long bits = 8L * Mbuf.packetLength(mbuf);
      due = Math.max(nowNanos, linkFreeNanos) + bits * 1_000_000_000L / faults.bitsPerSecond();
      linkFreeNanos = due;
    }
    if (faults.jitterNanos() != 0) {
      due += random.nextLong(faults.jitterNanos() + 1);
    }
    return due + faults.delayNanos();
  }

  private void grow() {
    int capacity = queued.length;
    long[] mbufs = Arrays.copyOf(queued, 2 * capacity);
    long[] due = Arrays.copyOf(dueNanos, 2 * capacity);
    // What had wrapped around to the front goes after the old end.
    System.arraycopy(queued, 0, mbufs, capacity, first);
    System.arraycopy(dueNanos, 0, due, capacity, first);
    queued = mbufs;
    dueNanos = due;
  }

  /**
   * Looks at the packets that may leave now; they stay until {@link #remove}.
   *
   * @return the number written to {@code mbufs} from index {@code from}, at most {@code max}
   */
  int peek(long[] mbufs, int from, int max, long nowNanos) {
    if (heldCount > 0) {
      release(nowNanos);
    }
    int count = 0;
    int limit = Math.min(max, size);
    for (; count < limit; count++) {
      int index = first + count & queued.length - 1;
      if (dueNanos[index] > nowNanos) {
        break;
      }
      mbufs[from + count] = queued[index];
    }
    return count;
  }

  /** Removes the first {@code n} packets. */
  void remove(int n) {
    counts.add(FaultCounts.PASSED, n);
    first = first + n & queued.length - 1;
    size -= n;
  }

  /** When the next packet may leave; {@link Long#MAX_VALUE} if there is none. */
  long nextDeadlineNanos() {
    long next = size == 0 ? Long.MAX_VALUE : dueNanos[first];
    for (int i = 0; i < heldCount; i++) {
      next = Math.min(next, heldUntilNanos[i]);
    }
    return next;
  }

  /** Frees all packets. */
  void detach() {
    for (int i = 0; i < size; i++) {
      pool.free(queued[first + i & queued.length - 1]);
    }
    size = 0;
    for (int i = 0; i < heldCount; i++) {
      pool.free(held[i]);
    }
    heldCount = 0;
  }
}
