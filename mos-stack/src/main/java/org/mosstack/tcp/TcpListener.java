package org.mosstack.tcp;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import org.mosstack.header.Ip4Address;
import org.mosstack.stats.ListenerStats;

/**
 * A bound address and port that accepts connections on every core (RFC 9293: LISTEN).
 *
 * <p>Each core has its own SYN queue and accept queue here, touched only by its thread; address,
 * port and limits never change, and the options are one immutable value. A listener bound for one
 * core with SO_REUSEPORT has queues on the others too: they serve flows of cores that no listener
 * of the port was bound for.
 */
public final class TcpListener {
  // The cores' threads write these with plain stores; stats() reads them in opaque mode.
  private static final VarHandle SYN_RECEIVED;
  private static final VarHandle ACCEPT_QUEUE;
  private static final VarHandle ACCEPTED;
  private static final VarHandle DROPPED;

  static {
    try { // listed in META-INF/native-image
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      SYN_RECEIVED = lookup.findVarHandle(PerCore.class, "synReceived", int.class);
      ACCEPT_QUEUE = lookup.findVarHandle(PerCore.class, "acceptQueue", int.class);
      ACCEPTED = lookup.findVarHandle(PerCore.class, "accepted", long.class);
      DROPPED = lookup.findVarHandle(PerCore.class, "dropped", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private static final long COOKIE_TICK_NANOS = 1_000_000_000L;

  /** Half-open connections per core that are allowed however small the backlog. */
  private static final int MIN_SYN_QUEUE = 1024;

  final int address;
  final int port;
  final int backlog;
  final int synQueueLimit;

  /** The core whose flows are this listener's own, or -1 for an exclusive bind. */
  final int reusePortCore;

  final AcceptHandler handler;
  private final ListenerTable table;
  private final PerCore[] cores;
  private volatile SocketOptions options;

  /** When any core last answered a SYN with a cookie, to the second; 0 for never. */
  private volatile long cookieSentNanos;

  private volatile boolean closed;

  /** The queues of one core. */
  static final class PerCore {
    /** Number of connections in SYN_RECEIVED, plus the deferred ones. */
    int synReceived;

    /** Established connections that wait for data before they can be accepted. */
    final ConnectionChain deferred = new ConnectionChain();

    /** Established connections that nobody has accepted yet. */
    final ArrayDeque<TcpConnection> established = new ArrayDeque<>();

    /** Length of that queue, for other threads, which can't ask it. */
    int acceptQueue;

    /** Number of connections that entered the accept queue. */
    long accepted;

    /** Number of handshakes refused: one of the queues was full, or memory was short. */
    long dropped;

    /** What counts against the limit on Fast Open. */
    final FastOpenPlaces fastOpen = new FastOpenPlaces();

    /** Bytes that its connections held when memory was last short; see {@link MemoryLimit}. */
    long heldBytes;

    boolean eventPending;

    void add(TcpConnection c) {
      established.add(c);
      acceptQueue = established.size();
      accepted++;
    }

    private TcpConnection poll() {
      TcpConnection c = established.poll();
      acceptQueue = established.size();
      return c;
    }
  }

  TcpListener(
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
    synQueueLimit = Math.max(MIN_SYN_QUEUE, this.backlog);
    this.options = options;
    this.reusePortCore = reusePortCore;
    this.handler = handler;
    this.cores = new PerCore[cores];
    for (int i = 0; i < cores; i++) {
      this.cores[i] = new PerCore();
    }
  }

  /**
   * The bound address and port; the unspecified address stands for all of the stack's addresses.
   */
  public InetSocketAddress localAddress() {
    return new InetSocketAddress(Ip4Address.toInet(address), port);
  }

  /** The options that this listener's connections start with. Any thread. */
  public SocketOptions options() {
    return options;
  }

  /** Sets the options of connections whose SYN arrives from now on. Any thread. */
  public void options(SocketOptions options) {
    this.options = options;
  }

  PerCore on(int core) {
    return cores[core];
  }

  /**
   * Takes the next established connection of a core. On that core's thread. The caller must set its
   * handler at once, and close it eventually. One that ended while it waited, such as by the peer's
   * RST, is returned too: what it received can be read, and {@link TcpHandler#closed} follows.
   *
   * @return the connection, or null when none waits
   */
  public TcpConnection accept(int core) {
    TcpConnection connection = cores[core].poll();
    if (connection != null) {
      connection.inAcceptQueue = false;
    }
    return connection;
  }

  /** Whether {@link #close()} was called. */
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

  /** Returns the queues' figures, summed over all cores. Any thread. */
  public ListenerStats stats() {
    int synQueue = 0;
    int acceptQueue = 0;
    long accepted = 0;
    long dropped = 0;
    for (PerCore queues : cores) {
      synQueue += (int) SYN_RECEIVED.getOpaque(queues);
      acceptQueue += (int) ACCEPT_QUEUE.getOpaque(queues);
      accepted += (long) ACCEPTED.getOpaque(queues);
      dropped += (long) DROPPED.getOpaque(queues);
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

  /** Stops listening: from now on SYNs are answered with RST. Any thread. */
  public void close() {
    closed = true;
    table.remove(this);
  }

  /** Aborts what nobody accepted. After {@link #close()}, on the core's thread. */
  public void drain(int core) {
    ConnectionChain deferred = cores[core].deferred;
    for (TcpConnection c = deferred.first(); c != null; c = deferred.first()) {
      c.abort();
    }
    for (TcpConnection c = accept(core); c != null; c = accept(core)) {
      c.abort();
    }
  }
}
