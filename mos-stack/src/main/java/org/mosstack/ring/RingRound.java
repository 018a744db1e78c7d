package org.mosstack.ring;

import org.mosstack.mbuf.MbufPool;

/** Iterates a consumer over the rings of a {@link RingLane} that lead to it. For one thread. */
public final class RingRound {
  private final boolean drops;
  private int next;
  private long noBuffer;

  /**
   * Starts with the first sender.
   *
   * @param drops whether packets are dropped when the pool is empty; else they wait
   */
  public RingRound(boolean drops) {
    this.drops = drops;
  }

  /**
   * Copies packets out of the rings that lead to a queue. The next call resumes at the sender where
   * this one ended, so no sender can starve the others.
   *
   * @param to the queue
   * @param mbufs receives the copies' addresses, from index {@code from}, at most {@code max}
   * @param pool the consumer's
   * @return the number written
   */
  public int poll(RingLane lane, int to, long[] mbufs, int from, int max, MbufPool pool) {
    int senders = lane.senders();
    int sender = next < senders ? next : 0; // the lane may differ from the last one
    int count = 0;
    for (int i = 0; i < senders && count < max; i++) {
      PacketRing ring = lane.ring(sender, to);
      if (ring != null) {
        long lost = ring.noBuffer();
        count += ring.poll(mbufs, from + count, max - count, pool, drops);
        noBuffer += ring.noBuffer() - lost;
      }
      sender = sender + 1 == senders ? 0 : sender + 1;
    }
    next = sender;
    return count;
  }

  /** Packets that were dropped because the pool had no buffer for them, or none large enough. */
  public long noBuffer() {
    return noBuffer;
  }
}
