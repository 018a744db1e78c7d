package org.mosstack;

import java.net.BindException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.SocketException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.random.RandomGenerator;
import org.mosstack.config.MosConfig;
import org.mosstack.device.NetDevice;
import org.mosstack.device.PcapCapture;
import org.mosstack.device.PcapFile;
import org.mosstack.header.Ip4Address;
import org.mosstack.mbuf.MbufPool;
import org.mosstack.os.Libc;
import org.mosstack.report.StatPrinter;
import org.mosstack.report.StatsFile;
import org.mosstack.report.StatsReader;
import org.mosstack.socket.AcceptHandler;
import org.mosstack.socket.Endpoint;
import org.mosstack.socket.SocketOptions;
import org.mosstack.socket.TcpListener;
import org.mosstack.stats.Counter;
import org.mosstack.stats.StackStats;
import org.mosstack.tcp.ListenerTable;

/**
 * A TCP/IP stack in this process: devices and cores, as described by {@code mos.conf}. A process
 * may run several; they share nothing.
 *
 * <p>Each {@link StackCore} is driven by the thread that attaches to it, such as an event loop of
 * the Netty transport. Methods here may be called from any thread, unless stated otherwise.
 */
public final class MosStack implements AutoCloseable {
  private final MosConfig config;
  private final StackCore[] cores;
  private final List<NetDevice> devices;
  private final List<PcapCapture> captures;
  private final int[] addresses;
  private final ListenerTable listeners;
  private final RandomGenerator random;
  private final StatPrinter statPrinter;
  private final StatsReader statsReader;
  private final StatsFile statsFile;
  private final CoreClaims claims;
  private final boolean shared;
  private final CountDownLatch ended = new CountDownLatch(1);
  private final AtomicBoolean closed = new AtomicBoolean();

  /** The last capture; null before the first. Guarded by this. */
  private PcapFile capture;

  MosStack(
      MosConfig config,
      StackCore[] cores,
      List<NetDevice> devices,
      List<PcapCapture> captures,
      int[] addresses,
      ListenerTable listeners,
      RandomGenerator random,
      StatPrinter statPrinter,
      StatsReader statsReader,
      StatsFile statsFile,
      boolean shared) {
    this.config = config;
    this.cores = cores;
    this.devices = devices;
    this.captures = captures;
    this.addresses = addresses;
    this.listeners = listeners;
    this.random = random;
    this.statPrinter = statPrinter;
    this.statsReader = statsReader;
    this.statsFile = statsFile;
    this.shared = shared;
    claims = new CoreClaims(cores, this::end);
  }

  /**
   * Starts a stack on this machine.
   *
   * @throws org.mosstack.config.ConfigException if the machine lacks something that the
   *     configuration asks for
   */
  public static MosStack start(MosConfig config) {
    return builder(config).start();
  }

  /**
   * Returns why no stack can run in this JVM: it isn't on Linux, or native access is denied.
   *
   * @return the cause, or null if a stack can run
   */
  public static Throwable unavailabilityCause() {
    return Availability.UNAVAILABILITY_CAUSE;
  }

  /** Found out once, when first asked for. */
  private static final class Availability {
    static final Throwable UNAVAILABILITY_CAUSE = find();

    private static Throwable find() {
      String os = System.getProperty("os.name", "");
      if (!os.equals("Linux")) {
        return new UnsupportedOperationException("A stack needs Linux, this is " + os);
      }
      try {
        // By itself, first: what it is denied while a class initializes is told only once.
        Libc.MMAP.link();
        new MbufPool(1, MbufPool.DEFAULT_DATA_ROOM_BYTES).close();
        return null;
      } catch (IllegalCallerException e) {
        return new IllegalCallerException(
            "Native access is denied to the stack: start the JVM with --enable-native-access="
                + (MosStack.class.getModule().isNamed() ? "org.mosstack" : "ALL-UNNAMED"),
            e);
      } catch (RuntimeException | Error e) {
        return rootCause(e);
      }
    }

    /** What made linking or mapping memory fail. */
    private static Throwable rootCause(Throwable failure) {
      Throwable root = failure;
      while (root.getCause() != null) {
        root = root.getCause();
      }
      return root;
    }
  }

