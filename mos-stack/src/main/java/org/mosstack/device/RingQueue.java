package org.mosstack.device;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import org.mosstack.header.EthernetHeader;
import org.mosstack.mbuf.MbufPool;

/**
 * The state of a queue whose packets go through {@link RingLane}s: its owner thread's, and its
 * doorbell.
 */
final class RingQueue {
  private static final VarHandle WORDS = MethodHandles.arrayElementVarHandle(long[].class);
  private static final int SLEEPING = 16; // 128 bytes from the array's ends: a line of its own
  private static final int WORD_COUNT = 32;

  // The owner thread's
  final RingRound round = new RingRound(true);
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
  static RingQueue[] array(int count) {
    RingQueue[] queues = new RingQueue[count];
    for (int i = 0; i < count; i++) {
      queues[i] = new RingQueue();
    }
    return queues;
  }

  boolean isAttached() {
    return attached;
  }

  boolean isDetached() {
    return detached;
  }

  MbufPool pool() {
    return pool;
  }

  /**
   * Gives the queue its pool.
   *
   * @throws IllegalStateException if it has, or had, one
   * @throws IllegalArgumentException if the device's frames don't fit into the pool's buffers
   */
  void attach(NetDevice device, int queue, MbufPool newPool) {
    if (attached || detached) {
      throw new IllegalStateException(device.name() + ": queue " + queue + " was attached before");
    }
    int frame = device.mtu() + EthernetHeader.BYTES;
    if (newPool.dataRoomBytes() < frame) {
      throw new IllegalArgumentException(
          device.name()
              + ": buffers of "
              + newPool.dataRoomBytes()
              + " bytes for frames of "
              + frame);
    }
    pool = newPool;
    attached = true;
  }

  /** Ends receiving and sending; a volatile store, ordered before later reads. */
  void detach() {
    attached = false;
    detached = true;
    VarHandle.fullFence(); // see RingLane.open
  }

  void wakeup(Runnable wakeup) {
    this.wakeup = wakeup;
  }

  /**
   * Puts a packet into the ring to a receiver, and remembers to wake the receiver.
   *
   * @param from this queue's number as a sender of the lane
   * @return false if the ring is full; the packet is still the caller's
   */
  boolean offer(RingLane lane, int from, int to, long mbuf) {
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

  /** Notes a ring with packets to be reclaimed; {@code ring} must not be noted yet. */
  private void addOutstanding(PacketRing ring) {
    if (outstandingCount == outstanding.length) {
      outstanding = Arrays.copyOf(outstanding, 2 * outstandingCount);
    }
    outstanding[outstandingCount++] = ring;
  }

  /** Frees what receivers have taken. */
  void reclaim() {
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
  void closeRings() {
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
  void wakeReceivers() {
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
  void prepareSleep() {
    WORDS.setVolatile(words, SLEEPING, 1L);
    VarHandle.fullFence(); // see wakeReceivers
  }

  /** Ends wake-ups. */
  void finishSleep() {
    WORDS.setVolatile(words, SLEEPING, 0L);
  }
}
