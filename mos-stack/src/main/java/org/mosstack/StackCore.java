package org.mosstack;

import java.io.IOException;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.random.RandomGenerator;
import org.mosstack.config.ArpEntry;
import org.mosstack.header.Ip4Address;
import org.mosstack.ip.IpLayer;
import org.mosstack.ip.NetInterface;
import org.mosstack.ip.RouteTable;
import org.mosstack.mbuf.BufferCorruptionError;
import org.mosstack.mbuf.MbufPool;
import org.mosstack.report.CoreFigures;
import org.mosstack.report.CoreLog;
import org.mosstack.ring.PacketRing;
import org.mosstack.socket.Endpoint;
import org.mosstack.socket.SocketOptions;
import org.mosstack.socket.TcpConnection;
import org.mosstack.socket.TcpHandler;
import org.mosstack.stats.CoreGauges;
import org.mosstack.stats.CoreStats;
import org.mosstack.stats.Counter;
import org.mosstack.stats.Counters;
import org.mosstack.stats.TurnMeter;
import org.mosstack.tcp.Interlude;
import org.mosstack.tcp.ListenerTable;
import org.mosstack.tcp.TcpConfig;
import org.mosstack.tcp.TcpCore;
import org.mosstack.time.Clock;

/**
 * One core of a {@link MosStack}: its queue on every device, its buffers, ARP table, flows and
 * timers.
 *
 * <p>One thread at a time owns it, from {@link #attach} to {@link #leave} or {@link #close}, and
 * only that thread calls it unless a method says otherwise. It calls {@link #poll} in a loop and
 * {@link #flush} after its own work, and may sleep between {@link #prepareSleep} and {@link
 * #finishSleep}.
 */
public final class StackCore {
  /** Longest sleep at a busy time if a device can't wake the thread. */
  private static final long POLLED_SLEEP_NANOS = 50_000;

  /** Longest sleep if a device can't wake the thread, however long nothing has arrived. */
  private static final long LONGEST_POLLED_SLEEP_NANOS = 500_000;

  /** Divisor of the time since the last packet that gives the length of such a sleep. */
  private static final int POLLED_SLEEP_SHARE = 16;

  /** How long an application may write before there is an interlude. */
  private static final long LONG_TURN_NANOS = 1_000_000;

  /**
   * How often to read the devices' error counts and the pool's usage; some NICs answer slowly, and
   * DPDK's pool shouldn't be queried every turn either.
   */
  private static final long REFRESH_INTERVAL_NANOS = 500_000_000;

  private final int index;
  private final int cpu;
  private final Clock clock;
  private final MbufPool pool;
  private final Counters counters = new Counters();
  private final CorePorts ports;
  private final IpLayer ip;
  private final TcpCore tcp;
  private final CoreRings rings;
  private final CoreLog log;
  private final TurnInput input;

  private final CoreSleep sleep = new CoreSleep();

  private final CoreGauges gauges = new CoreGauges();
  private final TurnMeter turns = new TurnMeter();
  private final CoreTasks tasks = new CoreTasks(this::taskFailed);
  private long slowTurnNanos = Long.MAX_VALUE;

  /** Null while nobody has claimed the core. */
  private volatile CoreDriver driver;

  private final CpuBinding binding = new CpuBinding();

  private long nextRefreshNanos;

  /** Whether a thread owns the core. */
  private boolean attached;

  private volatile boolean closed;

  /** Whether applications have their turn, rather than TCP, whose work mustn't be cut into. */
  private boolean applicationsTurn = true;

  StackCore(
      int index,
      int cpu,
      Clock clock,
      MbufPool pool,
      List<CorePorts.Port> ports,
      RouteTable routes,
      List<ArpEntry> staticArp,
      TcpConfig tcpConfig,
      ListenerTable listeners,
      RandomGenerator random,
      CoreLog log) {
    this.index = index;
    this.cpu = cpu;
    this.clock = clock;
    this.pool = pool;
    this.log = log;
    long now = clock.nanoTime();
    this.ports = new CorePorts(ports, pool, counters);
    NetInterface[] interfaces = this.ports.interfaces();
    nextRefreshNanos = now + REFRESH_INTERVAL_NANOS;
    ip = new IpLayer(interfaces, routes, staticArp, pool, counters, random, now);
    tcp = new TcpCore(tcpConfig, ip, pool, counters, listeners, random, now);
    ip.transport(tcp.transport());
    rings = new CoreRings(this, pool, counters);
    ip.otherCores(rings);
    input = new TurnInput(interfaces, rings, ip, tcp, pool, counters);
    tcp.interlude(new LongTurn());
    onHandlerFailure(CoreLog.SYSTEM);
  }

