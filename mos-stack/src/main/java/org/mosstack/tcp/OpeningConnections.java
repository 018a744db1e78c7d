package org.mosstack.tcp;

import java.util.ArrayDeque;
import java.util.random.RandomGenerator;

/**
 * One core's connections in SYN_SENT, by their remote addresses, and what they are to be told:
 * destinations that can't be reached. However many connections that concerns, a turn looks at a
 * bounded number, and the next ones go on.
 */
final class OpeningConnections {
  /** Connections that are ended in a turn. */
  static final int MAX_ENDED = 64;

  /** Connections that a turn looks at, besides those of the chain that it ends in. */
  static final int MAX_SEEN = 1024;

  private static final int CHAINS = 1 << 12;

  /** That a destination can't be reached, as of a time. */
  private record News(int destination, long nanos) {}

  private final TcpCore core;
  private final int multiplier; // random, so that nobody knows which addresses meet
  private final ConnectionChain[] chains = new ConnectionChain[CHAINS];
  private final ArrayDeque<News> news = new ArrayDeque<>();

  OpeningConnections(TcpCore core, RandomGenerator random) {
    this.core = core;
    multiplier = random.nextInt() | 1;
  }

  private int slot(int destination) {
    return (destination ^ destination >>> 16) * multiplier
        >>> Integer.numberOfLeadingZeros(CHAINS) + 1;
  }

  /** A connection has sent its SYN, or is about to; {@link ConnectionChain#leave} takes it out. */
  void add(TcpConnection c) {
    int slot = slot(c.remoteAddress);
    if (chains[slot] == null) {
      chains[slot] = new ConnectionChain();
    }
    chains[slot].add(c);
  }

  /** A destination can't be reached: those that wait for it by now are going to be told. */
  void unreachable(int destination) {
    ConnectionChain chain = chains[slot(destination)];
    if (chain != null && chain.first() != null) {
      news.add(new News(destination, core.now()));
    }
  }

  /** Whether somebody is still to be told something. */
  boolean hasNews() {
    return !news.isEmpty();
  }

  /**
   * Ends connections that can't get through, up to {@link #MAX_ENDED}.
   *
   * @return how many were looked at
   */
  int tell() {
    int seen = 0;
    int ended = 0;
    while (!news.isEmpty() && seen < MAX_SEEN && ended < MAX_ENDED) {
      News first = news.peek();
      TcpConnection next;
      for (TcpConnection c = chains[slot(first.destination)].first();
          c != null && ended < MAX_ENDED;
          c = next) {
        next = c.chainNext;
        seen++;
        // One that began since may get through. It has received nothing, so this is when it began.
        if (c.remoteAddress == first.destination && c.lastReceiveNanos - first.nanos <= 0) {
          core.destroy(c, TcpError.HOST_UNREACHABLE);
          ended++;
        }
      }
      if (ended < MAX_ENDED) {
        news.remove();
      }
    }
    return seen;
  }
}
