package org.mosstack.tcp;

import java.io.IOException;
import org.mosstack.ip.IpLayer;
import org.mosstack.ip.Path;
import org.mosstack.stats.Counter;
import org.mosstack.stats.Counters;
import org.mosstack.tcp.segment.Segment;

/** Whether one core has room for one more connection; counts each refusal. */
final class Admission {
  private final TcpCore core;
  private final IpLayer ip;
  private final FlowPlacement placement;
  private final TcpMemory memory;
  private final Orphans orphans;
  private final int maxConnections;
  private final Counters counters;

  Admission(
      TcpCore core,
      IpLayer ip,
      FlowPlacement placement,
      TcpMemory memory,
      Orphans orphans,
      int maxConnections,
      Counters counters) {
    this.core = core;
    this.ip = ip;
    this.placement = placement;
    this.memory = memory;
    this.orphans = orphans;
    this.maxConnections = maxConnections;
    this.counters = counters;
  }

  /**
   * Checks the memory before an open.
   *
   * @throws IOException when it is used up
   */
  void requireMemory() throws IOException {
    if (!memory.mayOpen()) {
      counters.increment(Counter.DROP_TCP_MEMORY);
      throw new IOException("Out of memory: tcp_mem");
    }
  }

  /**
   * Makes room for an open that nothing else can prevent any more.
   *
   * @throws IOException when the core has {@code max_concurrency} connections
   */
  void requireRoom() throws IOException {
    if (!makeRoom()) {
      throw new IOException("Too many connections: max_concurrency = " + maxConnections);
    }
  }

  /**
   * Makes room for one more connection of a listener, and finds the path to the peer.
   *
   * @return the path, or null; the reason is then counted
   */
  Path admit(AcceptQueue queue, Segment from) {
    Path path = mayAnswer(queue, from);
    return path != null && makeRoom() ? path : null;
  }

  /** The same where no connection follows yet, so that nothing has to make room for it. */
  Path mayAnswer(AcceptQueue queue, Segment from) {
    if (!queue.hasRoom(counters) || !hasRoom() || !memory.mayAccept(queue)) {
      return null;
    }
    Path path = ip.pathForAnswer(from.source); // counts why there is none
    return path != null && placement.claim(from) ? path : null;
  }

  /** Whether one more connection fits, if need be in place of an orphan. */
  private boolean hasRoom() {
    if (core.connectionCount() < maxConnections || orphans.canGiveWay()) {
      return true;
    }
    counters.increment(Counter.DROP_TCP_MAX_CONCURRENCY);
    return false;
  }

  /**
   * Makes room for one more connection, which may cost an orphan: must be called only when nothing
   * else can keep the connection from being opened.
   */
  private boolean makeRoom() {
    if (!hasRoom()) {
      return false;
    }
    if (core.connectionCount() >= maxConnections) {
      orphans.giveWay();
    }
    return true;
  }
}