  /**
   * Sets where exceptions thrown by handlers are logged, besides the core's log: at most once a
   * second, on the core's thread. The system's logger by default. To be called before {@link
   * #attach}.
   */
  public void onHandlerFailure(BiConsumer<String, Throwable> logger) {
    tcp.onHandlerFailure(log.and(logger));
  }

  /** Connects this core to the others, before any of their threads starts. */
  void connect(StackCore[] cores) {
    rings.connect(cores);
  }

  CoreRings rings() {
    return rings;
  }

  /** This core's index in its stack, from 0. Any thread. */
  public int index() {
    return index;
  }

  /** The CPU that the core's thread is bound to, or -1 if it isn't bound. Any thread. */
  public int cpu() {
    return cpu;
  }

  /** The clock that this core uses. Any thread. */
  public Clock clock() {
    return clock;
  }

  /** This core's packet buffers, for starting the devices. */
  MbufPool pool() {
    return pool;
  }

  /** This core's queues on the devices. */
  CorePorts ports() {
    return ports;
  }

  /** Who has claimed the core, or null. Any thread. */
  public CoreDriver driver() {
    return driver;
  }

  void driver(CoreDriver driver) {
    this.driver = driver;
  }

  /**
   * Makes the calling thread the owner and binds it to the core's CPU; the first call also starts
   * the queues. The thread's first call.
   *
   * @throws IllegalStateException if a device has no place for one more thread
   */
  public void attach() {
    if (cpu >= 0 && !binding.bind(cpu)) {
      log.write("cpu " + cpu + " was refused: the thread isn't bound"); // its set has changed
    }
    attachUnbound();
  }

  /** Like {@link #attach}, for a thread that drives several cores. */
  void attachUnbound() {
    if (ports.attach(this::wakeIfSleeping)) {
      checkLinks();
      ip.announce();
      log.write("core " + index + " started, " + (cpu < 0 ? "on any cpu" : "cpu " + cpu));
    } else {
      turns.wake(takeTime());
    }
    attached = true;
  }

  /**
   * Makes the calling thread, the owner, leave the core to another one, which attaches to it: what
   * it does from then on happens after this. Between turns; the thread's last call.
   */
  void leave() {
    send();
    endTurn();
    attached = false;
    ports.leave();
    binding.unbind();
  }

  /** Whether another thread can take over: this one could attach, and nothing is corrupted. */
  boolean canGoOn() {
    return attached && !closed && pool.doubleFrees() == 0;
  }

  /** Whether the core has ended. Any thread. */
  boolean isClosed() {
    return closed;
  }

  /**
   * Has a task run in the core's next turn, on whatever thread that is; in the order of these
   * calls. Any thread.
   *
   * @return false if the core has ended, and its connections with it: the task won't run
   */
  public boolean execute(Runnable task) {
    boolean accepted = tasks.offer(task);
    sleep.wake();
    return accepted;
  }

  /**
   * Has a task run at the end of the turn that is under way, once its packets are sent; between
   * turns, at the end of the next one. The thread doesn't sleep before. For what is to happen once
   * for all that a turn has brought, such as waking another thread. The core's thread.
   */
  public void atTurnEnd(Runnable task) {
    tasks.atTurnEnd(task);
  }

  private void taskFailed(Throwable thrown) {
    tcp.thrown(Counter.HANDLER_EXCEPTIONS, "A task", "of core " + index, thrown);
  }

  // ---- The turn ----

  /**
   * Runs one turn: receives bursts, processes them, fires due timers, notifies handlers, sends. An
   * exception over one packet doesn't affect others: it is counted and logged, unless it is an
   * error.
   *
   * @return work done; 0 if the turn was idle
   * @throws BufferCorruptionError if a packet buffer was freed twice, even if the error thrown then
   *     was caught: the thread's next call must be {@link #close}
   */
  public int poll() {
    if (pool.doubleFrees() != 0) {
      throw corrupted();
    }
    long now = takeTime();
    countIfSlow(turns.begin(now));
    checkLinks();
    applicationsTurn = false;
    int work = input.receive(now);
    work += tcp.advanceTime();
    applicationsTurn = true;
    if (!tasks.isEmpty()) {
      work += tasks.run();
    }
    work += tcp.dispatch();
    send();
    tasks.endTurn();
    if (now - nextRefreshNanos >= 0) {
      refresh(now);
    }
    if (work != 0) {
      turns.worked();
    }
    return work;
  }

  private void countIfSlow(long nanos) {
    if (nanos >= slowTurnNanos) {
      counters.increment(Counter.SLOW_TURNS);
    }
  }

  private BufferCorruptionError corrupted() {
    counters.add(Counter.BUFFER_DOUBLE_FREES, pool.doubleFrees());
    String message = "core " + index + ": a packet buffer was freed twice: the core ends";
    log.write(message);
    return new BufferCorruptionError(message);
  }

