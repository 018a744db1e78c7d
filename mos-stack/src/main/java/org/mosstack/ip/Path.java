package org.mosstack.ip;

import org.mosstack.header.Ip4Address;

/**
 * How packets reach a next hop from this core: the interface, and the neighbour on it with what ARP
 * knows of its MAC address.
 *
 * <p>Belongs to the core's thread. A connection keeps the path that {@link IpLayer#path} gave it as
 * long as it lives: an entry that expires is resolved again when it is next used, and one that the
 * bounded table had to give up takes its place there again.
 */
public final class Path {
  /** What is known of the neighbour's MAC address. */
  enum State {
    /** Nothing, and nobody asks: the next packet does. */
    NONE,
    /** Nothing yet; a request is out and packets wait. */
    INCOMPLETE,
    /** Known. */
    REACHABLE,
    /** Known for long, still used; the neighbour has been asked to confirm it. */
    PROBE,
    /** Known for ever: a static entry, or the loopback interface. */
    PERMANENT,
    /** Not in the table any more. */
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

  // Packets that wait for the MAC address, linked by Mbuf.next, oldest first; data at the IP
  // header.
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
   * How little the path would be missed: the nanoseconds for which it hasn't been used, and more
   * for one whose neighbour has never answered, so that a flood of packets to or from invented
   * addresses doesn't drive out the neighbours that exist.
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

  /** Whether packets wait for the neighbour's MAC address, or did so in vain. */
  public boolean awaitsNeighbour() {
    return state == State.NONE || state == State.INCOMPLETE;
  }

  /** Address of the neighbour: the gateway, or the destination itself. */
  public int nextHop() {
    return nextHop;
  }

  /** Next hop, interface and state, for people. */
  @Override
  public String toString() {
    return Ip4Address.format(nextHop) + " on " + netInterface.device().name() + ", " + state;
  }
}
