package org.mosstack.tcp;

import java.util.Objects;
import org.mosstack.header.TcpHeader;
import org.mosstack.ip.Ticket;
import org.mosstack.socket.AcceptHandler;
import org.mosstack.stats.Counter;
import org.mosstack.stats.Counters;
import org.mosstack.tcp.segment.Segment;

/**
 * Decides which core serves a flow that arrives at this core, and which flows that arrive elsewhere
 * this core serves. An existing flow stays where it is, whatever its listener says now: only the
 * SYN of an unknown flow, or the ACK that returns a SYN cookie, opens one on the core that the
 * listener names ({@link AcceptHandler#servingCore}).
 */
final class FlowPlacement {
  private static final int KIND = TcpHeader.SYN | TcpHeader.RST | TcpHeader.ACK;

  private final TcpCore core;
  private final ListenerTable listeners;
  private final MovedFlows moved;
  private final HandlerFailures failures;
  private final Counters counters;

  FlowPlacement(
      TcpCore core,
      ListenerTable listeners,
      MovedFlows moved,
      HandlerFailures failures,
      Counters counters) {
    this.core = core;
    this.listeners = listeners;
    this.moved = moved;
    this.failures = failures;
    this.counters = counters;
  }

  // ---- What arrives here ----

  /** Where a segment that arrived here is to go; see {@link TcpInput#ticket}. */
  long ticket(long header, int length, int source, int destination) {
    if (listeners.cores() == 1 || length < TcpHeader.MIN_BYTES) {
      return Ticket.NONE;
    }
    int kind = TcpHeader.flags(header) & KIND;
    boolean opens = kind == TcpHeader.SYN;
    if (!opens && !moved.isUsed()) {
      return Ticket.NONE;
    }
    int sourcePort = TcpHeader.sourcePort(header);
    int port = TcpHeader.destinationPort(header);
    if (core.knows(destination, port, source, sourcePort)) {
      return Ticket.NONE;
    }
    long ticket = moved.passOn(destination, port, source, sourcePort, core.now());
    if (ticket != Ticket.NONE || !opens && kind != TcpHeader.ACK) {
      return ticket;
    }
    Listener listener = listener(destination, port, source, sourcePort, Ticket.NONE);
    if (listener == null || !opens && !bringsCookie(listener, header, source, destination)) {
      return Ticket.NONE;
    }
    int target = servingCore(listener);
    if (target == core.index()) {
      return Ticket.NONE;
    }
    ticket = moved.offer(destination, port, source, sourcePort, target, core.now());
    if (ticket == Ticket.NONE) {
      counters.increment(Counter.TCP_MOVED_FLOWS_FULL);
    }
    return ticket;
  }

  /**
   * The listener for a flow, or null. Of several that are bound for one core each, it is the
   * arrival core's: all cores must agree, or one would ask for what another doesn't serve.
   *
   * @param ticket the ticket its first segment was passed on with, or {@link Ticket#NONE}
   */
  Listener listener(int address, int port, int remote, int remotePort, long ticket) {
    int arrival = ticket == Ticket.NONE ? core.index() : Ticket.arrivalCore(ticket);
    return listeners.find(address, port, arrival, remote * 31 + remotePort);
  }

  /** The core that a listener names for what arrives here; this one if it fails to. */
  private int servingCore(Listener listener) {
    int self = core.index();
    try {
      int target = listener.handler.servingCore(self);
      return target == self ? self : Objects.checkIndex(target, listeners.cores());
    } catch (Throwable t) { // the application's code, in the middle of a burst
      failures.thrown("servingCore", listener.local(), t);
      return self;
    }
  }

  /** A stray ACK belongs to nobody, and isn't passed to another core just to be told so. */
  private boolean bringsCookie(Listener listener, long header, int source, int destination) {
    int ack = TcpHeader.acknowledgmentOf(TcpHeader.acknowledgmentToWindow(header));
    return listener.sentCookies(core.now())
        && listeners
            .synCookies()
            .isGood(
                destination,
                TcpHeader.destinationPort(header),
                source,
                TcpHeader.sourcePort(header),
                TcpHeader.sequence(header) - 1,
                ack - 1,
                core.now());
  }

  /** The ticket of a flow that arrives here and is served elsewhere, or {@link Ticket#NONE}. */
  long ticketOf(int localAddress, int localPort, int remoteAddress, int remotePort) {
    return moved.find(localAddress, localPort, remoteAddress, remotePort);
  }

  /** A segment couldn't be passed on: a flow that it would have opened is served here. */
  void notPassedOn(long ticket) {
    moved.withdraw(ticket);
  }

  // ---- What is served here ----

  /** Whether a listener's new connections that arrived at this core are to stay here. */
  boolean isServedHere(Listener listener) {
    return servingCore(listener) == core.index();
  }

  /**
   * Whether a connection that a segment opens will receive what follows: always, unless the segment
   * was passed on and its arrival core has given up the flow meanwhile.
   */
  boolean claim(Segment seg) {
    if (seg.ticket == Ticket.NONE) {
      return true;
    }
    seg.claimed = arrivalTable(seg.ticket).claim(seg.ticket);
    if (!seg.claimed) {
      counters.increment(Counter.DROP_TCP_FLOW_MOVED);
    }
    return seg.claimed;
  }

  /** The connection that the segment opens keeps what was claimed. */
  static void give(Tcb c, Segment seg) {
    c.ticket = seg.ticket;
    seg.claimed = false;
  }

  /**
   * The segment opens a connection in place of one in TIME_WAIT, whose ticket it inherits: its own
   * says the same.
   */
  static void inherit(Segment seg, long old) {
    if (old != Ticket.NONE) {
      seg.ticket = Ticket.NONE;
    }
  }

  /** The connection takes the place of one in TIME_WAIT, for its arrival core too. */
  static void handOver(TimeWaitTable timeWaits, int record, Tcb c) {
    long ticket = timeWaits.takeTicket(record);
    if (ticket != Ticket.NONE) {
      c.ticket = ticket;
    }
  }

  /** A segment that was passed on has been processed. */
  void settle(Segment seg) {
    if (seg.ticket == Ticket.NONE) {
      return;
    }
    if (seg.claimed) {
      arrivalTable(seg.ticket).over(seg.ticket);
      seg.claimed = false;
    } else {
      arrivalTable(seg.ticket).decline(seg.ticket);
    }
    seg.ticket = Ticket.NONE;
  }

  /** A connection has ended: its arrival core may forget it. */
  void over(Tcb c) {
    over(c.ticket);
    c.ticket = Ticket.NONE;
  }

  /** What was claimed with this ticket has ended. */
  void over(long ticket) {
    if (ticket != Ticket.NONE) {
      arrivalTable(ticket).over(ticket);
    }
  }

  private MovedFlows arrivalTable(long ticket) {
    return listeners.movedFlows(Ticket.arrivalCore(ticket));
  }
}