  private void checkLinks() {
    for (NetInterface netif : ports.interfaces()) {
      if (ip.checkLink(netif)) {
        log.write(netif.device().name() + ": link " + (netif.isLinkUp() ? "up" : "down"));
      }
    }
  }

  private void refresh(long now) {
    nextRefreshNanos = now + REFRESH_INTERVAL_NANOS;
    gauges.setBuffersInUse(pool.inUse());
    ports.refreshReceiveErrors();
  }

  /** Reads the clock; whatever happens from here on happens at this time. */
  private long takeTime() {
    long now = clock.nanoTime();
    tcp.now(now);
    ip.tick(now);
    return now;
  }

  /**
   * Sends what connections have to send, for instance after the channels' own tasks have written.
   */
  public void flush() {
    if (tcp.hasWork()) {
      takeTime(); // tasks may have taken long; timers of what is sent now start now
    }
    send();
  }

  private void send() {
    applicationsTurn = false;
    tcp.flush();
    applicationsTurn = true;
    ports.flush();
    rings.reclaim();
    setGauges();
  }

  /** Lets TCP go on while applications have their turn, but never cuts into its own work. */
  private final class LongTurn implements Interlude {
    @Override
    public void turnGoesOn() {
      if (applicationsTurn && clock.nanoTime() - tcp.now() >= LONG_TURN_NANOS) {
        long now = takeTime();
        applicationsTurn = false;
        input.receive(now);
        tcp.advanceTime();
        sendNow();
      }
    }

    @Override
    public void bufferIsFull() {
      if (applicationsTurn) {
        takeTime();
        sendNow();
      }
    }

    /** Recycles no connection: the application may be in a call to it. */
    private void sendNow() {
      applicationsTurn = false;
      tcp.send();
      applicationsTurn = true;
      ports.flush();
      rings.reclaim();
    }
  }

  private void setGauges() {
    gauges.set(tcp.flowCount(), tcp.connectionCount(), tcp.timerCount());
  }

  // ---- Sleeping ----

  /**
   * Time, by {@link #clock()}, when {@link #poll} must run again at the latest; Long.MAX_VALUE if
   * never.
   */
  public long nextDeadlineNanos() {
    long next = Math.min(tcp.nextDeadlineNanos(), ip.nextDeadlineNanos());
    return Math.min(next, ports.nextDeadlineNanos());
  }

  /**
   * Longest time in nanoseconds that the thread may sleep, perhaps none: until {@link
   * #nextDeadlineNanos}. If a device can't wake it, at most half a millisecond; the longer nothing
   * has arrived, the longer the next packet may have to wait.
   *
   * @param idleNanos time since the core last had something to do
   */
  public long sleepNanos(long idleNanos) {
    long nanos =
        ports.canWake()
            ? Long.MAX_VALUE
            : Math.clamp(
                idleNanos / POLLED_SLEEP_SHARE, POLLED_SLEEP_NANOS, LONGEST_POLLED_SLEEP_NANOS);
    long deadline = nextDeadlineNanos();
    return deadline == Long.MAX_VALUE ? nanos : Math.min(nanos, deadline - clock.nanoTime());
  }

  /**
   * Sets what wakes the thread. To be called before {@link #attach}, by each thread that does.
   *
   * @param wakeup called from any thread while the core's thread is between {@link #prepareSleep}
   *     and {@link #finishSleep}; may be called more than once; exceptions are counted and logged
   *     when the core's thread wakes up
   */
  public void onArrival(Runnable wakeup) {
    sleep.onWake(wakeup);
  }

  /**
   * Announces that the thread is about to sleep.
   *
   * @return false if there is work: the thread must not sleep
   */
  public boolean prepareSleep() {
    sleep.begin();
    if (mayNotSleep()) {
      finishSleep();
      return false;
    }
    endTurn();
    return true;
  }

  private void endTurn() {
    if (turns.isOpen()) {
      countIfSlow(turns.end(clock.nanoTime()));
    }
    turns.sleep();
  }

  private boolean mayNotSleep() {
    if (tcp.hasWork() || !tasks.isEmpty()) {
      return true;
    }
    for (PacketRing ring : rings.incoming()) {
      if (!ring.isEmpty()) {
        return true;
      }
    }
    return !ports.prepareSleep();
  }

  /** Announces that the thread is awake. */
  public void finishSleep() {
    sleep.end();
    ports.finishSleep();
    turns.wake(takeTime()); // for tasks that run before the next poll
    Throwable failure = sleep.takeFailure();
    if (failure != null) {
      tcp.thrown(Counter.HANDLER_EXCEPTIONS, "The wake-up", "of its thread", failure);
    }
  }

