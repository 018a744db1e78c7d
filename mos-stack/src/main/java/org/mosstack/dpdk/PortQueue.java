package org.mosstack.dpdk;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.atomic.AtomicBoolean;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.MbufPool;
import org.mosstack.mbuf.Memory;

/**
 * A receive and a transmit queue of a started port, used by one thread. What would be wrong in C, a
 * queue of a port that is closed or another thread's, throws before it gets there.
 */
final class PortQueue {
  /** Packets moved by one call at most; DPDK's drivers are made for bursts of 32 to 64. */
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
   * What a port's bursts call.
   *
   * @param rxBurst address of the driver's receive function
   * @param rxQueue the queue that it is given
   * @param txBurst address of the driver's transmit function
   * @param txQueue the queue that it is given
   */
  record Functions(MemorySegment rxBurst, long rxQueue, MemorySegment txBurst, long txQueue) {
    static Functions of(EthDev port, int queue) {
      return new Functions(
          port.rxBurst(), port.rxQueue(queue), port.txBurst(), port.txQueue(queue));
    }
  }

  /**
   * Takes the functions and queues of a port, which DPDK keeps as long as the port is open.
   *
   * @param name for messages
   * @param critical whether the driver never blocks
   * @param gate keeps bursts from the driver's control events; null when the driver does so
   * @param functions the port's burst functions for the queue
   * @param pool the queue's buffers
   * @param onCorruption called when the port delivered what can't be, instead of that; null where
   *     the port is trusted
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
      throw new IllegalStateException(name + ": the queue was attached before");
    }
    owner = Thread.currentThread();
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
        return 0; // nothing of this burst can be trusted, nor given back
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
   * Whether a received packet's lengths can be. Over memif they come from what the peer wrote into
   * shared memory: one that overran the buffer, or says so, has to do with nothing any more.
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

  /** One segment instead of several, as the stack wants it; 0 when there is no buffer for that. */
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

  /** Packets of several segments that found no buffer to be joined in. */
  long lost() {
    return lost;
  }

  /** Nothing goes to the port any more. On the owner's thread, or after it has ended. */
  void close() {
    owner = null;
  }

  /**
   * Has the port free what it has sent by now, as it does with every burst: by an empty one. Of a
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
