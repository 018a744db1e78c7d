package org.mosstack.tcp;

import java.util.function.Consumer;
import org.mosstack.socket.TcpError;

/**
 * One core's connections that have ended for TCP but not for their application, which may still
 * read what was received. Such a connection is no longer in any table, but its packet buffers count
 * until it is released.
 */
final class EndedConnections {
  private final ReceivedPackets received;
  private final TurnQueues pending;

  /**
   * Ended in good order but not closed by their application, ended before being accepted, or kept
   * for unread data.
   */
  private final ConnectionChain held = new ConnectionChain();

  EndedConnections(ReceivedPackets received, TurnQueues pending) {
    this.received = received;
    this.pending = pending;
  }

  /**
   * Adds a connection that has ended. After an error, the application is told at once; after an
   * orderly end, once it has closed its side.
   */
  void add(Tcb c) {
    if (c.error == TcpError.NONE && !c.appClosed && c.handler() != null) {
      held.add(c);
    } else {
      tell(c);
    }
  }

  /** Tells the application once, if there is one or will be; the object is recycled after that. */
  void tell(Tcb c) {
    ConnectionChain.leave(c);
    if (c.closedTold || c.handler() == null && !c.inAcceptQueue) {
      retire(c);
      return;
    }
    pending.raise(c, Schedule.EVENT_CLOSED);
    if (c.handler() == null) {
      held.add(c); // as on Linux, it is accepted, can be read, and then fails
    }
  }

  /** The application was told of the end, or there was nobody to tell. */
  void told(Tcb c) {
    ConnectionChain.leave(c);
    if (c.keepsUnread && !c.appClosed) {
      held.add(c);
    } else {
      retire(c);
    }
  }

  /** Nobody uses the connection any more: the object is recycled after this turn. */
  private void retire(Tcb c) {
    c.receiveQueue.clear(received);
    if (!c.inAcceptQueue) {
      pending.recycleLater(c);
    }
  }

  /** Whether the connection waits here for its application. */
  boolean holds(Tcb c) {
    return c.chain == held;
  }

  void forEach(Consumer<Tcb> action) {
    for (Tcb c = held.first(); c != null; c = c.chainNext) {
      action.accept(c);
    }
  }

  /** The core is being closed: tells those who haven't been told, and drops what is unread. */
  void close() {
    for (Tcb c = held.first(); c != null; c = held.first()) {
      ConnectionChain.leave(c);
      if (c.handler() != null && !c.closedTold) {
        c.error = TcpError.STACK_CLOSED;
        pending.raise(c, Schedule.EVENT_CLOSED);
      } else {
        retire(c);
      }
    }
  }
}
