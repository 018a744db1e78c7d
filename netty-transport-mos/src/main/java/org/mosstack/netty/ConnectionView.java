package org.mosstack.netty;

import org.mosstack.StackCore;
import org.mosstack.socket.TcpConnection;
import org.mosstack.socket.TcpInfo;
import org.mosstack.time.Clock;

/**
 * A view of a connection for any thread, at any time. It notices when the object has since been
 * reused for another connection.
 *
 * @param connection the connection
 * @param incarnation which of the object's connections is meant
 * @param clock its core's clock
 */
record ConnectionView(TcpConnection connection, int incarnation, Clock clock) {
  /** A view of a connection that has just begun. On its core's thread. */
  static ConnectionView of(TcpConnection connection, StackCore core) {
    return new ConnectionView(connection, connection.incarnation(), core.clock());
  }

  /**
   * Reads the figures. Never blocks, so no loop can hold up another one here.
   *
   * @return the figures, or null when the connection is over and its object reused
   */
  TcpInfo read() {
    return connection.info(clock.nanoTime(), incarnation);
  }
}
