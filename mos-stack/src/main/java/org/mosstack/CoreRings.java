package org.mosstack;

import java.util.Arrays;
import org.mosstack.device.Rss;
import org.mosstack.ip.NetInterface;
import org.mosstack.ip.OtherCores;
import org.mosstack.ip.Ticket;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.MbufPool;
import org.mosstack.ring.PacketRing;
import org.mosstack.stats.Counter;
import org.mosstack.stats.Counters;

/**
 * One core's rings to the others. They carry copies of ARP packets, which arrive on one queue only;
 * ICMP errors about flows whose packets arrive at another core, and segments of such flows
 * reassembled from fragments; and packets of flows that another core serves. On the core's thread.
 */
final class CoreRings implements OtherCores {
  private static final int RING_PACKETS = 1024;

  private final StackCore self;
  private final MbufPool pool;
  private final Counters counters;
  private StackCore[] cores;
  private PacketRing[] out = {};
  private PacketRing[] in = {};

  CoreRings(StackCore self, MbufPool pool, Counters counters) {
    this.self = self;
    this.pool = pool;
    this.counters = counters;
  }

  /** Creates the rings to the others, before any core's thread starts. */
  void connect(StackCore[] cores) {
    this.cores = cores;
    out = new PacketRing[cores.length];
    for (StackCore target : cores) {
      if (target != self) {
        out[target.index()] = new PacketRing(RING_PACKETS);
        target.rings().addIncoming(out[target.index()]);
      }
    }
  }

  private void addIncoming(PacketRing ring) {
    in = Arrays.copyOf(in, in.length + 1);
    in[in.length - 1] = ring;
  }

  /** The rings through which other cores pass packets to this one. */
  PacketRing[] incoming() {
    return in;
  }

  @Override
  public void toAll(NetInterface from, long mbuf) {
    for (StackCore target : cores) {
      if (target != self) {
        pass(target, from, mbuf, Ticket.NONE);
      }
    }
  }

  @Override
  public boolean toServingCore(NetInterface from, long mbuf, long ticket) {
    int core = Ticket.servingCore(ticket);
    StackCore target = cores[core];
    if (target.ports().portOf(from.device()) < 0 || out[core].isAbandoned()) {
      return false;
    }
    pass(target, from, mbuf, ticket);
    return true;
  }

  @Override
  public boolean toArrivalCore(
      NetInterface from,
      long mbuf,
      int source,
      int destination,
      int sourcePort,
      int destinationPort) {
    Rss rss = from.device().capabilities().rss().orElse(null);
    if (rss == null) {
      return false;
    }
    int queue = rss.queue(source, destination, sourcePort, destinationPort);
    if (queue == from.queue()) {
      return false;
    }
    for (StackCore target : cores) {
      if (target.ports().queueOf(from.device()) == queue) {
        pass(target, from, mbuf, Ticket.NONE);
      }
    }
    return true;
  }

  private void pass(StackCore target, NetInterface from, long mbuf, long ticket) {
    int port = target.ports().portOf(from.device());
    if (port < 0) {
      return; // that core has no queue on the device
    }
    PacketRing ring = out[target.index()];
    ring.reclaim(pool);
    long copy = pool.copy(mbuf);
    if (copy == 0) {
      counters.increment(Counter.DROP_CORE_NO_MBUF);
      return;
    }
    Mbuf.setPort(copy, port);
    Mbuf.setTicket(copy, ticket);
    if (!ring.offer(copy)) {
      pool.free(copy);
      counters.increment(Counter.DROP_CORE_RING_FULL);
      return;
    }
    target.wakeIfSleeping();
  }

  /**
   * Frees what the others have taken; called each turn, so that no buffer waits for the next ARP
   * packet.
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
