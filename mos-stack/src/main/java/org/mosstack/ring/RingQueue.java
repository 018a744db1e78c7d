package org.mosstack.ring;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import org.mosstack.mbuf.MbufPool;

/**
 * The state of a queue whose packets go through {@link RingLane}s: its owner thread's, and its
 * doorbell.
 */
public final class RingQueue {
  private static final VarHandle WORDS = MethodHandles.arrayElementVarHandle(long[].class);
  private static final int SLEEPING = 16; // 128 bytes from the array's ends: a line of its own
  private static final int WORD_COUNT = 32;

  // The owner thread's
  private final RingRound round = new RingRound(true);
  private MbufPool pool;
  private PacketRing[] outstanding = new PacketRing[4];
  private int outstandingCount;

  /** Receivers that this burst has sent to, without duplicates. */
  private RingQueue[] rung = new RingQueue[4];

  private int rungCount;

  // Shared
  private final long[] words = new long[WORD_COUNT];
  private volatile Runnable wakeup = () -> {};
  private volatile boolean attached;
  private volatile boolean detached;

  /** An array of unattached queues. */
  public static RingQueue[] array(int count) {
    RingQueue[] queues = new RingQueue[count];
    for (int i = 0; i < count; i++) {
      queues[i] = new RingQueue();
    }
    return queues;
  }

  /** Whether a thread receives on the queue. Any thread. */
  public boolean isAttached() {
    return attached;
  }

  /** Whether the queue has had its thread, and has it no more. Any thread. */
  public boolean isDetached() {
    return detached;
  }

  /** The pool; null before {@link #attach}. */
  public MbufPool pool() {
    return pool;
  }

  /**
   * Gives the queue its pool.
   *
   * @param device its name, for errors
   * @param queue the queue's number, for errors
   * @param frame bytes of the device's longest frame
   * @throws IllegalStateException if it has, or had, one
   * @throws IllegalArgumentException if the device's frames don't fit into the pool's buffers
   */
  public void attach(String device, int queue, int frame, MbufPool newPool) {
    if (attached || detached) {
      throw new IllegalStateException(device + ": queue " + queue + " was attached before");
    }
    if (newPool.dataRoomBytes() < frame) {
      throw new IllegalArgumentException(
          device + ": buffers of " + newPool.dataRoomBytes() + " bytes for frames of " + frame);
    }
    pool = newPool;
    attached = true;
  }

  /** Ends receiving and sending; a volatile store, ordered before later reads. */
  public void detach() {
    attached = false;
    detached = true;
    VarHandle.fullFence(); // see RingLane.open
  }

  /** Registers what wakes the sleeping thread. */
  public void wakeup(Runnable wakeup) {
    this.wakeup = wakeup;
  }

  /**
   * Puts a packet into the ring to a receiver, and remembers to wake the receiver.
   *
   * @param from this queue's number as a sender of the lane
   * @return false if the ring is full; the packet is still the caller's
   */
  public boolean offer(RingLane lane, int from, int to, long mbuf) {
    PacketRing ring = lane.open(from, to);
    boolean known = ring.hasOutstanding();
    if (!ring.offer(mbuf)) {
      ring.reclaim(pool);
      known = true; // still in the list, even if it is empty now
      if (!ring.offer(mbuf)) {
        return false;
      }
    }
    if (!known) {
      addOutstanding(ring);
    }
    ring(lane.receiver(to));
    return true;
  }

  /** See {@link RingRound#poll}; drops packets when the pool is empty. */
  public int poll(RingLane lane, int to, long[] mbufs, int from, int max) {
    return round.poll(lane, to, mbufs, from, max, pool);
  }

  /** See {@link RingRound#noBuffer}. */
  public long noBuffer() {
    return round.noBuffer();
  }

  /** Notes a ring with packets to be reclaimed; {@code ring} must not be noted yet. */
  private void addOutstanding(PacketRing ring) {
    if (outstandingCount == outstanding.length) {
      outstanding = Arrays.copyOf(outstanding, 2 * outstandingCount);
    }
    outstanding[outstandingCount++] = ring;
  }

  /** Frees what receivers have taken. */
  public void reclaim() {
    int kept = 0;
    int count = outstandingCount;
    for (int i = 0; i < count; i++) {
      PacketRing ring = outstanding[i];
      ring.reclaim(pool);
      if (ring.hasOutstanding()) {
        outstanding[kept++] = ring;
      }
    }
    for (int i = kept; i < count; i++) {
      outstanding[i] = null;
    }
    outstandingCount = kept;
  }

  /** Leaves all rings that hold packets of this queue. */
  public void closeRings() {
    for (int i = 0; i < outstandingCount; i++) {
      outstanding[i].close(pool);
      outstanding[i] = null;
    }
    outstandingCount = 0;
  }

  /** Remembers that a burst sent to a receiver. */
  private void ring(RingQueue receiver) {
    for (int i = rungCount - 1; i >= 0; i--) {
      if (rung[i] == receiver) {
        return;
      }
    }
    if (rungCount == rung.length) {
      rung = Arrays.copyOf(rung, 2 * rungCount);
    }
    rung[rungCount++] = receiver;
  }

  /** Wakes the sleeping receivers of the burst. */
  public void wakeReceivers() {
    if (rungCount == 0) {
      return;
    }
    // Pairs with prepareSleep: the packets' indexes are stored before the flag is loaded. The
    // receiver stores its flag and then loads the indexes; one of the two sees the other.
    VarHandle.fullFence();
    for (int i = 0; i < rungCount; i++) {
      rung[i].wakeIfSleeping();
    }
    rungCount = 0;
  }

  private void wakeIfSleeping() {
    if ((long) WORDS.getOpaque(words, SLEEPING) != 0
        && (long) WORDS.getAndSet(words, SLEEPING, 0L) != 0) {
      wakeup.run();
    }
  }

  /** Requests wake-ups from now on: what was offered before is visible after this. */
  public void prepareSleep() {
    WORDS.setVolatile(words, SLEEPING, 1L);
    VarHandle.fullFence(); // see wakeReceivers
  }

  /** Ends wake-ups. */
  public void finishSleep() {
    WORDS.setVolatile(words, SLEEPING, 0L);
  }
}
