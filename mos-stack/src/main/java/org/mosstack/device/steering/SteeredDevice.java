package org.mosstack.device.steering;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.mosstack.device.Capabilities;
import org.mosstack.device.FlowClassifier;
import org.mosstack.device.ForwardingDevice;
import org.mosstack.device.NetDevice;
import org.mosstack.device.Rss;
import org.mosstack.header.EthernetHeader;
import org.mosstack.mbuf.MbufPool;
import org.mosstack.ring.PacketRing;
import org.mosstack.ring.RingLane;
import org.mosstack.ring.RingQueue;

/**
 * Gives each core a queue on a port that has fewer queues than there are cores, or that doesn't
 * report how it spreads flows over them. It does in software what receive-side scaling does in a
 * NIC, with the same hash and table, so that the flow-to-core map is the same.
 *
 * <p>The first cores own the port's queues, one each. An owner takes packets from its queue, keeps
 * those of its own flows and steers the others through a {@link PacketRing} to each core; frames
 * without a flow (ARP, and all else that isn't IPv4) stay with the owner. Cores that own no queue
 * send through rings to owners, over which they are spread evenly. Each packet that changes cores
 * is copied once, into the pool of the core that gets it: no pool is touched by two threads.
 *
 * <p>Packets for a core whose ring is full, or that is gone, are dropped and counted in {@link
 * #receiveErrors} of the owner, as by a NIC whose queue isn't emptied in time. A full ring to an
 * owner makes {@link #transmit} take fewer packets; the owner keeps what the port refuses, and
 * tries again whenever it receives or transmits. While the port's link is down, it keeps no packets
 * of other cores: they are dropped, and counted there too.
 *
 * <p>Cores may detach in any order. An owner takes its queue with it: what would be received or
 * sent over it is lost from then on, as when a cable is pulled, and blocks nobody.
 *
 * <p>In the steady state nothing is allocated. Driven by one thread it is deterministic.
 */
public final class SteeredDevice extends ForwardingDevice {
  /** Packets in transit between an owner and all other cores, in each direction. */
  private static final int PACKETS_PER_OWNER = 32_768;

  private final Capabilities capabilities;
  private final RingQueue[] cores;
  private final RingLane received;
  private final RingLane toSend;
  private final SteeredPort[] ports;

  /**
   * Spreads flows over cores with a random key.
   *
   * @param port the device, not started; closed with this one
   * @param cores queues to present, at least as many as the port has
   * @param random generates the key
   * @throws IllegalArgumentException if there are fewer cores than queues
   */
  public SteeredDevice(NetDevice port, int cores, RandomGenerator random) {
    this(port, cores, Rss.random(random, cores));
  }

  /**
   * Spreads flows over cores by the given hash and table.
   *
   * @param rss names queues from 0 to {@code cores - 1} only
   * @see #SteeredDevice(NetDevice, int, RandomGenerator)
   */
  SteeredDevice(NetDevice port, int cores, Rss rss) {
    super(port);
    int owners = port.queues();
    if (cores < owners) {
      throw new IllegalArgumentException(
          port.name() + ": " + owners + " queues for " + cores + " cores");
    }
    capabilities = capabilities(port.capabilities(), rss);
    this.cores = RingQueue.array(cores);
    received = new RingLane(owners, this.cores, PACKETS_PER_OWNER, cores);
    int senders = (cores - 1) / owners; // to the owner with the most
    toSend = new RingLane(senders, Arrays.copyOf(this.cores, owners), PACKETS_PER_OWNER, senders);
    FlowClassifier classifier = new FlowClassifier(rss);
    ports = new SteeredPort[owners];
    for (int i = 0; i < owners; i++) {
      ports[i] = new SteeredPort(port, i, this.cores[i], classifier, received, toSend);
    }
  }

  private static Capabilities capabilities(Capabilities port, Rss rss) {
    return new Capabilities(
        port.rxChecksum(), port.txChecksum(), false, Optional.of(rss), port.wakeups());
  }

  private boolean ownsQueue(int core) {
    return core < ports.length;
  }

  /** The owner that sends for a core without a queue. */
  private int ownerFor(int core) {
    return core % ports.length;
  }

  /** The number of a core without a queue among the senders to its owner. */
  private int senderOf(int core) {
    return core / ports.length - 1;
  }

  @Override
  public int queues() {
    return cores.length;
  }