  /** Called on any thread amid its own work, which has been published. */
  void wakeIfSleeping() {
    sleep.wake();
  }

  // ---- Connections ----

  /**
   * Opens a connection with default options, from an address chosen by route.
   *
   * @see #connect(Endpoint, Endpoint, int, SocketOptions, TcpHandler)
   */
  public TcpConnection connect(Endpoint remote, TcpHandler handler) throws IOException {
    return connect(Endpoint.ANY, remote, 0, SocketOptions.DEFAULT, handler);
  }

  /**
   * Opens a connection.
   *
   * @param local one of the stack's addresses, or an unspecified one to choose one by route; port 0
   *     chooses one at random whose replies come to this core
   * @param remote the peer: an address that isn't unspecified, and a port from 1 on
   * @param timeoutMillis time until the open fails, 0 for TCP's own limit
   * @param options initial options of the connection; some can be changed later
   * @param handler notified of its events
   * @return the connection, whose SYN has been sent
   * @throws java.net.NoRouteToHostException if there is no route to the address
   * @throws java.net.BindException if the local address or port can't be used
   * @throws java.net.SocketException if an address isn't of IPv4
   * @throws IOException if the core has {@code max_concurrency} connections already, memory is used
   *     up ({@code tcp_mem}), or the stack is being closed
   */
  public TcpConnection connect(
      Endpoint local, Endpoint remote, int timeoutMillis, SocketOptions options, TcpHandler handler)
      throws IOException {
    takeTime(); // or the task's own time would count towards the handshake
    return tcp.connect(
        Ip4Address.fromInet(local.ipv4()),
        local.port(),
        Ip4Address.fromInet(remote.ipv4()),
        remote.port(),
        timeoutMillis * 1_000_000L,
        options,
        handler);
  }

  /** Connections whose close hasn't completed yet: all but those in TIME_WAIT. */
  public int connections() {
    return tcp.connectionCount();
  }

  /** Those of the {@link #connections} that their application has closed. */
  int closing() {
    return tcp.closingCount();
  }

  /** Packet buffers in use, including those in the devices' rings; for leak checks. */
  public int buffersInUse() {
    return pool.inUse();
  }

  /** Armed timers; for leak checks. */
  public int timers() {
    return tcp.timerCount();
  }

  /**
   * Sets from which duration on a turn counts as slow ({@link Counter#SLOW_TURNS}): the time from
   * one {@link #poll} to the next, with the thread's own work between them and without its sleep.
   *
   * @param nanos nanoseconds, at least 1; Long.MAX_VALUE, the default, for never
   */
  public void slowTurnNanos(long nanos) {
    slowTurnNanos = nanos;
  }

  // ---- Figures, any thread ----

  /**
   * How long the turn that is under way has lasted, so that another thread can see that this one is
   * held up. Any thread.
   *
   * @return nanoseconds; 0 while the thread sleeps, or if it hasn't started
   */
  public long turnNanos() {
    long since = turns.sinceNanos();
    return since == TurnMeter.ASLEEP ? 0 : clock.nanoTime() - since;
  }

  Counters counters() {
    return counters;
  }

  /** Flows in any state, as of the last turn. */
  int flows() {
    return gauges.flows();
  }

  /** All figures except those of devices. */
  CoreStats stats() {
    return new CoreStats(
        index,
        cpu,
        turns.turns(),
        turns.busyTurns(),
        gauges.flows(),
        gauges.connections(),
        gauges.timers(),
        gauges.buffersInUse(),
        counters.snapshot(),
        turns.latency());
  }

  /** Where all of these are read. */
  CoreFigures figures() {
    return new CoreFigures(index, this::stats, this::flows, ports::counters);
  }

  CoreLog log() {
    return log;
  }

  /**
   * Resets the remaining connections and releases the queues. The thread's last call; further calls
   * do nothing. Packet buffers are freed with the {@link MosStack}.
   */
  public void close() {
    if (closed) {
      return;
    }
    tcp.now(clock.nanoTime());
    tcp.interlude(Interlude.NONE); // nothing new may arrive from here on
    tasks.close(); // while connections are what the tasks take them for
    closed = true;
    tcp.close();
    tasks.endTurn();
    ip.close();
    rings.close();
    setGauges();
    ports.detach();
    attached = false;
    binding.unbind();
    gauges.setBuffersInUse(pool.inUse());
    log.writeCounts(counters);
    ports.writeLost(log);
  }

  /**
   * Frees the packet buffers once the devices, which hold some, are closed. Any thread, as the
   * core's own has ended.
   */
  void releaseBuffers() {
    int inUse = pool.inUse() - ports.keptBuffers();
    log.write("core " + index + " ended, packet buffers in use: " + inUse);
    log.close();
    pool.close();
  }
}
