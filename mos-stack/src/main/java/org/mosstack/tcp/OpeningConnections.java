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

  /** Connections that a turn looks at; what then is still to be told waits for the next one. */
  static final int MAX_SEEN = 1024;

  private static final int CHAINS = 1 << 12;

  /** That a destination can't be reached, as of a time. */
  private static final class News {
    private final int destination;
    private final long nanos;

    /** Connections of the chain that haven't been looked at; below 0 before the first. */
    private int left = -1;

    private News(int destination, long nanos) {
      this.destination = destination;
      this.nanos = nanos;
    }

    /** One that began since may get through. It has received nothing, so that is when it began. */
    private boolean concerns(TcpConnection c) {
      return c.remoteAddress == destination && c.lastReceiveNanos - nanos <= 0;
    }
  }

  private final TcpCore core;
  private final int multiplier; // random, so that nobody knows which addresses meet
  private final ConnectionChain[] chains = new ConnectionChain[CHAINS];
  private final ArrayDeque<News> news = new ArrayDeque<>();

  OpeningConnections(TcpCore core, RandomGenerator random) {
    this.core = core;
    multiplier = random.nextInt() | 1;
  }

  /** The chain that connections to a destination are in. */
  int slot(int destination) {
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
   * Ends connections that can't get through, up to {@link #MAX_ENDED}, from the oldest on. Others
   * go to the front of their chain, so that the next turn doesn't meet them again.
   *
   * @return how many were looked at, up to {@link #MAX_SEEN}
   */
  int tell() {
    int seen = 0;
    int ended = 0;
    while (!news.isEmpty() && seen < MAX_SEEN && ended < MAX_ENDED) {
      News first = news.peek();
      ConnectionChain chain = chains[slot(first.destination)];
      // Asked anew each time: whoever is given buffers back may end any of the others.
      TcpConnection c = chain.last();
      if (first.left < 0) {
        first.left = chain.size();
      }
      if (c == null || first.left == 0) {
        news.remove();
        continue;
      }
      first.left--;
      seen++;
      if (first.concerns(c)) {
        FastOpen.neighbourIsGone(c);
        core.destroy(c, TcpError.HOST_UNREACHABLE);
        ended++;
      } else {
        ConnectionChain.leave(c);
        chain.add(c);
      }
    }
    return seen;
  }
}
