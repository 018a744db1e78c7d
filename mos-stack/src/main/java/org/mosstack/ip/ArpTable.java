package org.mosstack.ip;

import java.util.Comparator;
import java.util.List;
import org.mosstack.config.ArpEntry;
import org.mosstack.header.EthernetHeader;
import org.mosstack.header.Ipv4Header;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.MbufPool;
import org.mosstack.stats.Counter;
import org.mosstack.stats.Counters;

/**
 * One core's knowledge of its neighbours' MAC addresses, and the packets that wait for them.
 *
 * <p>Entries follow RFC 1122 section 2.3.2: while packets wait, a request is sent each second, up
 * to {@link #MAX_REQUESTS}; the reply releases them. After {@link #REACHABLE_NANOS} the next packet
 * triggers another request, by unicast, while packets still go to the known address, so that
 * nothing is lost. An address unconfirmed for {@link #EXPIRY_NANOS} is no longer used.
 */
final class ArpTable {
  /** Maximum number of entries. */
  static final int MAX_ENTRIES = 4096;

  /**
   * Packets that may wait for one neighbour; beyond that, the oldest is dropped (RFC 1122 2.3.2.2).
   */
  static final int MAX_WAITING = 512;

  /** Unanswered requests after which the neighbour is considered gone. */
  static final int MAX_REQUESTS = 3;

  /** Time between requests to one neighbour: no more than one a second (RFC 1122 2.3.2.1). */
  static final long REQUEST_INTERVAL_NANOS = 1_000_000_000L;

  /** Time for which a reply is trusted without asking again: a minute (RFC 1122 2.3.2.1 (1)). */
  static final long REACHABLE_NANOS = 60_000_000_000L;

  /** Time after which an unconfirmed address is no longer used. */
  static final long EXPIRY_NANOS = 300_000_000_000L;

  /** Broadcasts per second, and burst: enough for a full table's neighbours in four seconds. */
  static final int BROADCASTS_PER_SECOND = 1000;

  static final int BROADCASTS_BURST = 500;

  /**
   * Neighbours that may be being resolved at a time before answers to further ones are dropped. A
   * real neighbour that talks to us has requested our address before, and so is known; others are
   * likely to be made up. Gateways aren't: {@link Routing} exempts them.
   */
  static final int MAX_UNKNOWN_PEERS = 64;

  /** Neighbours that one {@link #tick} asks again or gives up at most. */
  static final int MAX_TICKED = 128;

  private final ArpOutput output;
  private final MbufPool pool;
  private final Counters counters;
  private final List<ArpEntry> statics; // longest prefix first
  private final PathTable paths;
  private final int maxWaitingInAll;
  private TransportInput transport;
  private final TokenBucket broadcasts;
  private int waitingInAll;
  private int incomplete; // paths in that state
  private Path firstTimer; // all have the same duration, so the list is sorted by deadline
  private Path lastTimer;

  ArpTable(
      List<ArpEntry> statics,
      ArpOutput output,
      MbufPool pool,
      Counters counters,
      int seed,
      long nowNanos) {
    this.output = output;
    this.pool = pool;
    this.counters = counters;
    this.statics =
        statics.stream()
            .sorted(Comparator.comparingInt(ArpEntry::prefixLength).reversed())
            .toList();
    paths = new PathTable(MAX_ENTRIES, seed, this::evicted);
    broadcasts = new TokenBucket(BROADCASTS_PER_SECOND, BROADCASTS_BURST, nowNanos);
    // However many neighbours are silent, most buffers stay free for the others.
    maxWaitingInAll = Math.max(1, pool.capacity() / 8);
  }

  void transport(TransportInput newTransport) {
    transport = newTransport;
  }

  /** Returns the path to a next hop on an interface with ARP; nothing is sent yet. */
  Path path(NetInterface netInterface, int nextHop, long nowNanos) {
    Path path = paths.find(netInterface, nextHop);
    if (path == null) {
      path = new Path(netInterface, nextHop, netInterface.address());
      enter(path, nowNanos);
    }
    return path;
  }

