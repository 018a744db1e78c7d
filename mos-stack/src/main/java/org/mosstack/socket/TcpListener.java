package org.mosstack.socket;

import org.mosstack.stats.ListenerStats;

/**
 * A bound address and port that accepts connections on every core (RFC 9293: LISTEN).
 *
 * <p>Each core has its own queues of half-open and established connections. A listener bound for
 * one core with SO_REUSEPORT has queues on the others too: they serve flows of cores that no
 * listener of the port was bound for.
 */
public interface TcpListener {
  /**
   * The bound address and port; an unspecified address stands for all of the stack's. Any thread.
   */
  Endpoint local();

  /** The options that this listener's connections start with. Any thread. */
  SocketOptions options();

  /** Sets the options of connections whose SYN arrives from now on. Any thread. */
  void options(SocketOptions options);

  /**
   * Takes the next established connection of a core. On that core's thread. The caller must set its
   * handler at once, and close it eventually. One that ended while it waited, such as by the peer's
   * RST, is returned too: what it received can be read, and {@link TcpHandler#closed} follows.
   *
   * @return the connection, or null when none waits
   */
  TcpConnection accept(int core);

  /** Whether {@link #close()} was called. Any thread. */
  boolean isClosed();

  /** Returns the queues' figures, summed over all cores. Any thread. */
  ListenerStats stats();

  /** Stops listening: from now on SYNs are answered with RST. Any thread. */
  void close();

  /** Aborts what nobody accepted. After {@link #close()}, on the core's thread. */
  void drain(int core);
}
