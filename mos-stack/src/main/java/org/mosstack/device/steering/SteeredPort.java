package org.mosstack.device.steering;

import org.mosstack.device.FlowClassifier;
import org.mosstack.device.NetDevice;
import org.mosstack.ring.RingLane;
import org.mosstack.ring.RingQueue;
import org.mosstack.ring.RingRound;

/**
 * One queue of a port without receive-side scaling of its own, driven by the core that owns it:
 * steers what other cores' flows receive, and sends for cores that have no queue. Belongs to that
 * core's thread.
 */
final class SteeredPort {
  private static final int BURST = 64;

  /**
   * Limit of packets taken from the port, or sent for others, per call: the caller has more to do.
   */
  private static final int PER_CALL = 256;

  /** Fewer than this aren't worth polling the port once more. */
  private static final int SMALLEST_BURST = 4;

  /** Calls of receive in which the owner's own packets are sent first; more than one turn's. */
  private static final int OWN_FIRST_CALLS = 8;

  private final NetDevice port;
  private final int queue;
  private final RingQueue core;
  private final FlowClassifier classifier;
  private final RingLane received;
  private final RingLane toSend;
  private final RingRound senders = new RingRound(false);
  private final long[] burst = new long[BURST];

  /** Packets of other cores, in the owner's buffers, to be offered to the port next. */
  private final long[] held = new long[BURST];

  private int heldCount;
  private boolean ownFirst;
  private int ownFirstCalls;
  private long drops;

  /**
   * Creates the owner's side of a queue.
   *
   * @param port the device with the queue
   * @param queue the queue, and the core that owns it
   * @param core that core's state
   * @param received leads from the port's queues to the cores
   * @param toSend leads from cores without a queue to the port's queues
   */
  SteeredPort(
      NetDevice port,
      int queue,
      RingQueue core,
      FlowClassifier classifier,
      RingLane received,
      RingLane toSend) {
    this.port = port;
    this.queue = queue;
    this.core = core;
    this.classifier = classifier;
    this.received = received;
    this.toSend = toSend;
  }

  /**
   * Takes packets from the port: the owner's go to the caller, the others to their cores. It
   * continues while most of them are others', since a caller that gets nothing takes the port for
   * idle.
   *
   * @return the number of addresses written, from index {@code from}
   */
  int receive(long[] mbufs, int from, int max) {
    int count = 0;
    int pulled = 0;
    int room = Math.min(max, BURST);
    while (room > 0) {
      int n = port.receive(queue, burst, room);
      for (int i = 0; i < n; i++) {
        if (keeps(burst[i])) {
          mbufs[from + count++] = burst[i];
        }
      }
      pulled += n;
      if (n < room || pulled >= PER_CALL || max - count < SMALLEST_BURST) {
        break;
      }
      room = Math.min(max - count, BURST);
    }
    core.wakeReceivers();
    return count;
  }

  /**
   * Sorts packets that the owner has taken from the port itself: keeps the owner's, and steers the
   * others to their cores.
   *
   * @return the number kept, from index 0
   */
  int sort(long[] mbufs, int n) {
    int kept = 0;
    for (int i = 0; i < n; i++) {
      if (keeps(mbufs[i])) {
        mbufs[kept++] = mbufs[i];
      }
    }
    core.wakeReceivers();
    return kept;
  }

  /** Whether a packet is the owner's; another core's is steered there, or lost. */
  private boolean keeps(long mbuf) {
    int to = classifier.queue(mbuf, queue);
    if (to == queue) {
      return true;
    }
    if (received.receiver(to).isDetached() || !core.offer(received, queue, to, mbuf)) {
      core.pool().free(mbuf);
      drops++;
    }
    return false;
  }

  /** Sends for the other cores, unless the owner is itself waiting for room in the port's ring. */
  void relay() {
    if (ownFirstCalls > 0) {
      ownFirstCalls--;
    } else {
      send();
    }
  }

  /**
   * Sends the owner's packets, with those of the others before or after. An owner that came second
   * and found the ring full goes first from then on, until the port has taken some of its packets.
   *
   * @return the number of {@code mbufs} that the port took
   */
  int transmit(long[] mbufs, int n) {
    boolean first = ownFirst;
    if (!first) {
      send();
    }
    int taken = port.transmit(queue, mbufs, n);
    if (first) {
      send();
    }
    boolean refused = taken < n;
    ownFirst = refused && (!first || taken == 0);
    ownFirstCalls = refused ? OWN_FIRST_CALLS : 0;
    return taken;
  }

  private void send() {
    for (int sent = 0; sent < PER_CALL; ) {
      // Without a free buffer, the packets stay where they are, and their senders wait.
      heldCount += senders.poll(toSend, queue, held, heldCount, BURST - heldCount, core.pool());
      if (heldCount == 0) {
        return;
      }
      int taken = port.transmit(queue, held, heldCount);
      heldCount -= taken;
      System.arraycopy(held, taken, held, 0, heldCount);
      sent += taken;
      if (heldCount > 0 && port.linkUp()) {
        return; // the port's ring is full
      }
      // Without a link, they would wait, keep the thread awake, and be stale when it is back.
      drops += heldCount;
      sent += heldCount;
      freeHeld();
    }
  }

  /** Whether other cores have nothing to send. */
  boolean isIdle() {
    return heldCount == 0 && toSend.isEmpty(queue);
  }

  /**
   * Packets lost here: to a core whose ring was full or that has left, and from other cores while
   * the port's link was down.
   */
  long drops() {
    return drops;
  }

  /** Packets of other cores lost here for lack of a buffer. */
  long noMbuf() {
    return senders.noBuffer();
  }

  /** Sends what the port takes at once; to be called while the owner's queue is attached. */
  void sendLast() {
    send();
  }

  /** Frees what the port didn't take. */
  void freeHeld() {
    while (heldCount > 0) {
      core.pool().free(held[--heldCount]);
    }
  }
}
