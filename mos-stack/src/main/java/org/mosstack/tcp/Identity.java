package org.mosstack.tcp;

import java.lang.invoke.VarHandle;
import org.mosstack.ip.Path;
import org.mosstack.ip.Ticket;
import org.mosstack.socket.TcpConnection;
import org.mosstack.socket.TcpError;
import org.mosstack.socket.TcpHandler;
import org.mosstack.socket.TcpState;

/**
 * Which connection it is, and whose: the first part of a {@link Tcb}.
 *
 * <p>The parts inherit from each other so that a connection is one object, and in this order
 * because HotSpot lays out a superclass's fields first: what every segment needs then lies together
 * in few cache lines, which a test prints and holds.
 */
abstract sealed class Identity permits SendSequence {
  final TcpCore core;

  /**
   * Identifies the connection that the pooled object represents; written by the core's thread only.
   * See {@link TcpConnection#info}.
   */
  private volatile int incarnation;

  int localAddress;
  int localPort;
  int remoteAddress;
  int remotePort;
  int flowHash;

  /** The arrival core's ticket, if that is another core: see {@link FlowPlacement}. */
  long ticket;

  Path path;
  private TcpState state = TcpState.CLOSED;
  Listener listener;
  boolean active;
  boolean inAcceptQueue;

  /** Established, but can't be accepted before data has arrived (TCP_DEFER_ACCEPT). */
  boolean deferred;

  TcpHandler handler;
  boolean appClosed;

  /** Whether {@link TcpHandler#closed} was called. */
  boolean closedTold;

  /** Whether received data stays readable after {@link TcpHandler#closed}. */
  boolean keepsUnread;

  TcpError error = TcpError.NONE;

  Identity(TcpCore core) {
    this.core = core;
  }

  /** Begins to reset a pooled object. */
  void reset() {
    // Before anything else changes: see sameIncarnation().
    incarnation++;
    VarHandle.storeStoreFence();
    path = null;
    listener = null;
    ticket = Ticket.NONE;
    inAcceptQueue = false;
    deferred = false;
    active = false;
    error = TcpError.NONE;
    handler = null;
    appClosed = false;
    closedTold = false;
    keepsUnread = false;
  }

  // ---- The state ----

  /** The state; CLOSED after an error too. */
  public final TcpState state() {
    return state;
  }

  /**
   * Changes the state.
   *
   * @throws IllegalStateException if the new one can't follow; see {@link StateTransitions}
   */
  final void enter(TcpState next) {
    if (!StateTransitions.allow(state, next)) {
      throw new IllegalStateException("from " + state + " to " + next);
    }
    state = next;
  }

  /** Whether the handshake is over and data from the peer may still arrive. */
  boolean mayReceive() {
    return switch (state) {
      case ESTABLISHED, FIN_WAIT_1, FIN_WAIT_2 -> true;
      default -> false;
    };
  }

  /** Whether data or a FIN of ours may still have to be sent. */
  boolean maySend() {
    return switch (state) {
      case ESTABLISHED, CLOSE_WAIT, FIN_WAIT_1, CLOSING, LAST_ACK -> true;
      case CLOSED, SYN_SENT, SYN_RECEIVED, FIN_WAIT_2, TIME_WAIT -> false;
    };
  }

  // ---- Other threads ----

  /**
   * Returns the number of the connection that this object currently represents. Whoever reads
   * fields from another thread gets it first, and checks {@link #sameIncarnation} afterwards.
   */
  int currentIncarnation() {
    return incarnation;
  }

  /** Whether everything read since {@link #currentIncarnation} is of that one connection. */
  boolean sameIncarnation(int number) {
    VarHandle.loadLoadFence();
    return incarnation == number;
  }
}
