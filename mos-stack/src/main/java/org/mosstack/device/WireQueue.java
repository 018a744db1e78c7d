package org.mosstack.device;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.mosstack.mbuf.MbufPool;

/** What one queue of a {@link WireEnd} keeps: its owner thread's state, and its doorbell. */
final class WireQueue {
  private static final VarHandle WORDS = MethodHandles.arrayElementVarHandle(long[].class);
  private static final int SLEEPING = 16; // 128 bytes from the array's ends: a line of its own
  private static final int WORD_COUNT = 32;

  // The owner thread's
  MbufPool pool;
  int nextSender;
  long receiveErrors;
  private PacketRing[] outstanding = new PacketRing[4];
  private int outstandingCount;

  /** Receiver queues that this burst has sent to, each once. */
  private int[] rung = new int[4];

  private int rungCount;

  // Shared
  private final long[] words = new long[WORD_COUNT];
  private volatile Runnable wakeup = () -> {};
  private volatile boolean attached;
  private volatile boolean detached;

  boolean isAttached() {
    return attached;
  }

  boolean isDetached() {
    return detached;
  }

  void attach(MbufPool pool) {
    this.pool = pool;
    attached = true;
  }

  /** Neither receives nor sends from here on; a volatile store, ordered before later reads. */
  void detach() {
    attached = false;
    detached = true;
  }

  void wakeup(Runnable wakeup) {
    this.wakeup = wakeup;
  }

  /** Notes a ring with packets to be reclaimed; {@code ring} wasn't noted before. */
  void addOutstanding(PacketRing ring) {
    if (outstandingCount == outstanding.length) {
      outstanding = java.util.Arrays.copyOf(outstanding, 2 * outstandingCount);
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

  /** Remembers that a burst sent to {@code queue} of the other end. */
  void ring(int queue) {
    for (int i = rungCount - 1; i >= 0; i--) {
      if (rung[i] == queue) {
        return;
      }
    }
    if (rungCount == rung.length) {
      rung = java.util.Arrays.copyOf(rung, 2 * rungCount);
    }
    rung[rungCount++] = queue;
  }

  /** Wakes those receivers of the burst that sleep. */
  void wakeReceivers(WireEnd receiver) {
    if (rungCount == 0) {
      return;
    }
    // With prepareSleep: the packets' indexes are stored before the flag is loaded. The receiver
    // stores its flag and then loads the indexes; one of the two sees the other.
    VarHandle.fullFence();
    for (int i = 0; i < rungCount; i++) {
      receiver.queue(rung[i]).wakeIfSleeping();
    }
    rungCount = 0;
  }

  private void wakeIfSleeping() {
    if ((long) WORDS.getOpaque(words, SLEEPING) != 0
        && (long) WORDS.getAndSet(words, SLEEPING, 0L) != 0) {
      wakeup.run();
    }
  }

  void sleeping(boolean sleeping) {
    WORDS.setVolatile(words, SLEEPING, sleeping ? 1L : 0L);
  }
}
