package org.mosstack.tcp;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayDeque;
import org.mosstack.stats.Counter;
import org.mosstack.stats.Counters;

/**
 * What one core keeps for a listener: connections whose handshake isn't over, those that wait for
 * data, and those that wait to be accepted. Touched only by the core's thread, except for the
 * figures.
 */
final class AcceptQueue {
  // The cores' threads write these with plain stores; stats() reads them in opaque mode.
  private static final VarHandle SYN_RECEIVED;
  private static final VarHandle ACCEPT_QUEUE;
  private static final VarHandle ACCEPTED;
  private static final VarHandle DROPPED;

  static {
    try { // listed in META-INF/native-image
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      SYN_RECEIVED = lookup.findVarHandle(AcceptQueue.class, "synReceived", int.class);
      ACCEPT_QUEUE = lookup.findVarHandle(AcceptQueue.class, "acceptQueue", int.class);
      ACCEPTED = lookup.findVarHandle(AcceptQueue.class, "accepted", long.class);
      DROPPED = lookup.findVarHandle(AcceptQueue.class, "dropped", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** Half-open connections per core that are allowed however small the backlog. */
  private static final int MIN_SYN_QUEUE = 1024;

  /** Half-open connections above which SYNs are answered with cookies, or dropped. */
  final int synQueueLimit;

  private final int backlog;

  /** Number of connections in SYN_RECEIVED, plus the deferred ones. */
  int synReceived;

  /** Established connections that wait for data before they can be accepted. */
  final ConnectionChain deferred = new ConnectionChain();

  /** Established connections that nobody has accepted yet. */
  final ArrayDeque<Tcb> established = new ArrayDeque<>();

  /** Length of that queue, for other threads, which can't ask it. */
  int acceptQueue;

  /** Number of connections that entered the accept queue. */
  long accepted;

  /** Number of handshakes refused: one of the queues was full, or memory was short. */
  long dropped;

  /** What counts against the limit on Fast Open. */
  final FastOpenPlaces fastOpen = new FastOpenPlaces();

  /** Bytes that its connections held when memory was last short; see {@link TcpMemory}. */
  long heldBytes;

  /** Whether the handler is about to be told that connections can be accepted. */
  boolean eventPending;

  /**
   * Makes empty queues.
   *
   * @param backlog established connections that may wait to be accepted, at least 1
   */
  AcceptQueue(int backlog) {
    this.backlog = backlog;
    synQueueLimit = Math.max(MIN_SYN_QUEUE, backlog);
  }

  // ---- The core's thread ----

  /** Takes an established connection in, which can be accepted from now on. */
  void add(Tcb c) {
    established.add(c);
    acceptQueue = established.size();
    accepted++;
  }

  /** Takes the oldest connection out; null if none waits to be accepted. */
  Tcb poll() {
    Tcb c = established.poll();
    acceptQueue = established.size();
    return c;
  }

  /** Whether one more connection may wait to be accepted; counts a refusal. */
  boolean hasRoom(Counters counters) {
    if (established.size() < backlog) {
      return true;
    }
    counters.increment(Counter.DROP_TCP_ACCEPT_QUEUE_FULL);
    dropped++;
    return false;
  }

  boolean isSynQueueFull() {
    return synReceived >= synQueueLimit;
  }

  // ---- Figures, any thread ----

  int synQueueSize() {
    return (int) SYN_RECEIVED.getOpaque(this);
  }

  int size() {
    return (int) ACCEPT_QUEUE.getOpaque(this);
  }

  long accepted() {
    return (long) ACCEPTED.getOpaque(this);
  }

  long dropped() {
    return (long) DROPPED.getOpaque(this);
  }
}