  @Override
  public Capabilities capabilities() {
    return capabilities;
  }

  @Override
  public void start(List<MbufPool> pools) {
    inner().start(pools.subList(0, ports.length));
  }

  @Override
  public void attach(int core, MbufPool pool) {
    if (ownsQueue(core)) {
      inner().attach(core, pool); // if it throws, nobody may count on the owner
    }
    cores[core].attach(name(), core, mtu() + EthernetHeader.BYTES, pool);
  }

  @Override
  public int receive(int core, long[] mbufs, int max) {
    RingQueue state = cores[core];
    state.reclaim();
    if (!ownsQueue(core)) {
      return state.poll(received, core, mbufs, 0, max);
    }
    ports[core].relay();
    // Neither the rings nor the port can starve the other.
    int count = state.poll(received, core, mbufs, 0, max / 2);
    count += ports[core].receive(mbufs, count, max - count);
    return count + state.poll(received, core, mbufs, count, max - count);
  }

  /** See {@link SteeredPort#sort}; of a core that owns a queue. */
  int sort(int core, long[] mbufs, int n) {
    return ports[core].sort(mbufs, n);
  }

  @Override
  public int transmit(int core, long[] mbufs, int n) {
    RingQueue state = cores[core];
    state.reclaim();
    if (ownsQueue(core)) {
      return ports[core].transmit(mbufs, n);
    }
    int owner = ownerFor(core);
    int taken = 0;
    while (taken < n && offer(state, senderOf(core), owner, mbufs[taken])) {
      taken++;
    }
    state.wakeReceivers();
    return taken;
  }

  private boolean offer(RingQueue state, int sender, int owner, long mbuf) {
    if (state.offer(toSend, sender, owner, mbuf)) {
      return true;
    }
    if (cores[owner].isAttached()) {
      return false;
    }
    state.pool().free(mbuf); // nobody sends it: a core that isn't started must not stop the others
    return true;
  }

  @Override
  public void onArrival(int core, Runnable wakeup) {
    cores[core].wakeup(wakeup);
    if (ownsQueue(core)) {
      inner().onArrival(core, wakeup);
    }
  }

  @Override
  public boolean prepareSleep(int core) {
    RingQueue state = cores[core];
    state.prepareSleep();
    if (received.isEmpty(core)
        && (!ownsQueue(core) || ports[core].isIdle() && inner().prepareSleep(core))) {
      return true;
    }
    state.finishSleep();
    return false;
  }

  @Override
  public void finishSleep(int core) {
    cores[core].finishSleep();
    if (ownsQueue(core)) {
      inner().finishSleep(core);
    }
  }

  @Override
  public long nextDeadlineNanos(int core) {
    return ownsQueue(core) ? inner().nextDeadlineNanos(core) : Long.MAX_VALUE;
  }

  @Override
  public long receiveErrors(int core) {
    long lost = cores[core].noBuffer();
    return ownsQueue(core)
        ? lost + ports[core].drops() + ports[core].noMbuf() + inner().receiveErrors(core)
        : lost;
  }

  @Override
  public long receiveMissed(int core) {
    return ownsQueue(core) ? ports[core].drops() + inner().receiveMissed(core) : 0;
  }

  @Override
  public long receiveNoMbuf(int core) {
    long lost = cores[core].noBuffer();
    return ownsQueue(core) ? lost + ports[core].noMbuf() + inner().receiveNoMbuf(core) : lost;
  }

  @Override
  public int keptBuffers(int core) {
    return ownsQueue(core) ? inner().keptBuffers(core) : 0;
  }

  @Override
  public void leave(int core) {
    if (ownsQueue(core)) {
      inner().leave(core);
    }
  }

  @Override
  public void adopt(int core) {
    if (ownsQueue(core)) {
      inner().adopt(core);
    }
  }

  @Override
  public void detach(int core) {
    RingQueue state = cores[core];
    if (state.isDetached()) {
      return;
    }
    boolean owner = ownsQueue(core) && state.isAttached();
    if (owner) {
      ports[core].sendLast();
    }
    state.detach();
    received.abandon(core);
    if (ownsQueue(core)) {
      toSend.abandon(core);
    }
    if (owner) {
      ports[core].freeHeld();
    }
    state.closeRings();
    if (ownsQueue(core)) {
      inner().detach(core);
    }
  }
}
