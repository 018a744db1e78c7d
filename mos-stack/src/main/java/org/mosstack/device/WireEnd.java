package org.mosstack.device;

import java.util.Optional;
import java.util.random.RandomGenerator;
import org.mosstack.header.EthernetHeader;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.MbufPool;
import org.mosstack.ring.RingLane;
import org.mosstack.ring.RingQueue;

/**
 * One end of an in-process cable. What is sent while nothing is plugged in at the other end is
 * lost, as on a real cable.
 */
final class WireEnd implements NetDevice {
  private static final long LOCALLY_ADMINISTERED = 0x0200_0000_0000L; // IEEE 802, unicast
  private static final long MAC_RANDOM_BITS = 0x00FF_FFFF_FFFFL;

  /** Packets in transit to one queue. */
  private static final int QUEUE_PACKETS = 2048;

  private final String name;
  private final int mtu;
  private final long mac;
  private final FlowClassifier classifier;
  private final Capabilities capabilities;
  private final RingQueue[] queues;
  private volatile Plug plug;
  private volatile boolean closed;

  /** Receive flags of a packet that requests checksums where none are computed. */
  private static final long UNHARMED = Mbuf.RX_IP_CKSUM_GOOD | Mbuf.RX_L4_CKSUM_NONE;

  /** The same of a super-segment, which nobody needs to cut: it arrives as if joined. */
  private static final long UNHARMED_WHOLE = UNHARMED | Mbuf.RX_LRO;

  /** The two directions of the cable, seen from this end, and the receivers at the other. */
  private record Plug(RingLane in, RingLane out, FlowClassifier receivers) {
    boolean send(RingQueue state, int from, long mbuf) {
      if (Mbuf.requestsTcpChecksum(mbuf)) {
        Mbuf.setFlags(mbuf, Mbuf.requestsSegmentation(mbuf) ? UNHARMED_WHOLE : UNHARMED);
      }
      int to = receivers.queue(mbuf, 0);
      if (!state.offer(out, from, to, mbuf)) {
        if (out.receiver(to).isAttached()) {
          return false;
        }
        state.pool().free(mbuf); // nobody reads there: one core not started must not stop others
      }
      return true;
    }
  }

  /**
   * Creates an end that isn't plugged in.
   *
   * @param options the largest packet, whether {@link #capabilities} reports the hash that selects
   *     the queues (some NICs can't), and whether checksums are computed; both ends must agree on
   *     the first and the last
   */
  WireEnd(String name, int queues, WireOptions options, RandomGenerator random) {
    int mtu = options.mtu();
    if (queues < 1) {
      throw new IllegalArgumentException(name + ": " + queues + " queues, at least 1");
    }
    if (mtu < 68 || mtu > 65535) {
      throw new IllegalArgumentException(name + ": mtu " + mtu + ", 68 to 65535");
    }
    this.name = name;
    this.mtu = mtu;
    mac = LOCALLY_ADMINISTERED | random.nextLong() & MAC_RANDOM_BITS;
    Rss rss = Rss.random(random, queues);
    classifier = new FlowClassifier(rss);
    capabilities =
        new Capabilities(
            !options.checksums(),
            !options.checksums(),
            !options.checksums(),
            options.rss() ? Optional.of(rss) : Optional.empty(),
            true);
    this.queues = RingQueue.array(queues);
  }

  /** Plugs in a new cable between two ends, or one end and itself; an older one is unplugged. */
  static void connect(WireEnd a, WireEnd b) {
    RingLane toB = new RingLane(a.queues(), b.queues, QUEUE_PACKETS, a.queues());
    RingLane toA = a == b ? toB : new RingLane(b.queues(), a.queues, QUEUE_PACKETS, b.queues());
    a.plug = new Plug(toA, toB, b.classifier);
    b.plug = new Plug(toB, toA, a.classifier);
  }

  /** Whether checksums are computed. */
  boolean checksums() {
    return !capabilities.txChecksum();
  }

  boolean isClosed() {
    return closed;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public int queues() {
    return queues.length;
  }

  @Override
  public long mac() {
    return mac;
  }

  @Override
  public int mtu() {
    return mtu;
  }

  @Override
  public Capabilities capabilities() {
    return capabilities;
  }

  @Override
  public void attach(int queue, MbufPool pool) {
    queues[queue].attach(name, queue, mtu + EthernetHeader.BYTES, pool);
  }

  @Override
  public int receive(int queue, long[] mbufs, int max) {
    RingQueue state = queues[queue];
    state.reclaim();
    Plug plug = this.plug;
    return plug == null ? 0 : state.poll(plug.in, queue, mbufs, 0, max);
  }

  @Override
  public int transmit(int queue, long[] mbufs, int n) {
    RingQueue state = queues[queue];
    state.reclaim();
    Plug plug = this.plug;
    int taken = 0;
    if (plug == null) {
      for (; taken < n; taken++) {
        state.pool().free(mbufs[taken]);
      }
      return n;
    }
    for (; taken < n; taken++) {
      if (!plug.send(state, queue, mbufs[taken])) {
        break;
      }
    }
    state.wakeReceivers();
    return taken;
  }

  @Override
  public void onArrival(int queue, Runnable wakeup) {
    queues[queue].wakeup(wakeup);
  }

  @Override
  public boolean prepareSleep(int queue) {
    RingQueue state = queues[queue];
    state.prepareSleep();
    Plug plug = this.plug;
    if (plug != null && !plug.in.isEmpty(queue)) {
      state.finishSleep();
      return false;
    }
    return true;
  }

  @Override
  public void finishSleep(int queue) {
    queues[queue].finishSleep();
  }

  @Override
  public long receiveNoMbuf(int queue) {
    return receiveErrors(queue); // the wire itself loses nothing
  }

  @Override
  public long receiveErrors(int queue) {
    return queues[queue].noBuffer();
  }

  @Override
  public void detach(int queue) {
    RingQueue state = queues[queue];
    if (state.isDetached()) {
      return;
    }
    state.detach();
    Plug plug = this.plug;
    if (plug != null) {
      plug.in.abandon(queue);
    }
    state.closeRings();
  }

  @Override
  public void close() {
    closed = true;
  }
}
