package org.mosstack.device;

import org.mosstack.mbuf.MbufPool;

/** A consumer's way round the rings of a {@link RingLane} that lead to it. One thread's. */
final class RingRound {
  private final boolean drops;
  private int next;
  private long noBuffer;

  /**
   * Begins with the first sender.
   *
   * @param drops whether packets that find the pool empty are dropped; else they wait
   */
  RingRound(boolean drops) {
    this.drops = drops;
  }

  /**
   * Copies packets out of the rings towards a queue. The next call begins with the sender where
   * this one ended: no sender can keep the others from being heard.
   *
   * @param to the queue
   * @param mbufs where the copies' addresses go, from index {@code from}, at most {@code max}
   * @param pool the consumer's
   * @return how many were written
   */
  int poll(RingLane lane, int to, long[] mbufs, int from, int max, MbufPool pool) {
    int senders = lane.senders();
    int sender = next < senders ? next : 0; // the lane may be another one than before
    int count = 0;
    for (int i = 0; i < senders && count < max; i++) {
      PacketRing ring = lane.ring(sender, to);
      if (ring != null) {
        long lost = ring.noBuffer();
        count +=
            drops
                ? ring.poll(mbufs, from + count, max - count, pool)
                : ring.pollWithoutDrops(mbufs, from + count, max - count, pool);
        noBuffer += ring.noBuffer() - lost;
      }
      sender = sender + 1 == senders ? 0 : sender + 1;
    }
    next = sender;
    return count;
  }

  /** Packets that were dropped because the pool had no buffer for them, or none large enough. */
  long noBuffer() {
    return noBuffer;
  }
}
