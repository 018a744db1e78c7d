package org.mosstack.ip;

import org.mosstack.stats.Counter;
import org.mosstack.stats.Counters;

/**
 * One core's knowledge of its neighbours' MAC addresses.
 *
 * <p>Entries follow RFC 1122 section 2.3.2: while packets wait, a request is sent each second, up
 * to {@link #MAX_REQUESTS}; the reply releases them. After {@link #REACHABLE_NANOS} the next packet
 * triggers another request, by unicast, while packets still go to the known address, so that
 * nothing is lost. An address unconfirmed for {@link #EXPIRY_NANOS} is no longer used.
 */
final class ArpTable {
  /** Maximum number of entries. */
  static final int MAX_ENTRIES = 4096;

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

  private final StaticNeighbours statics;
  private final ArpOutput output;
  private final WaitingPackets waiting;
  private final Counters counters;
  private final PathTable paths;
  private final TokenBucket broadcasts;
  private int incomplete; // paths in that state
  private Path firstTimer; // all have the same duration, so the list is sorted by deadline
  private Path lastTimer;

  ArpTable(
      StaticNeighbours statics,
      ArpOutput output,
      WaitingPackets waiting,
      Counters counters,
      int seed,
      long nowNanos) {
    this.statics = statics;
    this.output = output;
    this.waiting = waiting;
    this.counters = counters;
    paths = new PathTable(MAX_ENTRIES, seed, this::evicted);
    broadcasts = new TokenBucket(BROADCASTS_PER_SECOND, BROADCASTS_BURST, nowNanos);
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
      boolean unknown =
          path == null
              ? statics.mac(nextHop) == StaticNeighbours.NONE
              : path.state == Path.State.NONE;
      if (unknown) {
        counters.increment(Counter.DROP_ARP_UNKNOWN_PEER);
        return null;
      }
    }
    return path(netInterface, nextHop, nowNanos);
  }

  private void enter(Path path, long nowNanos) {
    path.state = Path.State.NONE;
    path.usedNanos = nowNanos;
    long fixed = statics.mac(path.nextHop);
    if (fixed != StaticNeighbours.NONE) {
      path.state = Path.State.PERMANENT;
      path.mac = fixed;
    }
    paths.insert(path, nowNanos);
  }

  /** Returns the path to a next hop, or null if there is none. */
  Path find(NetInterface netInterface, int nextHop) {
    return paths.find(netInterface, nextHop);
  }

  /**
   * Finds out the MAC address of a path that a packet is about to take, and asks for it if it isn't
   * known or has not been confirmed for long.
   *
   * @return the table's path to this next hop, with or without an address yet
   */
  Path resolve(Path given, long nowNanos) {
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
    if (path.state == Path.State.NONE) {
      ask(path, Path.State.INCOMPLETE, nowNanos);
    }
    return path;
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

  /** Learns a neighbour's MAC address and sends the packets that wait for it. */
  void learn(Path path, long mac, long nowNanos) {
    if (path.state == Path.State.PERMANENT) {
      return;
    }
    disarm(path);
    path.mac = mac;
    path.confirmedNanos = nowNanos;
    change(path, Path.State.REACHABLE);
    waiting.send(path);
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
    waiting.giveUp(path);
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
    waiting.drop(path);
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
          waiting.close(path);
        });
  }
}
