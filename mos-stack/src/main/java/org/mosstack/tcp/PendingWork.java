package org.mosstack.tcp;

import java.util.ArrayDeque;

/**
 * What one core's connections wait for until the end of the turn: to have their handlers told, to
 * send, to acknowledge, to be recycled. A connection is on each list once at most.
 */
final class PendingWork {
  /**
   * Connections running that a full ring, or an empty pool, may turn away before the rest waits for
   * the next turn: with many waiting, asking each of them every turn would cost more than sending.
   */
  private static final int MAX_REFUSED = 64;

  private final TcpCore core;
  private final TcpOutput output;
  private final HandlerFailures failures;
  private final ConnectionList synList = new ConnectionList();
  private final ConnectionList ackList = new ConnectionList();
  private final ConnectionList outputList = new ConnectionList();
  private final ConnectionList eventList = new ConnectionList();
  private final ConnectionList closedList = new ConnectionList();
  private final ArrayDeque<TcpListener> acceptEvents = new ArrayDeque<>();

  PendingWork(TcpCore core, TcpOutput output, HandlerFailures failures) {
    this.core = core;
    this.output = output;
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

  /** The connection's handler is told of an event; one that is set later is told then. */
  void raise(TcpConnection c, int event) {
    c.events |= event;
    if (!c.onEventList && c.handler() != null) {
      c.onEventList = true;
      eventList.add(c);
    }
  }

  /** Tells the application that it can write again, once it is worth it. */
  void writableAgain(TcpConnection c) {
    if (c.writeBlocked && c.isWritableAgain()) {
      c.writeBlocked = false;
      raise(c, TcpConnection.EVENT_WRITABLE);
    }
  }

  /** The SYN found no room: it goes out when there is some, and not only when its timer expires. */
  void synLater(TcpConnection c) {
    if (!c.onSynList) {
      c.onSynList = true;
      synList.add(c);
    }
  }

  /** The connection has something to send, or room to send it in. */
  void scheduleOutput(TcpConnection c) {
    if (!c.onOutputList && c.state.maySend()) {
      c.onOutputList = true;
      outputList.add(c);
    }
  }

  /** An ACK goes out at the end of the turn, unless data carries it before. */
  void ackNow(TcpConnection c) {
    c.ackNow = true;
    if (!c.onAckList) {
      c.onAckList = true;
      ackList.add(c);
    }
  }

  /** Gives a buffer back to the application. */
  void released(TcpHandler handler, TcpConnection c, Object buffer) {
    try {
      handler.released(c, buffer);
    } catch (Throwable t) {
      failures.thrown("released", c, t);
    }
  }

  /** The listener's handler is told that connections wait. */
  void acceptable(TcpListener listener, TcpListener.PerCore queues) {
    if (!queues.eventPending) {
      queues.eventPending = true;
      acceptEvents.add(listener);
    }
  }

  /** The object goes back to the pool once no list holds it. */
  void recycleLater(TcpConnection c) {
    if (!c.onClosedList) {
      c.onClosedList = true;
      closedList.add(c);
    }
  }

  // ---- Telling ----

  /** See {@link TcpCore#dispatch}. */
  int dispatch() {
    int told = acceptEvents.size();
    for (int i = 0; i < told; i++) {
      TcpListener listener = acceptEvents.poll();
      listener.on(core.index()).eventPending = false;
      tellAcceptable(listener);
    }
    int count = eventList.size();
    for (int i = 0; i < count; i++) {
      TcpConnection c = eventList.get(i);
      c.onEventList = false;
      int events = c.events;
      c.events = 0;
      tell(c, events);
    }
    eventList.removeFirst(count);
    return told + count;
  }

  private void tellAcceptable(TcpListener listener) {
    try {
      listener.handler.acceptable(listener, core.index());
    } catch (Throwable t) {
      failures.thrown("acceptable", listener.localAddress(), t);
    }
  }

  private void tell(TcpConnection c, int events) {
    try {
      tellProgress(c, events);
    } catch (Throwable t) { // checked ones too, which some applications throw undeclared
      failures.thrown("a handler", c, t);
      core.abort(c, TcpError.ABORTED);
    }
    if ((events & TcpConnection.EVENT_CLOSED) != 0) {
      tellClosed(c);
    }
  }

  /** Each event goes to the handler of its time: the one before may have set another. */
  private static void tellProgress(TcpConnection c, int events) {
    if ((events & TcpConnection.EVENT_CONNECTED) != 0 && c.handler() != null && !c.appClosed) {
      c.handler().connected(c);
    }
    if ((events & TcpConnection.EVENT_READABLE) != 0 && c.handler() != null && !c.appClosed) {
      c.handler().readable(c);
    }
    if ((events & TcpConnection.EVENT_WRITABLE) != 0 && c.handler() != null && !c.appClosed) {
      c.handler().writable(c);
    }
  }

  private void tellClosed(TcpConnection c) {
    TcpHandler handler = c.handler();
    c.handler(null); // first: whatever is done in closed(), nothing more is told
    c.closedTold = true;
    if (handler != null) {
      try {
        handler.closed(c, c.error);
      } catch (Throwable t) {
        failures.thrown("closed", c, t);
        c.keepsUnread = false; // whoever was to read it may not have got as far
      }
    }
    core.ended().told(c);
  }

  // ---- Sending ----

  /** See {@link TcpCore#flush}. */
  void flush() {
    flushSyns();
    flushOutput();
    flushAcks();
    recycleClosed();
  }

  private void flushSyns() {
    int count = synList.size();
    int refused = 0;
    int done = 0;
    while (done < count && refused < MAX_REFUSED) {
      TcpConnection c = synList.get(done++);
      c.onSynList = false;
      if (c.state == TcpState.SYN_SENT || c.state == TcpState.SYN_RECEIVED || c.synUnacked) {
        output.syn(c);
      }
      refused = c.onSynList ? refused + 1 : 0;
    }
    synList.removeFirst(done);
  }

  private void flushOutput() {
    int count = outputList.size();
    int refused = 0;
    int done = 0;
    while (done < count && refused < MAX_REFUSED) {
      TcpConnection c = outputList.get(done++);
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

  private void flushAcks() {
    int count = ackList.size();
    int refused = 0;
    int done = 0;
    while (done < count && refused < MAX_REFUSED) {
      TcpConnection c = ackList.get(done++);
      c.onAckList = false;
      if (!c.ackNow || c.state == TcpState.CLOSED || output.ackWhenSpace(c)) {
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
      TcpConnection c = closedList.get(i);
      if (c.onEventList || c.onSynList || c.onOutputList || c.onAckList) {
        closedList.add(c); // next turn: no list may hold an object that is handed out again
        continue;
      }
      c.onClosedList = false;
      core.spares().dropConnection(c);
    }
    closedList.removeFirst(count);
  }
}
