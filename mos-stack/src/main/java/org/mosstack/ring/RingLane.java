package org.mosstack.ring;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A ring from each of some senders to each of some queues, created by the sender when it first has
 * a packet for it, so that 65 by 65 queues cost only what is used.
 */
public final class RingLane {
  private static final VarHandle RINGS = MethodHandles.arrayElementVarHandle(PacketRing[].class);

  private static final int MIN_RING_PACKETS = 64;
  private static final int MAX_RING_PACKETS = 1024;

  private final RingQueue[] receivers;
  private final int senders;
  private final int ringPackets;
  private final PacketRing[] rings;

  /**
   * Creates a lane without any ring.
   *
   * @param senders their number
   * @param receivers the queues that rings lead to
   * @param packets how many may be in transit where the most rings meet, at the sender's end or at
   *     the receiver's; each ring holds its share of them, within limits
   * @param ringsThere how many meet there
   */
  public RingLane(int senders, RingQueue[] receivers, int packets, int ringsThere) {
    this.senders = senders;
    this.receivers = receivers;
    int share = Integer.highestOneBit(packets / Math.max(1, ringsThere));
    ringPackets = Math.clamp(share, MIN_RING_PACKETS, MAX_RING_PACKETS);
    rings = new PacketRing[senders * receivers.length];
  }

  /** How many senders there are. Any thread. */
  public int senders() {
    return senders;
  }

  /** A receiver. Any thread. */
  public RingQueue receiver(int index) {
    return receivers[index];
  }

  /** The ring, or null if nothing was ever sent on it. Any thread. */
  PacketRing ring(int from, int to) {
    return (PacketRing) RINGS.getAcquire(rings, to * senders + from);
  }

  /** The ring, created if necessary. Sender's thread. */
  PacketRing open(int from, int to) {
    PacketRing ring = ring(from, to);
    if (ring == null) {
      ring = new PacketRing(ringPackets);
      RINGS.setRelease(rings, to * senders + from, ring);
      // Pairs with a receiver that leaves: it calls RingQueue.detach and then abandon; we go the
      // other way round. One of the two sees the other, and the ring is abandoned.
      VarHandle.fullFence();
      if (receivers[to].isDetached()) {
        ring.abandon();
      }
    }
    return ring;
  }

  /** Whether no packet waits for the queue. Its thread. */
  public boolean isEmpty(int to) {
    for (int from = 0; from < senders; from++) {
      PacketRing ring = ring(from, to);
      if (ring != null && !ring.isEmpty()) {
        return false;
      }
    }
    return true;
  }

  /** Abandons the queue's rings, after {@link RingQueue#detach}. Its thread. */
  public void abandon(int to) {
    for (int from = 0; from < senders; from++) {
      PacketRing ring = ring(from, to);
      if (ring != null) {
        ring.abandon();
      }
    }
  }
}
