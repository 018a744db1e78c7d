package org.mosstack.ip;

import org.mosstack.header.Ip4Address;

/**
 * How packets reach a next hop from this core: the interface, and the neighbour on it with what ARP
 * knows of its MAC address.
 *
 * <p>Belongs to the core's thread. A connection keeps its path from {@link IpLayer#path} as long as
 * it lives: an entry that expires is resolved again when next used, and one evicted from the
 * bounded table is put back.
 */
public final class Path {
  /** What is known about the neighbour's MAC address. */
  enum State {
    /** Nothing, and no request is out: the next packet triggers one. */
    NONE,
    /** Nothing yet; a request is out and packets wait. */
    INCOMPLETE,
    /** Known. */
    REACHABLE,
    /** Stale, but still used; the neighbour has been asked to confirm it. */
    PROBE,
    /** Always known: a static entry, or the loopback interface. */
    PERMANENT,
    /** No longer in the table. */
    EVICTED
  }

  private static final long UNANSWERED_HANDICAP_NANOS = 600_000_000_000L;

  final NetInterface netInterface;
  final int nextHop;
  final int source;

  State state = State.NONE;
  long mac;
  long confirmedNanos; // when the MAC address was last heard from the neighbour
  long usedNanos; // when a packet last went this way
  int requests; // sent since the neighbour was last heard

  // Packets waiting for the MAC address, linked by Mbuf.next, oldest first; data at the IP header.
  long waitingHead;
  long waitingTail;
  int waiting;

  // The list of paths with a request out, by deadline.
  boolean timerArmed;
  long deadlineNanos;
  Path timerPrevious;
  Path timerNext;

  Path(NetInterface netInterface, int nextHop, int source) {
    this.netInterface = netInterface;
    this.nextHop = nextHop;
    this.source = source;
  }

  /**
   * How little the path would be missed: the nanoseconds since its last use, and more if its
   * neighbour has never answered, so that a flood of packets to or from made-up addresses doesn't
   * evict real neighbours.
   */
  long dispensability(long nowNanos) {
    long idle = nowNanos - usedNanos;
    return switch (state) {
      case NONE -> idle + 2 * UNANSWERED_HANDICAP_NANOS;
      case INCOMPLETE -> idle + UNANSWERED_HANDICAP_NANOS;
      default -> idle;
    };
  }

  /** The interface that packets leave by. */
  public NetInterface netInterface() {
    return netInterface;
  }

  /** Largest IP packet on the first link, in bytes. */
  public int mtu() {
    return netInterface.mtu();
  }

  /** Whether the neighbour's MAC address is known. */
  boolean isResolved() {
    return switch (state) {
      case REACHABLE, PROBE, PERMANENT -> true;
      default -> false;
    };
  }

  /** Whether packets wait for the neighbour's MAC address, or did so in vain. */
  public boolean awaitsNeighbour() {
    return state == State.NONE || state == State.INCOMPLETE;
  }

  /** Address of the neighbour: the gateway, or the destination itself. */
  public int nextHop() {
    return nextHop;
  }

  /** Next hop, interface and state, for human readers. */
  @Override
  public String toString() {
    return Ip4Address.format(nextHop) + " on " + netInterface.device().name() + ", " + state;
  }
}
