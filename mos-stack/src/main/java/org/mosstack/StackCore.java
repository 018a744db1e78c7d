package org.mosstack;

import java.io.IOException;
import java.lang.invoke.VarHandle;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.random.RandomGenerator;
import org.mosstack.config.ArpEntry;
import org.mosstack.device.NetDevice;
import org.mosstack.header.Ip4Address;
import org.mosstack.ip.IpLayer;
import org.mosstack.ip.NetInterface;
import org.mosstack.ip.RouteTable;
import org.mosstack.mbuf.BufferCorruptionError;
import org.mosstack.mbuf.MbufPool;
import org.mosstack.os.CpuAffinity;
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
import org.mosstack.stats.DeviceCounters;
import org.mosstack.stats.TurnMeter;
import org.mosstack.tcp.ListenerTable;
import org.mosstack.tcp.TcpConfig;
import org.mosstack.tcp.TcpCore;
import org.mosstack.time.Clock;

/**
 * One core of a {@link MosStack}: its queue on every device, its buffers, ARP table, flows and
 * timers.
 *
 * <p>One thread owns it, from {@link #attach} to {@link #close}, and only that thread calls it
 * unless a method says otherwise. It calls {@link #poll} in a loop and {@link #flush} after its own
 * work, and may sleep between {@link #prepareSleep} and {@link #finishSleep}.
 */
public final class StackCore {
  private static final int TRANSMIT_BURST = 256;

  /** Longest sleep if a device can't wake the thread. */
  private static final long POLLED_SLEEP_NANOS = 50_000;

  /**
   * How often to read the devices' error counts and the pool's usage; some NICs answer slowly, and
   * DPDK's pool shouldn't be queried every turn either.
   */
  private static final long REFRESH_INTERVAL_NANOS = 500_000_000;

  private static final Runnable NOBODY = () -> {};

  private final int index;
  private final int cpu;
  private final Clock clock;
  private final MbufPool pool;
  private final Counters counters = new Counters();
  private final NetInterface[] interfaces;
  private final DeviceCounters[] deviceCounters;
  private final IpLayer ip;
  private final TcpCore tcp;
  private final CoreRings rings;
  private final CoreLog log;
  private final TurnInput input;

  private final boolean wakeups;
  private Runnable wakeup = NOBODY;
  private volatile boolean sleeping;

  /** What the wake-up threw, on whatever thread; null once the core's thread has handled it. */
  private volatile Throwable wakeupFailure;

  private final CoreGauges gauges = new CoreGauges();
  private final TurnMeter turns = new TurnMeter();
  private long slowTurnNanos = Long.MAX_VALUE;
  private long nextRefreshNanos;
  private boolean attached;
  private boolean closed;

  /**
   * A device as one core uses it.
   *
   * @param device the device
   * @param queue the core's queue on it
   * @param address the stack's address on it
   * @param prefixLength length of the network prefix, in bits
   */
  record Port(NetDevice device, int queue, int address, int prefixLength) {}

