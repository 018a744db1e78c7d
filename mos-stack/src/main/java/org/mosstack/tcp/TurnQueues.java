package org.mosstack.tcp;

import java.util.ArrayDeque;
import org.mosstack.socket.TcpError;
import org.mosstack.socket.TcpHandler;
import org.mosstack.socket.TcpState;

/**
 * Work of one core's connections that waits for the end of the turn: calling handlers, sending,
 * acknowledging, recycling. A connection is on each list at most once.
 */
final class TurnQueues {
  /**
   * Consecutive refusals, by a full ring or an empty pool, before the rest wait for the next turn:
   * with many waiting, trying each of them every turn would cost more than sending.
   */
  private static final int MAX_REFUSED = 64;

  /** Writes to connections that wait anyway, for an interlude; a power of two. */
  private static final int WRITES_PER_INTERLUDE = 16;

  private final TcpCore core;
  private final SpareParts spares;
  private final HandlerFailures failures;
  private final ConnectionList synList = new ConnectionList();
  private final ConnectionList ackList = new ConnectionList();
  private final ConnectionList outputList = new ConnectionList();
  private final ConnectionList eventList = new ConnectionList();
  private final ConnectionList closedList = new ConnectionList();
  private final ArrayDeque<Listener> acceptEvents = new ArrayDeque<>();

  /** Writes to connections that waited already. */
  private int moreWrites;

  TurnQueues(TcpCore core, SpareParts spares, HandlerFailures failures) {
    this.core = core;
    this.spares = spares;
    this.failures = failures;
  }

  int eventCount() {
    return eventList.size();
  }

  boolean isEmpty() {
    int waiting = synList.size() + outputList.size() + ackList.size();
    return waiting + eventList.size() + closedList.size() == 0 && acceptEvents.isEmpty();
  }

  // ---- What the roles schedule ----

  /** Has the connection's handler told of an event; a handler that is set later is told then. */
  void raise(Tcb c, int event) {
    c.events |= event;
    if (!c.onEventList && c.handler() != null) {
      c.onEventList = true;
      eventList.add(c);
    }
  }

  /** Tells the application that it can write again, once that is worthwhile. */
  void writableAgain(Tcb c) {
    if (c.writeBlocked && c.isWritableAgain()) {
      c.writeBlocked = false;
      raise(c, Schedule.EVENT_WRITABLE);
    }
  }

  /**
   * Sends a SYN that found no room as soon as there is some, rather than when its timer expires.
   */
  void synLater(Tcb c) {
    if (!c.onSynList) {
      c.onSynList = true;
      synList.add(c);
    }
  }

  /** Schedules a connection that has something to send, or room to send it in. */
  void scheduleOutput(Tcb c) {
    if (!c.onOutputList && c.maySend()) {
      c.onOutputList = true;
      outputList.add(c);
    }
  }

  /** The application goes on, though what it has written to a connection waits. */
  void turnGoesOn() {
    if ((++moreWrites & WRITES_PER_INTERLUDE - 1) == 0) {
      core.interlude().turnGoesOn();
    }
  }

  /** Sends an ACK at the end of the turn, unless data carries it earlier. */
  void ackNow(Tcb c) {
    c.ackNow = true;
    if (!c.onAckList) {
      c.onAckList = true;
      ackList.add(c);
    }
  }

  /** Gives a buffer back to the application. */
  void released(TcpHandler handler, Tcb c, Object buffer) {
    try {
      handler.released(c, buffer);
    } catch (Throwable t) {
      failures.thrown("released", c, t);
    }
  }

  /** Has the listener's handler told that connections wait. */
  void acceptable(Listener listener, AcceptQueue queue) {
    if (!queue.eventPending) {
      queue.eventPending = true;
      acceptEvents.add(listener);
    }
  }

  /** Returns the object to the pool once no list holds it. */
  void recycleLater(Tcb c) {
    if (!c.onClosedList) {
      c.onClosedList = true;
      closedList.add(c);
    }
  }

  // ---- Telling ----

