package org.mosstack.device;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * One direction of a cable: a ring from each of the sender's queues to each of the receiver's, made
 * by the sender when it first has a packet for it, so that 65 by 65 queues cost only what is used.
 */
final class WireLane {
  private static final VarHandle RINGS = MethodHandles.arrayElementVarHandle(PacketRing[].class);

  // Packets on their way to one queue, shared out among the senders' rings.
  private static final int QUEUE_PACKETS = 2048;
  private static final int MIN_RING_PACKETS = 64;
  private static final int MAX_RING_PACKETS = 1024;

  private final WireEnd receiver;
  private final int senders;
  private final int ringPackets;
  private final PacketRing[] rings;

  WireLane(int senders, WireEnd receiver) {
    this.senders = senders;
    this.receiver = receiver;
    int share = Integer.highestOneBit(Math.max(1, QUEUE_PACKETS / senders));
    ringPackets = Math.clamp(share, MIN_RING_PACKETS, MAX_RING_PACKETS);
    rings = new PacketRing[senders * receiver.queues()];
  }

  WireEnd receiver() {
    return receiver;
  }

  int senders() {
    return senders;
  }

  /** The ring, or null when nothing was ever sent on it. Any thread. */
  PacketRing ring(int from, int to) {
    return (PacketRing) RINGS.getAcquire(rings, to * senders + from);
  }

  /** The ring, made if need be. Sender's queue's thread. */
  PacketRing open(int from, int to) {
    PacketRing ring = ring(from, to);
    if (ring == null) {
      ring = new PacketRing(ringPackets);
      RINGS.setRelease(rings, to * senders + from, ring);
      // With WireEnd.detach: it sets its flag and then looks for rings; we do it the other way
      // round. One of the two sees the other, and the ring is abandoned.
      VarHandle.fullFence();
      if (receiver.queue(to).isDetached()) {
        ring.abandon();
      }
    }
    return ring;
  }
}
