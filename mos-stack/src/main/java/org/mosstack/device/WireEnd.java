package org.mosstack.device;

import java.lang.invoke.VarHandle;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.mosstack.header.EthernetHeader;
import org.mosstack.header.Ipv4Header;
import org.mosstack.header.TcpHeader;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.MbufPool;

/**
 * One end of an in-process cable. What is sent while nothing is plugged in at the other end is
 * lost, as on a real one.
 */
final class WireEnd implements NetDevice {
  private static final long LOCALLY_ADMINISTERED = 0x0200_0000_0000L; // IEEE 802, unicast
  private static final long MAC_RANDOM_BITS = 0x00FF_FFFF_FFFFL;
  private static final int PORTS_BYTES = 4;

  private final String name;
  private final int mtu;
  private final long mac;
  private final Rss rss;
  private final Capabilities capabilities;
  private final WireQueue[] queues;
  private volatile Plug plug;
  private volatile boolean closed;

  /** The two directions of the cable, seen from this end. */
  private record Plug(WireLane in, WireLane out) {}

  WireEnd(String name, int queues, int mtu, RandomGenerator random) {
    if (queues < 1) {
      throw new IllegalArgumentException(name + ": " + queues + " queues, at least 1");
    }
    if (mtu < 68 || mtu > 65535) {
      throw new IllegalArgumentException(name + ": mtu " + mtu + ", 68 to 65535");
    }
    this.name = name;
    this.mtu = mtu;
    mac = LOCALLY_ADMINISTERED | random.nextLong() & MAC_RANDOM_BITS;
    rss = Rss.random(random, queues);
    capabilities = new Capabilities(false, false, Optional.of(rss), true);
    this.queues = new WireQueue[queues];
    for (int i = 0; i < queues; i++) {
      this.queues[i] = new WireQueue();
    }
  }

  /** Plugs a new cable in between two ends, or one end and itself; an older one is pulled out. */
  static void connect(WireEnd a, WireEnd b) {
    WireLane toB = new WireLane(a.queues(), b);
    WireLane toA = a == b ? toB : new WireLane(b.queues(), a);
    a.plug = new Plug(toA, toB);
    b.plug = new Plug(toB, toA);
  }

  WireQueue queue(int index) {
    return queues[index];
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
    WireQueue state = queues[queue];
    if (state.isAttached() || state.isDetached()) {
      throw new IllegalStateException(name + ": queue " + queue + " was attached before");
    }
    int frame = mtu + EthernetHeader.BYTES;
    if (pool.dataRoomBytes() < frame) {
      throw new IllegalArgumentException(
          name + ": buffers of " + pool.dataRoomBytes() + " bytes for frames of " + frame);
    }
    state.attach(pool);
  }

  @Override
  public int receive(int queue, long[] mbufs, int max) {
    WireQueue state = queues[queue];
    state.reclaim();
    Plug plug = this.plug;
    if (plug == null) {
      return 0;
    }
    WireLane lane = plug.in;
    int senders = lane.senders();
    int sender = state.nextSender < senders ? state.nextSender : 0;
    int count = 0;
    for (int i = 0; i < senders && count < max; i++) {
      PacketRing ring = lane.ring(sender, queue);
      if (ring != null) {
        long lost = ring.noBuffer();
        count += ring.poll(mbufs, count, max - count, state.pool);
        state.receiveErrors += ring.noBuffer() - lost;
      }
      sender = sender + 1 == senders ? 0 : sender + 1;
    }
    state.nextSender = sender; // no sender can keep the others from being heard
    return count;
  }

  @Override
  public int transmit(int queue, long[] mbufs, int n) {
    WireQueue state = queues[queue];
    state.reclaim();
    Plug plug = this.plug;
    int taken = 0;
    if (plug == null) {
      for (; taken < n; taken++) {
        state.pool.free(mbufs[taken]);
      }
      return n;
    }
    WireLane lane = plug.out;
    WireEnd receiver = lane.receiver();
    for (; taken < n; taken++) {
      if (!send(state, lane, queue, receiver, mbufs[taken])) {
        break;
      }
    }
    state.wakeReceivers(receiver);
    return taken;
  }