  /** See {@link TcpCore#dispatch}. */
  int dispatch(EndedConnections ended) {
    int told = acceptEvents.size();
    for (int i = 0; i < told; i++) {
      Listener listener = acceptEvents.poll();
      listener.on(core.index()).eventPending = false;
      tellAcceptable(listener);
    }
    int count = eventList.size();
    for (int i = 0; i < count; i++) {
      Tcb c = eventList.get(i);
      c.onEventList = false;
      int events = c.events;
      c.events = 0;
      tell(c, events, ended);
    }
    eventList.removeFirst(count);
    return told + count;
  }

  private void tellAcceptable(Listener listener) {
    try {
      listener.handler.acceptable(listener, core.index());
    } catch (Throwable t) {
      failures.thrown("acceptable", listener.local(), t);
    }
  }

  private void tell(Tcb c, int events, EndedConnections ended) {
    try {
      tellProgress(c, events);
    } catch (Throwable t) { // checked ones too, which some applications throw undeclared
      failures.thrown("a handler", c, t);
      core.abort(c, TcpError.ABORTED);
    }
    if ((events & Schedule.EVENT_CLOSED) != 0) {
      tellClosed(c, ended);
    }
  }

  /** Looks the handler up for each event: the one before may have set another. */
  private static void tellProgress(Tcb c, int events) {
    if ((events & Schedule.EVENT_CONNECTED) != 0 && c.handler() != null && !c.appClosed) {
      c.handler().connected(c);
    }
    if ((events & Schedule.EVENT_READABLE) != 0 && c.handler() != null && !c.appClosed) {
      c.handler().readable(c);
    }
    if ((events & Schedule.EVENT_WRITABLE) != 0 && c.handler() != null && !c.appClosed) {
      c.handler().writable(c);
    }
  }

  private void tellClosed(Tcb c, EndedConnections ended) {
    TcpHandler handler = c.handler();
    c.handler(null); // first: whatever closed() does, nothing more is told
    c.closedTold = true;
    if (handler != null) {
      try {
        handler.closed(c, c.error);
      } catch (Throwable t) {
        failures.thrown("closed", c, t);
        c.keepsUnread = false; // whoever was to read it may not have got that far
      }
    }
    ended.told(c);
  }

  // ---- Sending ----

  /** See {@link TcpCore#flush}. */
  void flush(TcpOutput output) {
    send(output);
    recycleClosed();
  }

  /** See {@link TcpCore#send}. */
  void send(TcpOutput output) {
    flushSyns(output);
    flushOutput(output);
    flushAcks(output);
  }

  private void flushSyns(TcpOutput output) {
    int count = synList.size();
    int refused = 0;
    int done = 0;
    while (done < count && refused < MAX_REFUSED) {
      Tcb c = synList.get(done++);
      c.onSynList = false;
      if (c.state() == TcpState.SYN_SENT || c.state() == TcpState.SYN_RECEIVED || c.synUnacked) {
        output.syn(c);
      }
      refused = c.onSynList ? refused + 1 : 0;
    }
    synList.removeFirst(done);
  }

  private void flushOutput(TcpOutput output) {
    int count = outputList.size();
    int refused = 0;
    int done = 0;
    while (done < count && refused < MAX_REFUSED) {
      Tcb c = outputList.get(done++);
      c.onOutputList = false;
      if (output.send(c)) {
        refused = 0;
      } else {
        refused++;
        scheduleOutput(c); // behind the others: each gets its share of a full ring
      }
    }
    outputList.removeFirst(done);
  }

  private void flushAcks(TcpOutput output) {
    int count = ackList.size();
    int refused = 0;
    int done = 0;
    while (done < count && refused < MAX_REFUSED) {
      Tcb c = ackList.get(done++);
      c.onAckList = false;
      if (!c.ackNow || c.state() == TcpState.CLOSED || output.ackWhenSpace(c)) {
        refused = 0;
      } else {
        refused++;
        ackNow(c);
      }
    }
    ackList.removeFirst(done);
  }

  private void recycleClosed() {
    int count = closedList.size();
    for (int i = 0; i < count; i++) {
      Tcb c = closedList.get(i);
      if (c.onEventList || c.onSynList || c.onOutputList || c.onAckList) {
        closedList.add(c); // next turn: no list may hold an object that is handed out again
        continue;
      }
      c.onClosedList = false;
      spares.dropConnection(c);
    }
    closedList.removeFirst(count);
  }
}