  /**
   * Returns the path to a destination on the link for an answer that isn't worth a broadcast if
   * many are under way already; null then, which is counted. No entry is made for such a neighbour.
   */
  Path pathForAnswer(NetInterface netInterface, int nextHop, long nowNanos) {
    if (incomplete >= MAX_UNKNOWN_PEERS) {
      Path path = paths.find(netInterface, nextHop);
      boolean unknown = path == null ? !isStatic(nextHop) : path.state == Path.State.NONE;
      if (unknown) {
        counters.increment(Counter.DROP_ARP_UNKNOWN_PEER);
        return null;
      }
    }
    return path(netInterface, nextHop, nowNanos);
  }

  private boolean isStatic(int nextHop) {
    return staticEntry(nextHop) != null;
  }

  private ArpEntry staticEntry(int nextHop) {
    for (ArpEntry each : statics) {
      if (((each.ip() ^ nextHop) & Addresses.mask(each.prefixLength())) == 0) {
        return each;
      }
    }
    return null;
  }

  private void enter(Path path, long nowNanos) {
    path.state = Path.State.NONE;
    path.usedNanos = nowNanos;
    ArpEntry fixed = staticEntry(path.nextHop);
    if (fixed != null) {
      path.state = Path.State.PERMANENT;
      path.mac = fixed.mac();
    }
    paths.insert(path, nowNanos);
  }

  /** Returns the path to a next hop, or null if there is none. */
  Path find(NetInterface netInterface, int nextHop) {
    return paths.find(netInterface, nextHop);
  }

  int size() {
    return paths.size();
  }

  /**
   * Sends an IPv4 packet to a path's next hop, or queues it until the MAC address is known. Owns
   * the mbuf, whose data starts at the IP header.
   *
   * @return false if it was dropped
   */
  boolean transmit(Path given, long mbuf, long nowNanos) {
    Path path = given.state == Path.State.EVICTED ? present(given, nowNanos) : given;
    path.usedNanos = nowNanos;
    if (path.state == Path.State.REACHABLE) {
      long age = nowNanos - path.confirmedNanos;
      if (age >= EXPIRY_NANOS) {
        path.state = Path.State.NONE;
      } else if (age >= REACHABLE_NANOS) {
        ask(path, Path.State.PROBE, nowNanos);
      }
    }
    switch (path.state) {
      case REACHABLE, PROBE, PERMANENT -> {
        return transmitNow(path, mbuf);
      }
      case NONE -> ask(path, Path.State.INCOMPLETE, nowNanos);
      default -> {}
    }
    return keep(path, mbuf);
  }

  /** Returns the table's path in place of an evicted one: another, or itself, put back. */
  private Path present(Path evicted, long nowNanos) {
    Path path = paths.find(evicted.netInterface, evicted.nextHop);
    if (path != null) {
      return path;
    }
    enter(evicted, nowNanos);
    return evicted;
  }

  private boolean transmitNow(Path path, long mbuf) {
    NetInterface to = path.netInterface;
    long frame = Mbuf.prepend(mbuf, EthernetHeader.BYTES);
    EthernetHeader.write(frame, path.mac, to.mac(), EthernetHeader.TYPE_IPV4);
    return to.transmit(mbuf);
  }

