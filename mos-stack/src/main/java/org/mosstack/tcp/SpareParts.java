package org.mosstack.tcp;

import java.util.function.IntConsumer;

/**
 * What one core's connections have only while they need it, and what is kept of it for the next
 * one: the connections' own objects, and those for data that waits to be acknowledged, is in
 * flight, or has come ahead of a gap. An idle connection has none of the latter.
 *
 * <p>Each kind is bounded in bytes: what a burst of work has taken goes back to the collector.
 */
final class SpareParts {
  private static final long CONNECTIONS_BYTES = 8 << 20;
  private static final long SEND_QUEUES_BYTES = 256 << 10;
  private static final long FLIGHTS_BYTES = 1 << 20;
  private static final long REASSEMBLIES_BYTES = 2 << 20;

  /** An idle connection, with its congestion control and all else that belongs to it alone. */
  private static final int CONNECTION_BYTES = 1024;

  private final TcpCore core;
  private final Spares<TcpConnection> connections = new Spares<>(CONNECTIONS_BYTES);
  private final Spares<SendQueue> sendQueues = new Spares<>(SEND_QUEUES_BYTES);
  private final Spares<Flight> flights = new Spares<>(FLIGHTS_BYTES);
  private final Spares<Reassembly> reassemblies = new Spares<>(REASSEMBLIES_BYTES);

  /** Charges what the scoreboards of connections have grown by. */
  private final IntConsumer flightGrown;

  SpareParts(TcpCore core) {
    this.core = core;
    flightGrown = bytes -> core.memory().queued(bytes);
  }

  /** A connection object that stands for nothing. */
  TcpConnection takeConnection() {
    TcpConnection c = connections.take();
    return c != null ? c : new TcpConnection(core);
  }

  /** Nothing holds the object any more. */
  void dropConnection(TcpConnection c) {
    c.path = null;
    c.listener = null;
    connections.keep(c, CONNECTION_BYTES);
  }

  SendQueue takeSendQueue() {
    SendQueue queue = sendQueues.take();
    return queue != null ? queue : new SendQueue(core.steps());
  }

  /** Takes the send queue off the connection, and gives back what is in it. */
  void dropSendQueue(TcpConnection c) {
    SendQueue queue = c.sendQueue;
    c.sendQueue = null; // first: the application is told, and may write
    queue.clear(c);
    sendQueues.keep(queue, queue.memoryBytes());
  }

  Flight takeFlight(TcpConnection c) {
    Flight flight = flights.take();
    if (flight == null) {
      flight = new Flight(core.steps(), flightGrown);
    }
    core.memory().queued(flight.grownBytes());
    flight.begin(c.delivered);
    return flight;
  }

  /** Nothing is in flight any more. */
  void dropFlight(TcpConnection c) {
    if (c.flight == null) {
      return;
    }
    c.delivered = c.flight.rate().delivered();
    core.memory().queued(-c.flight.grownBytes());
    flights.keep(c.flight, c.flight.memoryBytes());
    c.flight = null;
  }

  /**
   * What is in flight is to be sent once more, in segments of another size or when the window opens
   * again, and not because it was lost.
   */
  void rewind(TcpConnection c) {
    c.recovery.onRewind(c);
    if (c.mtuSearch != null) {
      c.mtuSearch.probing = false;
    }
    dropFlight(c);
    c.sndNxt = c.sndUna;
    c.lossDeadline = 0;
  }

  Reassembly takeReassembly() {
    Reassembly reassembly = reassemblies.take();
    return reassembly != null ? reassembly : new Reassembly(core.steps());
  }

  /** Takes the reassembly off the connection, and frees what is in it. */
  void dropReassembly(TcpConnection c) {
    c.reassembly.clear(core);
    reassemblies.keep(c.reassembly, c.reassembly.memoryBytes());
    c.reassembly = null;
  }
}
