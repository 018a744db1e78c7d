package org.mosstack.tcp;

import java.util.function.IntConsumer;
import org.mosstack.tcp.scoreboard.Scoreboard;
import org.mosstack.tcp.scoreboard.StepCount;

/**
 * Pools of the objects that one core's connections hold only while they need them: the connections'
 * own objects, and those for data that is unacknowledged, in flight, or out of order. An idle
 * connection has none of the latter.
 *
 * <p>Each pool is bounded in bytes: what a burst of work took beyond that is garbage collected.
 */
final class SpareParts {
  private static final long CONNECTIONS_BYTES = 8 << 20;
  private static final long SEND_QUEUES_BYTES = 256 << 10;
  private static final long SCOREBOARDS_BYTES = 1 << 20;
  private static final long REASSEMBLIES_BYTES = 2 << 20;

  /** Size of an idle connection, with its congestion control and everything else it alone owns. */
  private static final int CONNECTION_BYTES = 1024;

  private final TcpCore core;
  private final TcpMemory memory;
  private final StepCount steps;
  private final Spares<Tcb> connections = new Spares<>(CONNECTIONS_BYTES);
  private final Spares<SendQueue> sendQueues = new Spares<>(SEND_QUEUES_BYTES);
  private final Spares<Scoreboard> scoreboards = new Spares<>(SCOREBOARDS_BYTES);
  private final Spares<Reassembly> reassemblies = new Spares<>(REASSEMBLIES_BYTES);

  /** Charges the bytes by which connections' scoreboards grow. */
  private final IntConsumer scoreboardGrown;

  SpareParts(TcpCore core, TcpMemory memory, StepCount steps) {
    this.core = core;
    this.memory = memory;
    this.steps = steps;
    scoreboardGrown = memory::queued;
  }

  /** Returns a connection object that isn't in use. */
  Tcb takeConnection() {
    Tcb c = connections.take();
    return c != null ? c : new Connection(core);
  }

  /** Returns a connection object to the pool; nothing refers to it any more. */
  void dropConnection(Tcb c) {
    c.path = null;
    c.listener = null;
    connections.keep(c, CONNECTION_BYTES);
  }

  SendQueue takeSendQueue() {
    SendQueue queue = sendQueues.take();
    return queue != null ? queue : new SendQueue(steps);
  }

  /** Detaches the connection's send queue and releases the buffers in it. */
  void dropSendQueue(Tcb c) {
    SendQueue queue = c.sendQueue;
    c.sendQueue = null; // first: clear() calls the application, which may write
    queue.clear(c);
    sendQueues.keep(queue, queue.memoryBytes());
  }

  Scoreboard takeScoreboard(Tcb c) {
    Scoreboard scoreboard = scoreboards.take();
    if (scoreboard == null) {
      scoreboard = new Scoreboard(steps, scoreboardGrown);
    }
    memory.queued(scoreboard.grownBytes());
    scoreboard.begin(c.delivered);
    return scoreboard;
  }

  /** Returns the connection's scoreboard to the pool: nothing is in flight any more. */
  void dropScoreboard(Tcb c) {
    if (c.scoreboard == null) {
      return;
    }
    c.delivered = c.scoreboard.rate().delivered();
    memory.queued(-c.scoreboard.grownBytes());
    scoreboards.keep(c.scoreboard, c.scoreboard.memoryBytes());
    c.scoreboard = null;
  }

  /**
   * Has everything in flight sent again, in segments of another size or once the window reopens,
   * and not because it was lost.
   */
  void rewind(Tcb c) {
    c.recovery.onRewind(c);
    if (c.mtuSearch != null) {
      c.mtuSearch.probing = false;
    }
    dropScoreboard(c);
    c.sndNxt = c.sndUna;
    c.lossDeadline = 0;
  }

  Reassembly takeReassembly() {
    Reassembly reassembly = reassemblies.take();
    return reassembly != null ? reassembly : new Reassembly(steps);
  }

  /** Returns the connection's reassembly to the pool; nothing is in it any more. */
  void dropReassembly(Tcb c) {
    reassemblies.keep(c.reassembly, c.reassembly.memoryBytes());
    c.reassembly = null;
  }
}
