package org.mosstack.tcp;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.BindException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.mosstack.header.Ip4Address;
import org.mosstack.socket.AcceptHandler;
import org.mosstack.socket.SocketOptions;
import org.mosstack.stats.ListenerStats;

/**
 * The listeners of a stack by port, shared by its cores. Changed rarely, under a lock; read for
 * each SYN without one: a port's listeners are an immutable array, published with release and read
 * with acquire.
 */
public final class ListenerTable {
  private static final VarHandle PORTS = MethodHandles.arrayElementVarHandle(Listener[][].class);
  private static final int MAX_PORT = 0xFFFF;

  private final Listener[][] ports = new Listener[MAX_PORT + 1][];
  private final int cores;

  /** All listeners, so that statistics needn't look at each port. */
  private volatile List<Listener> all = List.of();

  private final IsnGenerator isnGenerator;
  private final SynCookies synCookies;

  /** By arrival core; all are set before any core's thread starts. */
  private final MovedFlows[] movedFlows;

  private final FastOpenCookies fastOpenCookies;

  /**
   * Creates an empty table.
   *
   * @param cores number of cores of the stack
   * @param random for the secrets of cookies, sequence numbers and timestamps, which all cores
   *     share because a flow's next connection may be on another one
   */
  public ListenerTable(int cores, RandomGenerator random) {
    this.cores = cores;
    fastOpenCookies = new FastOpenCookies(random);
    isnGenerator = new IsnGenerator(random);
    synCookies = new SynCookies(random);
    movedFlows = new MovedFlows[cores];
  }

  /**
   * Binds a listener. Any thread.
   *
   * @param address a local address, or 0 for all
   * @param port 1 to 65535, or 0 for a free one chosen at random
   * @param backlog established connections per core that may wait for accept, at least 1
   * @param options the options that connections start with
   * @param reusePortCore core whose flows it accepts (SO_REUSEPORT), or -1 for an exclusive bind
   * @param handler notified of connections to accept
   * @param random for choosing a free port
   * @return the listener
   * @throws BindException if the address is in use
   */
  public synchronized Listener bind(
      int address,
      int port,
      int backlog,
      SocketOptions options,
      int reusePortCore,
      AcceptHandler handler,
      RandomGenerator random)
      throws BindException {
    int chosen = port == 0 ? freePort(address, random) : port;
    Listener[] group = ports[chosen];
    if (group != null && conflict(group, address, reusePortCore >= 0)) {
      throw new BindException(
          "Address already in use: " + Ip4Address.format(address) + ":" + chosen);
    }
    Listener listener =
        new Listener(this, address, chosen, backlog, options, reusePortCore, handler, cores);
    int old = group == null ? 0 : group.length;
    Listener[] larger = group == null ? new Listener[1] : Arrays.copyOf(group, old + 1);
    larger[old] = listener;
    PORTS.setRelease(ports, chosen, larger);
    List<Listener> more = new ArrayList<>(all);
    more.add(listener);
    all = List.copyOf(more);
    return listener;
  }

  /**
   * Returns the figures of the bound listeners, in the order in which they were bound. Any thread.
   */
  public List<ListenerStats> stats() {
    return all.stream().map(Listener::stats).toList();
  }

  /** Returns the bound listeners, in the same order. Any thread. */
  List<Listener> all() {
    return all;
  }

  private int freePort(int address, RandomGenerator random) throws BindException {
    int first = random.nextInt(PortRange.COUNT);
    for (int i = 0; i < PortRange.COUNT; i++) {
      int port = PortRange.FIRST + (first + i) % PortRange.COUNT;
      if (ports[port] == null || !conflict(ports[port], address, false)) {
        return port;
      }
    }
    throw new BindException(
        "Address already in use: no free port on " + Ip4Address.format(address));
  }

  private static boolean conflict(Listener[] group, int address, boolean reusePort) {
    for (Listener other : group) {
      boolean overlap = other.address == address || other.address == 0 || address == 0;
      if (overlap && !(reusePort && other.reusePortCore >= 0)) {
        return true;
      }
    }
    return false;
  }

  /** Number of cores of the stack. */
  int cores() {
    return cores;
  }

  FastOpenCookies fastOpenCookies() {
    return fastOpenCookies;
  }

  IsnGenerator isnGenerator() {
    return isnGenerator;
  }

  SynCookies synCookies() {
    return synCookies;
  }

  /** The flows that arrive at a core and are served by others. */
  MovedFlows movedFlows(int core) {
    return movedFlows[core];
  }

  void movedFlows(int core, MovedFlows table) {
    movedFlows[core] = table;
  }

  /** Whether anything listens on the port of the address; any thread. */
  public boolean isBound(int address, int port) {
    return find(address, port, 0, 0) != null;
  }

  /** Whether anything listens on the port; any thread. */
  boolean isBound(int port) {
    return PORTS.getAcquire(ports, port) != null;
  }

  /**
   * The listener for a SYN, or null: one bound to the exact address before one bound to all; one
   * bound for this core before any other, of which the flow's hash picks one.
   */
  Listener find(int address, int port, int core, int hash) {
    Listener[] group = (Listener[]) PORTS.getAcquire(ports, port);
    if (group == null) {
      return null;
    }
    Listener found = pick(group, address, core, hash);
    return found != null ? found : pick(group, 0, core, hash);
  }

  private static Listener pick(Listener[] group, int address, int core, int hash) {
    int candidates = 0;
    for (Listener listener : group) {
      if (listener.address == address) {
        if (listener.reusePortCore == core) {
          return listener;
        }
        candidates++;
      }
    }
    int wanted = candidates == 0 ? -1 : Math.floorMod(hash, candidates);
    for (Listener listener : group) {
      if (listener.address == address && wanted-- == 0) {
        return listener;
      }
    }
    return null;
  }

  synchronized void remove(Listener listener) {
    Listener[] group = ports[listener.port];
    if (group == null) {
      return;
    }
    List<Listener> others = new ArrayList<>(all);
    others.remove(listener);
    all = List.copyOf(others);
    List<Listener> left = new ArrayList<>(List.of(group));
    left.remove(listener);
    PORTS.setRelease(ports, listener.port, left.isEmpty() ? null : left.toArray(Listener[]::new));
  }
}
