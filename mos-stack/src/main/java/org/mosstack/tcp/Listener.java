package org.mosstack.tcp;

import org.mosstack.header.Ip4Address;
import org.mosstack.socket.AcceptHandler;
import org.mosstack.socket.Endpoint;
import org.mosstack.socket.SocketOptions;
import org.mosstack.socket.TcpListener;
import org.mosstack.stats.ListenerStats;

/**
 * A {@link TcpListener}. Address, port and limits never change, and the options are one immutable
 * value; an {@link AcceptQueue} is touched only by its core's thread.
 */
final class Listener implements TcpListener {
  private static final long COOKIE_TICK_NANOS = 1_000_000_000L;

  final int address;
  final int port;
  final int backlog;

  /** The core whose flows are this listener's own, or -1 for an exclusive bind. */
  final int reusePortCore;

  final AcceptHandler handler;
  private final ListenerTable table;
  private final AcceptQueue[] cores;
  private volatile SocketOptions options;

  /** When any core last answered a SYN with a cookie, to the second; 0 for never. */
  private volatile long cookieSentNanos;

  private volatile boolean closed;

  Listener(
      ListenerTable table,
      int address,
      int port,
      int backlog,
      SocketOptions options,
      int reusePortCore,
      AcceptHandler handler,
      int cores) {
    this.table = table;
    this.address = address;
    this.port = port;
    this.backlog = Math.max(1, backlog);
    this.options = options;
    this.reusePortCore = reusePortCore;
    this.handler = handler;
    this.cores = new AcceptQueue[cores];
    for (int i = 0; i < cores; i++) {
      this.cores[i] = new AcceptQueue(this.backlog);
    }
  }

  @Override
  public Endpoint local() {
    return new Endpoint(Ip4Address.toInet(address), port);
  }

  @Override
  public SocketOptions options() {
    return options;
  }

  @Override
  public void options(SocketOptions options) {
    this.options = options;
  }

  AcceptQueue on(int core) {
    return cores[core];
  }

  @Override
  public Tcb accept(int core) {
    Tcb connection = cores[core].poll();
    if (connection != null) {
      connection.inAcceptQueue = false;
    }
    return connection;
  }

  @Override
  public boolean isClosed() {
    return closed;
  }

  /** Notes that a core is about to answer a SYN with a cookie. */
  void sendsCookie(long nowNanos) {
    long last = cookieSentNanos;
    if (last == 0 || nowNanos - last >= COOKIE_TICK_NANOS) {
      cookieSentNanos = nowNanos;
    }
  }

  /** Whether cookies may be outstanding: one that nobody sent is a guess. */
  boolean sentCookies(long nowNanos) {
    long last = cookieSentNanos;
    return last != 0 && nowNanos - last <= 2 * SynCookies.PERIOD_NANOS + COOKIE_TICK_NANOS;
  }

  @Override
  public ListenerStats stats() {
    int synQueue = 0;
    int acceptQueue = 0;
    long accepted = 0;
    long dropped = 0;
    for (AcceptQueue queue : cores) {
      synQueue += queue.synQueueSize();
      acceptQueue += queue.size();
      accepted += queue.accepted();
      dropped += queue.dropped();
    }
    return new ListenerStats(
        Ip4Address.format(address),
        port,
        reusePortCore,
        backlog,
        synQueue,
        acceptQueue,
        accepted,
        dropped);
  }

  @Override
  public void close() {
    closed = true;
    table.remove(this);
  }

  @Override
  public void drain(int core) {
    ConnectionChain deferred = cores[core].deferred;
    for (Tcb c = deferred.first(); c != null; c = deferred.first()) {
      c.abort();
    }
    for (Tcb c = accept(core); c != null; c = accept(core)) {
      c.abort();
    }
  }
}
