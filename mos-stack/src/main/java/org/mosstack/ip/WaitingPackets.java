package org.mosstack.ip;

import org.mosstack.header.EthernetHeader;
import org.mosstack.header.Ipv4Header;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.MbufPool;
import org.mosstack.stats.Counter;
import org.mosstack.stats.Counters;

/** One core's IPv4 packets that wait for a neighbour's MAC address, each path's in their order. */
final class WaitingPackets {
  /**
   * Packets that may wait for one neighbour; beyond that, the oldest is dropped (RFC 1122 2.3.2.2).
   */
  static final int MAX_FOR_A_NEIGHBOUR = 512;

  private final MbufPool pool;
  private final Counters counters;
  private final int limit;
  private TransportInput transport;
  private int count;

  WaitingPackets(MbufPool pool, Counters counters) {
    this.pool = pool;
    this.counters = counters;
    // However many neighbours are silent, most buffers stay free for the others.
    limit = Math.max(1, pool.capacity() / 8);
  }

  void transport(TransportInput newTransport) {
    transport = newTransport;
  }

  /**
   * Keeps a packet until the path's MAC address is known. Owns the mbuf, whose data starts at the
   * IP header.
   *
   * @return false if it was dropped
   */
  boolean add(Path path, long mbuf) {
    if (path.waiting == MAX_FOR_A_NEIGHBOUR) {
      drop(take(path), Counter.DROP_ARP_QUEUE_FULL);
    } else if (count >= limit) {
      drop(mbuf, Counter.DROP_ARP_QUEUE_FULL);
      return false;
    }
    if (path.waiting == 0) {
      path.waitingHead = mbuf;
    } else {
      Mbuf.setNext(path.waitingTail, mbuf);
    }
    path.waitingTail = mbuf;
    path.waiting++;
    count++;
    return true;
  }

  private long take(Path path) {
    long mbuf = path.waitingHead;
    path.waitingHead = Mbuf.next(mbuf);
    Mbuf.setNext(mbuf, 0); // a device takes a linked mbuf for a multi-segment packet
    path.waiting--;
    count--;
    return mbuf;
  }

  private void drop(long mbuf, Counter reason) {
    counters.increment(reason);
    pool.free(mbuf);
  }

  /** Sends those of a path whose MAC address is known now. */
  void send(Path path) {
    while (path.waiting > 0) {
      path.netInterface.transmit(take(path), path.mac, EthernetHeader.TYPE_IPV4);
    }
  }

  /** Drops those of a path whose neighbour doesn't answer, and tells the transport of them. */
  void giveUp(Path path) {
    int reported = 0;
    // Only those waiting now: unreachable() may send again, and even cause the path's eviction.
    for (int left = path.waiting; left > 0 && path.waiting > 0; left--) {
      long mbuf = take(path);
      int destination = Ipv4Header.destination(Mbuf.data(mbuf));
      drop(mbuf, Counter.DROP_ARP_UNRESOLVED);
      if (destination != reported && transport != null) {
        transport.unreachable(destination);
        reported = destination;
      }
    }
  }

  /** Drops those of a path that is evicted. */
  void drop(Path path) {
    while (path.waiting > 0) {
      drop(take(path), Counter.DROP_ARP_UNRESOLVED);
    }
  }

  /** Frees those of a path, uncounted: the stack is being closed. */
  void close(Path path) {
    while (path.waiting > 0) {
      pool.free(take(path));
    }
  }
}