  StackCore(
      int index,
      int cpu,
      Clock clock,
      MbufPool pool,
      List<Port> ports,
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
    interfaces = new NetInterface[ports.size()];
    deviceCounters = new DeviceCounters[ports.size()];
    boolean allWake = true;
    for (int i = 0; i < interfaces.length; i++) {
      Port port = ports.get(i);
      deviceCounters[i] = new DeviceCounters();
      interfaces[i] =
          new NetInterface(
              port.device(),
              port.queue(),
              port.address(),
              port.prefixLength(),
              TRANSMIT_BURST,
              pool,
              counters,
              deviceCounters[i]);
      allWake &= port.device().capabilities().wakeups();
    }
    wakeups = allWake;
    nextRefreshNanos = now + REFRESH_INTERVAL_NANOS;
    ip = new IpLayer(interfaces, routes, staticArp, pool, counters, random, now);
    tcp = new TcpCore(tcpConfig, ip, pool, counters, listeners, random, now);
    ip.transport(tcp.transport());
    rings = new CoreRings(this, pool, counters);
    ip.otherCores(rings);
    input = new TurnInput(interfaces, rings, ip, tcp, pool, counters);
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

  /** Position of the device among this core's interfaces, or -1 when it has no queue on it. */
  int portOf(NetDevice device) {
    for (int i = 0; i < interfaces.length; i++) {
      if (interfaces[i].device() == device) {
        return i;
      }
    }
    return -1;
  }

  /** This core's queue on the device, or -1 when it has none. */
  int queueOf(NetDevice device) {
    int port = portOf(device);
    return port < 0 ? -1 : interfaces[port].queue();
  }

  /**
   * Makes the calling thread the owner, binds it to its CPU and starts the queues. The first call.
   */
  public void attach() {
    attached = true;
    if (cpu >= 0 && !CpuAffinity.pinCurrentThread(cpu)) {
      log.write("cpu " + cpu + " was refused: the thread isn't bound"); // its set has changed
    }
    for (NetInterface netif : interfaces) {
      netif.device().attach(netif.queue(), pool);
      netif.device().onArrival(netif.queue(), this::wakeIfSleeping);
    }
    checkLinks();
    ip.announce();
    log.write("core " + index + " started, " + (cpu < 0 ? "on any cpu" : "cpu " + cpu));
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
    int work = input.receive(now);
    work += tcp.advanceTime();
    work += tcp.dispatch();
    send();
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
    for (NetInterface netif : interfaces) {
      if (ip.checkLink(netif)) {
        log.write(netif.device().name() + ": link " + (netif.isLinkUp() ? "up" : "down"));
      }
    }
  }

  private void refresh(long now) {
    nextRefreshNanos = now + REFRESH_INTERVAL_NANOS;
    gauges.setBuffersInUse(pool.inUse());
    for (NetInterface netif : interfaces) {
      netif.refreshReceiveErrors();
    }
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
    tcp.flush();
    for (NetInterface netif : interfaces) {
      netif.flush();
    }
    rings.reclaim();
    setGauges();
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
    for (NetInterface netif : interfaces) {
      next = Math.min(next, netif.device().nextDeadlineNanos(netif.queue()));
    }
    return next;
  }

  /**
   * Longest time in nanoseconds that the thread may sleep at a busy time, deadlines aside:
   * unbounded if every device can wake it.
   */
  public long maxSleepNanos() {
    return wakeups ? Long.MAX_VALUE : POLLED_SLEEP_NANOS;
  }

  /**
   * Sets what wakes the thread. To be called before {@link #attach}.
   *
   * @param wakeup called from any thread while the core's thread is between {@link #prepareSleep}
   *     and {@link #finishSleep}; may be called more than once; exceptions are counted and logged
   *     when the core's thread wakes up
   */
  public void onArrival(Runnable wakeup) {
    this.wakeup = wakeup;
  }

  /**
   * Announces that the thread is about to sleep.
   *
   * @return false if there is work: the thread must not sleep
   */
  public boolean prepareSleep() {
    sleeping = true;
    VarHandle.fullFence(); // either the sender sees the flag, or we see the packet
    if (mayNotSleep()) {
      finishSleep();
      return false;
    }
    if (turns.isOpen()) {
      countIfSlow(turns.end(clock.nanoTime()));
    }
    turns.sleep();
    return true;
  }

  private boolean mayNotSleep() {
    if (tcp.hasWork()) {
      return true;
    }
    for (PacketRing ring : rings.incoming()) {
      if (!ring.isEmpty()) {
        return true;
      }
    }
    for (NetInterface netif : interfaces) {
      if (netif.pending() > 0 || !netif.device().prepareSleep(netif.queue())) {
        return true;
      }
    }
    return false;
  }

  /** Announces that the thread is awake. */
  public void finishSleep() {
    sleeping = false;
    for (NetInterface netif : interfaces) {
      netif.device().finishSleep(netif.queue());
    }
    turns.wake(takeTime()); // for tasks that run before the next poll
    Throwable failure = wakeupFailure;
    if (failure != null) {
      wakeupFailure = null;
      tcp.thrown(Counter.HANDLER_EXCEPTIONS, "The wake-up", "of its thread", failure);
    }
  }

  /** Called on any thread amid its own work, which must not suffer from what is thrown here. */
  void wakeIfSleeping() {
    if (sleeping) {
      try {
        wakeup.run();
      } catch (Throwable t) {
        wakeupFailure = t;
      }
    }
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
    Map<Counter, Long> counts = new EnumMap<>(Counter.class);
    for (Counter counter : Counter.values()) {
      counts.put(counter, counters.get(counter));
    }
    return new CoreStats(
        index,
        cpu,
        turns.turns(),
        turns.busyTurns(),
        gauges.flows(),
        gauges.connections(),
        gauges.timers(),
        gauges.buffersInUse(),
        counts,
        turns.latency());
  }

  /** This core's counters of a device, or null if it has no queue on it. */
  DeviceCounters deviceCounters(NetDevice device) {
    int port = portOf(device);
    return port < 0 ? null : deviceCounters[port];
  }

  /** Where all of these are read. */
  CoreFigures figures() {
    return new CoreFigures(index, this::stats, this::flows, this::deviceCounters);
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
    closed = true;
    tcp.now(clock.nanoTime());
    tcp.close();
    ip.close();
    rings.close();
    setGauges();
    for (NetInterface netif : interfaces) {
      if (attached) {
        netif.device().detach(netif.queue());
      }
    }
    gauges.setBuffersInUse(pool.inUse());
    writeCounts();
  }

  /**
   * Frees the packet buffers once the devices, which hold some, are closed. Any thread, as the
   * core's own has ended.
   */
  void releaseBuffers() {
    int inUse = pool.inUse();
    for (NetInterface netif : interfaces) {
      inUse -= netif.device().keptBuffers(netif.queue());
    }
    log.write("core " + index + " ended, packet buffers in use: " + inUse);
    log.close();
    pool.close();
  }

  private void writeCounts() {
    for (Counter counter : Counter.values()) {
      if (counters.get(counter) != 0) {
        log.write(counter + " " + counters.get(counter));
      }
    }
    for (int i = 0; i < interfaces.length; i++) {
      DeviceCounters c = deviceCounters[i];
      if (c.rxErrors() != 0) {
        log.write(
            "%s lost on receive: missed %d, no mbuf %d, errors %d"
                .formatted(interfaces[i].device().name(), c.rxMissed(), c.rxNoMbuf(), c.rxBad()));
      }
    }
  }
}
