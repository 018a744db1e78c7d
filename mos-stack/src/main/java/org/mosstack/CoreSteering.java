package org.mosstack;

import java.lang.invoke.VarHandle;
import java.util.Arrays;
import org.mosstack.device.PacketRing;
import org.mosstack.device.Rss;
import org.mosstack.ip.IpLayer;
import org.mosstack.ip.NetInterface;
import org.mosstack.ip.Steering;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.MbufPool;
import org.mosstack.stats.Counter;
import org.mosstack.stats.Counters;

/**
 * One core's rings to the others: copies of ARP packets, which arrive on one queue only, ICMP
 * errors about another core's flows, segments of flows that another core serves, and those that
 * came in fragments. On the core's thread.
 */
final class CoreSteering implements Steering {
  private static final int RING_PACKETS = 1024;

  /** Beside the port's number in a packet of the ring: it counts as received from the port. */
  private static final int ARRIVES = 1 << 15;

  private final StackCore self;
  private final MbufPool pool;
  private final Counters counters;
  private StackCore[] cores;
  private PacketRing[] out = {};
  private PacketRing[] in = {};

  CoreSteering(StackCore self, MbufPool pool, Counters counters) {
    this.self = self;
    this.pool = pool;
    this.counters = counters;
  }

  /** Makes the rings to the others, before any core's thread starts. */
  void connect(StackCore[] cores) {
    this.cores = cores;
    out = new PacketRing[cores.length];
    for (StackCore target : cores) {
      if (target != self) {
        out[target.index()] = new PacketRing(RING_PACKETS);
        target.steering().addIncoming(out[target.index()]);
      }
    }
  }

  private void addIncoming(PacketRing ring) {
    in = Arrays.copyOf(in, in.length + 1);
    in[in.length - 1] = ring;
  }

  /** The rings in which others pass packets to this core. */
  PacketRing[] incoming() {
    return in;
  }

  @Override
  public void toAllOthers(NetInterface from, long mbuf) {
    for (StackCore target : cores) {
      if (target != self) {
        pass(target, from, mbuf, 0);
      }
    }
  }

  @Override
  public boolean toCore(NetInterface from, long mbuf, int core) {
    StackCore target = cores[core];
    if (target.portOf(from.device()) < 0) {
      return false;
    }
    pass(target, from, mbuf, 0);
    return true;
  }

  @Override
  public boolean toOwner(
      NetInterface from,
      long mbuf,
      int source,
      int destination,
      int sourcePort,
      int destinationPort) {
    return toQueue(from, mbuf, source, destination, sourcePort, destinationPort, 0);
  }

  @Override
  public boolean toArrival(
      NetInterface from,
      long mbuf,
      int source,
      int destination,
      int sourcePort,
      int destinationPort) {
    return toQueue(from, mbuf, source, destination, sourcePort, destinationPort, ARRIVES);
  }

  private boolean toQueue(
      NetInterface from,
      long mbuf,
      int source,
      int destination,
      int sourcePort,
      int destinationPort,
      int mark) {
    Rss rss = from.device().capabilities().rss().orElse(null);
    if (rss == null) {
      return false;
    }
    int queue = rss.queue(source, destination, sourcePort, destinationPort);
    if (queue == from.queue()) {
      return false;
    }
    for (StackCore target : cores) {
      if (target.queueOf(from.device()) == queue) {
        pass(target, from, mbuf, mark);
      }
    }
    return true;
  }

  /**
   * Takes a packet out of another core's ring into this one.
   *
   * @param mbuf a copy, owned here
   * @param interfaces the core's
   * @param nowNanos the turn's time
   */
  static void input(IpLayer ip, NetInterface[] interfaces, long mbuf, long nowNanos) {
    int port = Mbuf.port(mbuf);
    if ((port & ARRIVES) != 0) {
      ip.input(interfaces[port & ~ARRIVES], mbuf, nowNanos);
    } else {
      ip.inputSteered(interfaces[port], mbuf, nowNanos);
    }
  }

  private void pass(StackCore target, NetInterface from, long mbuf, int mark) {
    int port = target.portOf(from.device());
    if (port < 0) {
      return; // that core has no queue on the device
    }
    PacketRing ring = out[target.index()];
    ring.reclaim(pool);
    long copy = pool.copy(mbuf);
    if (copy == 0) {
      counters.increment(Counter.NO_MBUF);
      return;
    }
    Mbuf.setPort(copy, port | mark);
    if (!ring.offer(copy)) {
      pool.free(copy);
      counters.increment(Counter.DROP_STEER_RING_FULL);
      return;
    }
    VarHandle.fullFence(); // the packet is in the ring before we look whether anybody sleeps
    target.wakeIfSleeping();
  }

  /**
   * Frees what the others have taken; called each turn, so that no buffer waits for the next ARP.
   */
  void reclaim() {
    for (PacketRing ring : out) {
      if (ring != null && ring.hasOutstanding()) {
        ring.reclaim(pool);
      }
    }
  }

  void close() {
    for (PacketRing ring : out) {
      if (ring != null) {
        ring.close(pool);
      }
    }
    for (PacketRing ring : in) {
      ring.abandon();
    }
  }
}