  private static boolean send(
      WireQueue state, WireLane lane, int from, WireEnd receiver, long mbuf) {
    int to = receiver.classify(mbuf);
    PacketRing ring = lane.open(from, to);
    boolean known = ring.hasOutstanding();
    if (!ring.offer(mbuf)) {
      ring.reclaim(state.pool);
      known = true; // still in the list, even if it is empty now
      if (!ring.offer(mbuf)) {
        if (receiver.queues[to].isAttached()) {
          return false;
        }
        state.pool.free(mbuf); // nobody reads there: one core not started must not stop the others
        return true;
      }
    }
    if (!known) {
      state.addOutstanding(ring);
    }
    state.ring(to);
    return true;
  }

  /** The queue that a frame arrives on at this end, as a NIC chooses it; notes the hash. */
  private int classify(long mbuf) {
    if (queues.length == 1) {
      Mbuf.setRssHash(mbuf, 0);
      return 0;
    }
    long data = Mbuf.data(mbuf);
    int length = Mbuf.dataLength(mbuf);
    long ip = data + EthernetHeader.BYTES;
    if (length < EthernetHeader.BYTES + Ipv4Header.MIN_BYTES
        || EthernetHeader.type(data) != EthernetHeader.TYPE_IPV4
        || Ipv4Header.version(ip) != 4) {
      Mbuf.setRssHash(mbuf, 0);
      return 0;
    }
    int source = Ipv4Header.source(ip);
    int destination = Ipv4Header.destination(ip);
    int headerBytes = Ipv4Header.headerBytes(ip);
    int protocol = Ipv4Header.protocol(ip);
    boolean ports =
        (protocol == Ipv4Header.PROTOCOL_TCP || protocol == Ipv4Header.PROTOCOL_UDP)
            && !Ipv4Header.isFragment(ip)
            && headerBytes >= Ipv4Header.MIN_BYTES
            && length >= EthernetHeader.BYTES + headerBytes + PORTS_BYTES;
    int hash;
    if (ports) {
      long transport = ip + headerBytes; // TCP and UDP have their ports at the same place
      int sourcePort = TcpHeader.sourcePort(transport);
      int destinationPort = TcpHeader.destinationPort(transport);
      hash = rss.hash(source, destination, sourcePort, destinationPort);
    } else {
      hash = rss.hash(source, destination);
    }
    Mbuf.setRssHash(mbuf, hash);
    return rss.queue(hash);
  }

  @Override
  public void onArrival(int queue, Runnable wakeup) {
    queues[queue].wakeup(wakeup);
  }

  @Override
  public boolean prepareSleep(int queue) {
    WireQueue state = queues[queue];
    state.sleeping(true);
    VarHandle.fullFence(); // see WireQueue.wakeReceivers
    Plug plug = this.plug;
    if (plug != null) {
      for (int sender = 0; sender < plug.in.senders(); sender++) {
        PacketRing ring = plug.in.ring(sender, queue);
        if (ring != null && !ring.isEmpty()) {
          state.sleeping(false);
          return false;
        }
      }
    }
    return true;
  }

  @Override
  public void finishSleep(int queue) {
    queues[queue].sleeping(false);
  }

  @Override
  public long receiveErrors(int queue) {
    return queues[queue].receiveErrors;
  }

  @Override
  public void detach(int queue) {
    WireQueue state = queues[queue];
    if (state.isDetached()) {
      return;
    }
    state.detach();
    VarHandle.fullFence(); // see WireLane.open
    Plug plug = this.plug;
    if (plug != null) {
      for (int sender = 0; sender < plug.in.senders(); sender++) {
        PacketRing ring = plug.in.ring(sender, queue);
        if (ring != null) {
          ring.abandon();
        }
      }
    }
    state.closeRings();
  }

  @Override
  public void close() {
    closed = true;
  }
}
