package org.mosstack.dpdk;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.atomic.AtomicBoolean;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.MbufPool;
import org.mosstack.mbuf.Memory;

/**
 * A receive and a transmit queue of a started port, used by one thread. Misuse that C wouldn't
 * catch, such as a closed port's or another thread's queue, throws before it gets there.
 */
final class PortQueue {
  /** Most packets moved by one call; DPDK's drivers are made for bursts of 32 to 64. */
  private static final int MAX_BURST = 256;

  private final String name;
  private final boolean critical;
  private final MemorySegment rxBurst;
  private final MemorySegment txBurst;
  private final long rxQueue;
  private final long txQueue;
  private final MbufPool pool;
  private final BurstGate gate;
  private final AtomicBoolean inside;
  private final Runnable onCorruption;
  private final Arena arena = Arena.ofShared();
  private final long array;
  private Thread owner;
  private long lost;

  /**
   * The functions that a port's bursts call.
   *
   * @param rxBurst address of the driver's receive function
   * @param rxQueue its queue argument
   * @param txBurst address of the driver's transmit function
   * @param txQueue its queue argument
   */
  record Functions(MemorySegment rxBurst, long rxQueue, MemorySegment txBurst, long txQueue) {
    static Functions of(EthDev port, int queue) {
      return new Functions(
          port.rxBurst(), port.rxQueue(queue), port.txBurst(), port.txQueue(queue));
    }
  }

  /**
   * Uses the functions and queues of a port, which DPDK keeps as long as the port is open.
   *
   * @param name for messages
   * @param critical whether the driver never blocks
   * @param gate keeps bursts and the driver's control events apart; null if the driver does so
   * @param functions the port's burst functions for the queue
   * @param pool the queue's buffers
   * @param onCorruption called when the port delivers impossible packets, which are withheld; null
   *     if the port is trusted
   */
  PortQueue(
      String name,
      boolean critical,
      BurstGate gate,
      Functions functions,
      MbufPool pool,
      Runnable onCorruption) {
    this.name = name;
    this.critical = critical;
    this.pool = pool;
    this.gate = gate;
    this.onCorruption = onCorruption;
    inside = gate == null ? null : gate.passage();
    rxBurst = functions.rxBurst;
    txBurst = functions.txBurst;
    rxQueue = functions.rxQueue;
    txQueue = functions.txQueue;
    array = arena.allocate(ValueLayout.JAVA_LONG, MAX_BURST).address();
  }

  /** Makes the calling thread the owner. */
  void attach() {
    if (owner != null) {
      throw new IllegalStateException(name + ": the queue is another thread's");
    }
    owner = Thread.currentThread();
  }

  /** Makes the calling thread, the owner, leave the queue to another one. */
  void leave() {
    checkOwner();
    owner = null;
  }

  boolean isOwner(Thread thread) {
    return owner == thread;
  }

  private void checkOwner() {
    if (owner != Thread.currentThread()) {
      throw new IllegalStateException(
          name + ": the queue is " + (owner == null ? "closed" : "another thread's"));
    }
  }

  int receive(long[] mbufs, int max) {
    checkOwner();
    int n = burst(rxBurst, rxQueue, Math.min(max, MAX_BURST));
    int kept = 0;
    for (int i = 0; i < n; i++) {
      long mbuf = Memory.getLong(array + (long) i * Long.BYTES);
      if (onCorruption != null && !isPossible(mbuf)) {
        onCorruption.run();
        return 0; // nothing of this burst can be trusted, nor freed
      }
      if (Mbuf.segments(mbuf) != 1) {
        mbuf = linear(mbuf);
        if (mbuf == 0) {
          continue;
        }
      }
      mbufs[kept++] = mbuf;
    }
    return kept;
  }

  /**
   * Whether a received packet's lengths are possible. Over memif, they come from what the peer
   * wrote into shared memory: a peer that overran the buffer, or claims so, is cut off.
   */
  private static boolean isPossible(long mbuf) {
    int left = Mbuf.packetLength(mbuf);
    long segment = mbuf;
    for (int i = Mbuf.segments(mbuf); i > 0; i--) {
      if (segment == 0 || Mbuf.tailroom(segment) < 0) {
        return false;
      }
      left -= Mbuf.dataLength(segment);
      segment = Mbuf.next(segment);
    }
    return left == 0;
  }

  private int burst(MemorySegment function, long queue, int count) {
    if (gate == null) {
      return BurstCall.burst(critical, function, queue, array, count);
    }
    if (!gate.enter(inside)) {
      return 0;
    }
    int n = BurstCall.burst(critical, function, queue, array, count);
    gate.leave(inside);
    return n;
  }

  /** A copy in a single segment, as the stack requires; 0 if there is no buffer for it. */
  private long linear(long mbuf) {
    long copy = pool.copy(mbuf);
    pool.free(mbuf);
    if (copy == 0) {
      lost++;
    }
    return copy;
  }

  int transmit(long[] mbufs, int n) {
    checkOwner();
    int sent = 0;
    while (sent < n) {
      int part = Math.min(n - sent, MAX_BURST);
      for (int i = 0; i < part; i++) {
        Memory.putLong(array + (long) i * Long.BYTES, mbufs[sent + i]);
      }
      int taken = burst(txBurst, txQueue, part);
      sent += taken;
      if (taken < part) {
        break;
      }
    }
    return sent;
  }

  /** Packets of several segments lost for lack of a buffer to join them in. */
  long lost() {
    return lost;
  }

  /** Ends the traffic to the port. On the owner's thread, or after it has ended. */
  void close() {
    owner = null;
  }

  /**
   * Has the port free what it has sent so far, as every burst does, with an empty burst. On a
   * closed queue.
   */
  void freeSent() {
    BurstCall.burst(critical, txBurst, txQueue, array, 0);
  }

  /** Frees the memory of a closed queue. */
  void free() {
    if (gate != null) {
      gate.forget(inside);
    }
    arena.close();
  }
}