  private boolean keep(Path path, long mbuf) {
    if (path.waiting == MAX_WAITING) {
      drop(takeWaiting(path), Counter.DROP_ARP_QUEUE_FULL);
    } else if (waitingInAll >= maxWaitingInAll) {
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
    waitingInAll++;
    return true;
  }

  private long takeWaiting(Path path) {
    long mbuf = path.waitingHead;
    path.waitingHead = Mbuf.next(mbuf);
    Mbuf.setNext(mbuf, 0); // a device takes a linked mbuf for a multi-segment packet
    path.waiting--;
    waitingInAll--;
    return mbuf;
  }

  private void drop(long mbuf, Counter reason) {
    counters.increment(reason);
    pool.free(mbuf);
  }

  /** Learns a neighbour's MAC address and sends the packets that wait for it. */
  void learn(Path path, long mac, long nowNanos) {
    if (path.state == Path.State.PERMANENT) {
      return;
    }
    disarm(path);
    path.mac = mac;
    path.confirmedNanos = nowNanos;
    change(path, Path.State.REACHABLE);
    while (path.waiting > 0) {
      transmitNow(path, takeWaiting(path));
    }
  }

  /** Whether a reply for the path is expected. */
  boolean isAsked(Path path) {
    return path.timerArmed;
  }

  /** Asks again, or gives up, where due; what exceeds one tick's share is left for the next. */
  void tick(long nowNanos) {
    for (int i = 0;
        i < MAX_TICKED && firstTimer != null && nowNanos - firstTimer.deadlineNanos >= 0;
        i++) {
      Path path = firstTimer;
      disarm(path);
      if (path.requests < MAX_REQUESTS) {
        askAgain(path, nowNanos);
      } else {
        giveUp(path);
      }
    }
  }

  /** When {@link #tick} has something to do next; Long.MAX_VALUE if never. */
  long nextDeadlineNanos() {
    return firstTimer == null ? Long.MAX_VALUE : firstTimer.deadlineNanos;
  }

  private void ask(Path path, Path.State state, long nowNanos) {
    change(path, state);
    path.requests = 0;
    askAgain(path, nowNanos);
  }

  private void change(Path path, Path.State state) {
    incomplete -= path.state == Path.State.INCOMPLETE ? 1 : 0;
    incomplete += state == Path.State.INCOMPLETE ? 1 : 0;
    path.state = state;
  }

  private void askAgain(Path path, long nowNanos) {
    arm(path, nowNanos + REQUEST_INTERVAL_NANOS);
    boolean broadcast = path.state == Path.State.INCOMPLETE;
    if (broadcast && !broadcasts.take(1, nowNanos)) {
      counters.increment(Counter.ARP_RATE_LIMITED); // it doesn't count: the next one is in a second
      return;
    }
    path.requests++;
    output.request(path, broadcast);
  }

  private void giveUp(Path path) {
    change(path, Path.State.NONE); // the next packet asks again, by broadcast
    int reported = 0;
    // Only those waiting now: unreachable() may send again, and even cause the path's eviction.
    for (int left = path.waiting; left > 0 && path.waiting > 0; left--) {
      long mbuf = takeWaiting(path);
      int destination = Ipv4Header.destination(Mbuf.data(mbuf));
      drop(mbuf, Counter.DROP_ARP_UNRESOLVED);
      if (destination != reported && transport != null) {
        transport.unreachable(destination);
        reported = destination;
      }
    }
  }

  /**
   * Forgets the addresses learned on an interface. Pending requests continue: without a link nobody
   * answers, so that waiting packets are given up in time.
   */
  void forget(NetInterface on) {
    paths.forEach(
        path -> {
          if (path.netInterface == on
              && (path.state == Path.State.REACHABLE || path.state == Path.State.PROBE)) {
            disarm(path);
            path.state = Path.State.NONE;
          }
        });
  }

  private void evicted(Path path) {
    disarm(path);
    while (path.waiting > 0) {
      drop(takeWaiting(path), Counter.DROP_ARP_UNRESOLVED);
    }
    change(path, Path.State.EVICTED);
  }

  private void arm(Path path, long deadlineNanos) {
    path.deadlineNanos = deadlineNanos;
    path.timerArmed = true;
    path.timerPrevious = lastTimer;
    path.timerNext = null;
    if (lastTimer == null) {
      firstTimer = path;
    } else {
      lastTimer.timerNext = path;
    }
    lastTimer = path;
  }

  private void disarm(Path path) {
    if (!path.timerArmed) {
      return;
    }
    path.timerArmed = false;
    if (path.timerPrevious == null) {
      firstTimer = path.timerNext;
    } else {
      path.timerPrevious.timerNext = path.timerNext;
    }
    if (path.timerNext == null) {
      lastTimer = path.timerPrevious;
    } else {
      path.timerNext.timerPrevious = path.timerPrevious;
    }
    path.timerPrevious = null;
    path.timerNext = null;
  }

  /** Frees the waiting packets, uncounted: the stack is being closed. */
  void close() {
    paths.forEach(
        path -> {
          disarm(path);
          while (path.waiting > 0) {
            pool.free(takeWaiting(path));
          }
        });
  }
}