  /**
   * The stack that everything in this process shares that doesn't bring one of its own. It is
   * started at first use, as configured by the file that the system property {@code mos.conf}
   * names, else by that of the environment variable {@code MOS_CONF}, else by a resource {@code
   * mos.conf} of the class path. Without any of them, it has a core for each CPU of the process and
   * the defaults of {@link MosConfig#builder}, with the loopback alone.
   *
   * <p>From this call on, it goes on until it is {@linkplain #close closed}, or the process ends; a
   * stack that is only {@linkplain StackLease leased}, as by event loop groups, ends with the last
   * lease. Where the process ends first, connections that are being closed get 2 seconds to end in
   * an orderly way if no loop drives the stack; loops are to be shut down.
   *
   * @return the stack; another one if the last one has been closed
   * @throws org.mosstack.config.ConfigException if it can't be started
   */
  public static MosStack shared() {
    return SharedStack.PROCESS.keep();
  }

  /** Whether this is, or was, the stack that the process shares. */
  public boolean isShared() {
    return shared;
  }

  /** Whether it hasn't been closed. */
  boolean isOpen() {
    return !closed.get();
  }

  /** Waits until a stack that is ending has closed its devices. */
  void awaitEnd() {
    boolean interrupted = false;
    while (true) {
      try {
        ended.await();
        break;
      } catch (InterruptedException _) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Returns a builder for a stack with the caller's own devices, clock or limits. */
  public static MosStackBuilder builder(MosConfig config) {
    return new MosStackBuilder(config);
  }

  /** The configuration that the stack was started with. */
  public MosConfig config() {
    return config;
  }

  /** Number of cores, at least 1. */
  public int cores() {
    return cores.length;
  }

  /** A core, by its index from 0. */
  public StackCore core(int index) {
    return cores[index];
  }

  /**
   * Keeps all cores for drivers that will come for them by {@link #claim(int, CoreDriver)}, such as
   * the loops of one event loop group.
   *
   * @throws IllegalStateException if somebody has one already, or the stack has ended
   */
  public void reserve() {
    claims.reserve();
  }

  /**
   * Gives a driver a core that was {@linkplain #reserve() kept} for it: its thread is to call
   * {@link StackCore#attach} next.
   *
   * @param core the core's index
   * @return the core
   * @throws IllegalStateException if the core wasn't kept
   */
  public StackCore claim(int core, CoreDriver driver) {
    return claims.claim(core, driver);
  }

  /**
   * Says that nobody will come for a core that was {@linkplain #reserve() kept}.
   *
   * @param core the core's index
   */
  public void forgo(int core) {
    claims.forgo(core, 0);
  }

  /**
   * Gives a driver the first core that nobody has: its thread is to call {@link StackCore#attach}
   * next. Waits until no other thread is in a turn of that core. From the first claim on, the cores
   * that nobody has are driven by a thread of the stack's own, and new flows that arrive there can
   * be served by the others ({@link org.mosstack.socket.AcceptHandler#servingCore}).
   *
   * <p>A driver that gets none still counts as one until it is {@linkplain #release released}, and
   * is told when there may be one.
   *
   * @return the core, or null if there is none left, or the stack has ended
   */
  public StackCore claim(CoreDriver driver) {
    return claims.claim(driver);
  }

  /**
   * Takes back a driver's core, if it has one, on its thread: its last call. The core and its
   * connections go on, on another thread, until the last driver leaves. That one closes the stack,
   * after the connections that are being closed have had some time to end in an orderly way: with
   * what was written sent, the FINs too, and all of it acknowledged. What is left is reset.
   *
   * @param drainNanos the longest time for that
   */
  public void release(CoreDriver driver, long drainNanos) {
    claims.release(driver, drainNanos);
  }

  /**
   * Keeps the stack going.
   *
   * @return false if it has ended
   */
  boolean lease() {
    return claims.lease();
  }

  /** Gives a lease back. */
  void endLease() {
    claims.endLease();
  }

  /** Called when the process ends. */
  void processEnds() {
    claims.processEnds();
  }

  /** Has threads of the stack's own drive the cores. */
  void driveCores() {
    claims.driveAll();
  }

  /** The devices as the cores use them, the loopback last. */
  List<NetDevice> devices() {
    return devices;
  }

  /** Whether the address is one of the stack's own; all of 127.0.0.0/8 counts. */
  public boolean isLocal(InetAddress address) {
    return address instanceof Inet4Address ipv4 && isLocal(Ip4Address.fromInet(ipv4));
  }

  private boolean isLocal(int address) {
    if (Ip4Address.isLoopback(address)) {
      return true;
    }
    for (int own : addresses) {
      if (own == address) {
        return true;
      }
    }
    return false;
  }

  /**
   * Whether the stack has a way to a peer: a device's network or a route. If the address is the
   * stack's own, whether somebody listens there.
   *
   * @param remote an address and a port
   */
  public boolean reaches(Endpoint remote) {
    if (!(remote.address() instanceof Inet4Address peer)) {
      return false;
    }
    int address = Ip4Address.fromInet(peer);
    if (isLocal(address)) {
      return listeners.isBound(address, remote.port());
    }
    return config.netdevs().stream()
            .anyMatch(device -> device.address().filter(net -> net.contains(peer)).isPresent())
        || config.routeTable().stream().anyMatch(route -> route.network().contains(peer));
  }

  /**
   * Listens for connections on every core.
   *
   * @param local one of the stack's addresses, or an unspecified one for all; port 0 chooses a free
   *     one
   * @param backlog established connections per core that may wait to be accepted, at least 1
   * @param options initial options of accepted connections; {@link
   *     TcpListener#options(SocketOptions)} changes them
   * @param reusePortCore -1 for an exclusive bind; else the core whose flows go to this listener,
   *     as with SO_REUSEPORT: others may bind the same port for other cores, and flows of cores
   *     without a listener of their own go to one of them
   * @param handler notified, on each core's thread, of connections to accept
   * @return the listener
   * @throws BindException if the address isn't the stack's, or is in use
   * @throws SocketException if the address isn't of IPv4
   */
  public TcpListener listen(
      Endpoint local, int backlog, SocketOptions options, int reusePortCore, AcceptHandler handler)
      throws SocketException {
    int address = Ip4Address.fromInet(local.ipv4());
    if (address != 0 && !isLocal(address)) {
      throw new BindException("Cannot assign requested address: " + local);
    }
    return listeners.bind(address, local.port(), backlog, options, reusePortCore, handler, random);
  }

  /** Sum of a counter over the cores, as of their last turns. */
  public long count(Counter counter) {
    long sum = 0;
    for (StackCore core : cores) {
      sum += core.counters().get(counter);
    }
    return sum;
  }

  /** Connections of any state, as of the cores' last turns. */
  public int flows() {
    int sum = 0;
    for (StackCore core : cores) {
      sum += core.flows();
    }
    return sum;
  }

  /**
   * Reads all figures of cores, devices and listeners. Takes some microseconds per core, on the
   * caller's thread alone: no core waits or does any work for it. May also be called after {@link
   * #close}.
   *
   * @return the current figures
   */
  public StackStats stats() {
    return statsReader.read();
  }

  /**
   * Captures what the ports of the configuration receive and send, all of them in one file, until
   * that has ended; {@link PcapFile#pause} interrupts it. Packets that stay in the process, over
   * {@code lo}, aren't captured. The file is closed with the stack.
   *
   * @param file what to take, and where to put it
   * @throws IllegalStateException if another capture hasn't ended yet, or the stack is closed: the
   *     file is the caller's to close then
   */
  public synchronized void capture(PcapFile file) {
    if (closed.get()) {
      throw new IllegalStateException("The stack is closed: nothing to capture to " + file.path());
    }
    if (capture != null && !capture.hasEnded()) {
      throw new IllegalStateException("packets are already being captured to " + capture.path());
    }
    captures.forEach(port -> port.start(file));
    capture = file; // held here too: the stack may have no ports
  }

  private synchronized Optional<PcapFile> lastCapture() {
    return Optional.ofNullable(capture);
  }

  /**
   * Shuts down the stack. To be called once the threads of its cores have called {@link
   * StackCore#close}, or if none ever attached; {@link #release} of the last driver calls it. A
   * stack whose cores have threads of their own ({@code cores = separate}) is closed by this call
   * alone, which gives connections that are being closed 2 seconds to end in an orderly way. Of the
   * {@linkplain #shared shared} one, this ends what {@link #shared} began: it goes on while it is
   * leased. Further calls do nothing.
   */
  @Override
  public void close() {
    if (shared) {
      SharedStack.PROCESS.keepNoLonger(this);
    } else {
      claims.stop();
      end();
    }
  }

  /** Closes cores that no thread drives, and devices. */
  private void end() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    statPrinter.stop();
    for (StackCore core : cores) {
      core.close();
    }
    statsFile.stop(); // with the last figures
    devices.forEach(NetDevice::close);
    lastCapture().ifPresent(PcapFile::close);
    for (StackCore core : cores) {
      core.releaseBuffers();
    }
    ended.countDown();
  }
}
