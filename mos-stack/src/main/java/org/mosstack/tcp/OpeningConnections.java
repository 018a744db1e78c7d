package org.mosstack.tcp;

import java.util.ArrayDeque;
import java.util.random.RandomGenerator;
import org.mosstack.socket.TcpError;

/**
 * One core's connections in SYN_SENT, by remote address, and the unreachable destinations that they
 * still have to be told of. However many connections that concerns, each turn looks at a bounded
 * number, and the next one continues.
 */
final class OpeningConnections {
  /** Maximum number of connections ended in a turn. */
  static final int MAX_ENDED = 64;

  /** Maximum number of connections that a turn looks at; the rest wait for the next one. */
  static final int MAX_SEEN = 1024;

  private static final int CHAINS = 1 << 12;

  /** The news that a destination was unreachable at some time. */
  private static final class News {
    private final int destination;
    private final long nanos;

    /** Connections of the chain that haven't been looked at; below 0 before the first. */
    private int left = -1;

    private News(int destination, long nanos) {
      this.destination = destination;
      this.nanos = nanos;
    }

    /**
     * Whether it concerns a connection: one opened since may get through. As a connection in
     * SYN_SENT has received nothing, {@code lastReceiveNanos} is when it was opened.
     */
    private boolean concerns(Tcb c) {
      return c.remoteAddress == destination && c.lastReceiveNanos - nanos <= 0;
    }
  }

  private final TcpCore core;
  private final int multiplier; // random, so that nobody knows which addresses collide
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

  /**
   * Adds a connection whose SYN is sent or about to be; {@link ConnectionChain#leave} removes it.
   */
  void add(Tcb c) {
    int slot = slot(c.remoteAddress);
    if (chains[slot] == null) {
      chains[slot] = new ConnectionChain();
    }
    chains[slot].add(c);
  }

  /**
   * Notes that a destination is unreachable: connections now waiting for it are going to be told.
   */
  void unreachable(int destination) {
    ConnectionChain chain = chains[slot(destination)];
    if (chain != null && chain.first() != null) {
      news.add(new News(destination, core.now()));
    }
  }

  /** Whether any connection is still to be told. */
  boolean hasNews() {
    return !news.isEmpty();
  }

  /**
   * Ends up to {@link #MAX_ENDED} connections that can't get through, oldest first. Others move to
   * the front of their chain, so that the next turn doesn't meet them again.
   *
   * @return how many were looked at, up to {@link #MAX_SEEN}
   */
  int tell() {
    int seen = 0;
    int ended = 0;
    while (!news.isEmpty() && seen < MAX_SEEN && ended < MAX_ENDED) {
      News first = news.peek();
      ConnectionChain chain = chains[slot(first.destination)];
      // Looked up anew each time: a handler that gets buffers back may end any of the others.
      Tcb c = chain.last();
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
