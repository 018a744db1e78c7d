package org.mosstack.netty;

import org.mosstack.StackCore;
import org.mosstack.tcp.TcpConnection;
import org.mosstack.tcp.TcpInfo;
import org.mosstack.time.Clock;

/**
 * A connection as any thread may look at it, at any time: the object may stand for another one
 * meanwhile, and this tells.
 *
 * @param connection the connection
 * @param incarnation which of the object's connections is meant
 * @param clock the time its core goes by
 */
record ConnectionView(TcpConnection connection, int incarnation, Clock clock) {
  /** A view of a connection that has just begun. On its core's thread. */
  static ConnectionView of(TcpConnection connection, StackCore core) {
    return new ConnectionView(connection, connection.incarnation(), core.clock());
  }

  /**
   * Reads the figures. Waits for nobody: no loop can block another one here.
   *
   * @return false when the connection is over and its object used again
   */
  boolean read(TcpInfo target) {
    return connection.info(target, clock.nanoTime(), incarnation);
  }
}
