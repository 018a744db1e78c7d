package org.mosstack;

import java.io.IOException;
import java.io.PrintStream;
import java.net.Inet4Address;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.mosstack.config.ConfigException;
import org.mosstack.config.CoreMask;
import org.mosstack.config.CoreThreads;
import org.mosstack.config.Driver;
import org.mosstack.config.FastOpenMode;
import org.mosstack.config.Ip4Prefix;
import org.mosstack.config.MosConfig;
import org.mosstack.config.MosKeys;
import org.mosstack.config.NetdevConfig;
import org.mosstack.config.RouteEntry;
import org.mosstack.device.DeviceFactory;
import org.mosstack.device.Loopback;
import org.mosstack.device.NetDevice;
import org.mosstack.device.PcapCapture;
import org.mosstack.device.WireHub;
import org.mosstack.device.steering.SteeredDevice;
import org.mosstack.dpdk.DpdkDevices;
import org.mosstack.header.Ip4Address;
import org.mosstack.ip.RouteTable;
import org.mosstack.mbuf.MbufPool;
import org.mosstack.os.CpuSet;
import org.mosstack.os.OutputFiles;
import org.mosstack.random.KeyedRandom;
import org.mosstack.report.CoreFigures;
import org.mosstack.report.CoreLog;
import org.mosstack.report.StatPrinter;
import org.mosstack.report.StatsFile;
import org.mosstack.report.StatsReader;
import org.mosstack.tcp.ListenerTable;
import org.mosstack.tcp.TcpConfig;
import org.mosstack.tcp.TcpProtection;
import org.mosstack.time.Clock;

/** Assembles a {@link MosStack}. */
public final class MosStackBuilder {
  private static final String LOOPBACK_NAME = "lo";
  private static final int LOOPBACK_MTU = 1500;
  private static final Ip4Prefix LOOPBACK_ADDRESS =
      new Ip4Prefix(Ip4Address.toInet(0x7F00_0001), 8);

  /** Buffers of a core beyond those of its sockets: those in rings, bursts and ARP queues. */
  private static final int RING_BUFFERS = 16_384;

  private static final String DRIVER = "[a-z][a-z0-9_]*";

  private final MosConfig config;
  private final Map<String, DeviceFactory> drivers = new TreeMap<>();
  private UnaryOperator<NetDevice> decorator = UnaryOperator.identity();
  private Clock clock = Clock.SYSTEM;
  private RandomGenerator random = new KeyedRandom();
  private boolean allowOversubscribe;
  private int coreLimit = Integer.MAX_VALUE;
  private String application;
  private PrintStream statOutput = System.err;
  private boolean shared;

  /** DPDK's devices of the stack that is being started; null without any. */
  private DpdkDevices dpdk;

  /** The stack's own wires; null without any. */
  private WireHub wires;

  /** Whether the stack that is being started binds its threads. */
  private Pinning pinning;

  /**
   * An opened device of the configuration.
   *
   * @param capture what it is wrapped in; empty for the loopback
   */
  private record Opened(
      NetDevice device, Optional<PcapCapture> capture, Ip4Prefix address, List<Integer> cores) {
    int ip() {
      return Ip4Address.fromInet(address.address());
    }
  }

  MosStackBuilder(MosConfig config) {
    this.config = config;
  }

  /**
   * Adds a driver beside DPDK's: {@code netdev} lines name it as {@code <name>=<arguments>}.
   * Without one for {@code wire}, a stack's wires are its own; stacks that are to be wired together
   * share a {@link WireHub}.
   *
   * @param name begins with a lower-case letter, and has only those, digits and _
   * @throws IllegalArgumentException if it hasn't, or is {@code pci} or {@code net_...}, which are
   *     DPDK's
   */
  public MosStackBuilder device(String name, DeviceFactory factory) {
    if (!name.matches(DRIVER) || new Driver(name, "").isDpdk()) {
      throw new IllegalArgumentException(
          "driver: read \"" + name + "\", allowed: " + DRIVER + ", but not DPDK's pci and net_...");
    }
    drivers.put(name, factory);
    return this;
  }

  /**
   * Wraps each port of the configuration, DPDK's too, in a device that changes what it does, such
   * as a {@link org.mosstack.device.FaultInjector} or a {@link
   * org.mosstack.device.ForwardingDevice} of the program's own. Not {@code lo}, which is no port.
   *
   * <p>The decorator is called once for each port, in the order of the configuration, before it is
   * started; it returns the device itself where there is nothing to change. Of several, the one
   * that was set first is nearest to the port. Captures stand between them and the stack: they see
   * what the decorators make of received packets, and sent packets as the stack hands them over.
   */
  public MosStackBuilder decorate(UnaryOperator<NetDevice> decorator) {
    UnaryOperator<NetDevice> inner = this.decorator;
    this.decorator = port -> decorator.apply(inner.apply(port));
    return this;
  }

  /** Sets the clock; {@link Clock#SYSTEM} by default. */
  public MosStackBuilder clock(Clock clock) {
    this.clock = clock;
    return this;
  }

  /** Derives all randomness from a seed: for tests only, as secrets become predictable. */
  public MosStackBuilder seed(long seed) {
    random = new SplittableRandom(seed);
    return this;
  }

  /**
   * Lets masks name more cores than the machine has: the threads share its CPUs, and are bound to
   * none.
   */
  public MosStackBuilder allowOversubscribe(boolean allow) {
    allowOversubscribe = allow;
    return this;
  }

  /**
   * Uses only the first cores of the mask, as an application's {@code core_limit} asks.
   *
   * @param cores maximum number of cores; 0 for all
   */
  public MosStackBuilder coreLimit(int cores) {
    coreLimit = cores == 0 ? Integer.MAX_VALUE : cores;
    return this;
  }

  /** Sets the name of the running application; the log notes if {@code run} names another. */
  public MosStackBuilder application(String name) {
    application = name;
    return this;
  }

  /** Sets where {@code stat_print} lines go; the standard error stream by default. */
  public MosStackBuilder statOutput(PrintStream out) {
    statOutput = out;
    return this;
  }

  /** Makes it the stack that the process shares. */
  MosStackBuilder shared() {
    shared = true;
    return this;
  }

  /**
   * Opens the devices and creates the cores. May be called again, for another stack.
   *
   * @throws ConfigException if the machine lacks something that the configuration asks for, or no
   *     stack can run in this JVM ({@link MosStack#unavailabilityCause()})
   */
  public MosStack start() {
    Throwable unavailable = MosStack.unavailabilityCause();
    if (unavailable != null) {
      throw new ConfigException(unavailable.getMessage(), unavailable);
    }
    int available = Runtime.getRuntime().availableProcessors();
    CoreMask mask = config.requireCores(CpuSet.online().length(), available, allowOversubscribe);
    int[] cpus = mask.cores().limit(coreLimit).toArray();
    boolean chosen = config.choosesCpus() && !allowOversubscribe;
    pinning = Pinning.of(chosen, cpus, CpuSet.allowed(), available);
    StatsFile statsFile = StatsFile.open(config);
    dpdk = null;
    wires = null;
    List<Opened> opened = new ArrayList<>();
    StackCore[] cores = new StackCore[cpus.length];
    try {
      config.netdevs().forEach(netdev -> opened.add(open(netdev, cpus)));
      MosStack stack = assemble(cpus, opened, cores, statsFile);
      if (config.get(MosKeys.CORES) == CoreThreads.SEPARATE) {
        stack.driveCores();
      }
      return stack;
    } catch (RuntimeException | OutOfMemoryError e) {
      Stream.of(cores).filter(Objects::nonNull).forEach(StackCore::close);
      statsFile.stop();
      opened.forEach(o -> o.device().close());
      Stream.of(cores).filter(Objects::nonNull).forEach(StackCore::releaseBuffers);
      throw e;
    }
  }

  private Opened open(NetdevConfig netdev, int[] cpus) {
    List<Integer> users = new ArrayList<>();
    for (int i = 0; i < cpus.length; i++) {
      if (netdev.cores().contains(cpus[i])) {
        users.add(i);
      }
    }
    if (users.isEmpty()) {
      throw config.error(netdev, "a mask with one of the cores that are used");
    }
    Ip4Prefix address = netdev.address().orElseGet(() -> kernelAddress(netdev));
    try {
      PcapCapture capture = new PcapCapture(decorated(create(netdev, users.size(), cpus)), clock);
      NetDevice device = capture;
      if (device.queues() < users.size()
          || users.size() > 1 && device.capabilities().rss().isEmpty()) {
        device = new SteeredDevice(device, users.size(), random);
      }
      return new Opened(device, Optional.of(capture), address, users);
    } catch (IllegalArgumentException e) {
      throw new ConfigException(e.getMessage(), e);
    } catch (IOException e) {
      throw new ConfigException(netdev.name() + ": " + e.getMessage(), e);
    }
  }

  private NetDevice decorated(NetDevice port) {
    try {
      return Objects.requireNonNull(decorator.apply(port), "a decorator's device");
    } catch (RuntimeException e) {
      port.close();
      throw e;
    }
  }

  private NetDevice create(NetdevConfig netdev, int queues, int[] cpus) throws IOException {
    if (netdev.isDpdk()) {
      if (dpdk == null) {
        dpdk = new DpdkDevices(config, cpus[0], cpus.length, buffersPerCore(), random);
      }
      return dpdk.open(netdev, queues);
    }
    Driver driver = netdev.driver().orElseThrow();
    return driver(netdev, driver.name()).create(netdev.name(), driver.arguments(), queues);
  }

  private DeviceFactory driver(NetdevConfig netdev, String name) {
    DeviceFactory driver = drivers.get(name);
    if (driver == null && name.equals(WireHub.WIRE)) {
      wires = wires == null ? new WireHub(random) : wires;
      return wires;
    }
    if (driver == null) {
      String own = drivers.isEmpty() ? "none" : String.join(", ", drivers.keySet());
      throw config.error(
          netdev,
          "a driver that there is: wire, pci, net_<name> of DPDK's, or one that the program adds,"
              + " here "
              + own);
    }
    return driver;
  }

  private int buffersPerCore() {
    return config.get(MosKeys.MAX_NUM_BUFFERS) + RING_BUFFERS;
  }

  /** The original took a device's address from the kernel's interface of the same name. */
  private Ip4Prefix kernelAddress(NetdevConfig netdev) {
    try {
      NetworkInterface kernel = NetworkInterface.getByName(netdev.name());
      if (kernel != null) {
        for (InterfaceAddress a : kernel.getInterfaceAddresses()) {
          if (a.getAddress() instanceof Inet4Address v4) {
            return new Ip4Prefix(v4, a.getNetworkPrefixLength());
          }
        }
      }
    } catch (SocketException e) {
      throw new ConfigException("netdev " + netdev.name() + ": " + e.getMessage(), e);
    }
    throw config.error(
        netdev,
        "an address on the line, <ip>/<prefix>, as no kernel interface of that name has one");
  }

  private MosStack assemble(
      int[] cpus, List<Opened> opened, StackCore[] cores, StatsFile statsFile) {
    NetDevice loopback = new Loopback(LOOPBACK_NAME, cpus.length, LOOPBACK_MTU, random);
    List<Integer> all = new ArrayList<>();
    for (int i = 0; i < cpus.length; i++) {
      all.add(i);
    }
    opened.add(new Opened(loopback, Optional.empty(), LOOPBACK_ADDRESS, all));
    ListenerTable listeners = new ListenerTable(cpus.length, new KeyedRandom(random));
    for (int i = 0; i < cores.length; i++) {
      cores[i] = core(i, cpus, opened, listeners);
    }
    opened.forEach(o -> start(o, cores));
    for (StackCore core : cores) {
      core.connect(cores);
    }
    tellNotes(cores[0].log());
    List<NetDevice> devices = opened.stream().map(Opened::device).toList();
    List<CoreFigures> figures = Stream.of(cores).map(StackCore::figures).toList();
    StatPrinter printer = new StatPrinter(figures, cpus, printed(devices), statOutput);
    if (!config.get(MosKeys.STAT_PRINT).isEmpty()) {
      printer.start();
    }
    String name = application == null ? config.get(MosKeys.RUN).getFirst() : application;
    StatsReader statsReader = new StatsReader(name, clock, figures, devices, listeners::stats);
    statsFile.start(statsReader::read);
    int[] addresses = opened.stream().mapToInt(Opened::ip).toArray();
    List<PcapCapture> captures = opened.stream().flatMap(o -> o.capture().stream()).toList();
    return new MosStack(
        config,
        cores,
        devices,
        captures,
        addresses,
        listeners,
        random,
        printer,
        statsReader,
        statsFile,
        shared);
  }

  private static void start(Opened o, StackCore[] cores) {
    try {
      o.device().start(o.cores().stream().map(index -> cores[index].pool()).toList());
    } catch (IllegalStateException e) {
      throw new ConfigException(e.getMessage(), e);
    }
  }

  private void tellNotes(CoreLog log) {
    List<String> notes = new ArrayList<>(config.notes());
    pinning.note().ifPresent(notes::add);
    List<String> command = config.get(MosKeys.RUN);
    String run = command.getFirst();
    if (application != null && !application.equals(run)) {
      notes.add("run = " + run + " has no effect: " + application + " was started");
    }
    if (command.size() > 1) {
      notes.add("the arguments of run have no effect: give them on the command line");
    }
    for (String note : notes) {
      if (config.find(MosKeys.MOS_LOG).isPresent()) {
        log.write(note);
      } else {
        System.getLogger(MosStack.class.getName()).log(System.Logger.Level.INFO, note);
      }
    }
  }

  private List<NetDevice> printed(List<NetDevice> devices) {
    List<String> names = config.get(MosKeys.STAT_PRINT);
    return devices.stream().filter(d -> names.contains(d.name())).toList();
  }

  private StackCore core(int index, int[] cpus, List<Opened> opened, ListenerTable listeners) {
    List<CorePorts.Port> ports = new ArrayList<>();
    RouteTable.Builder routes = RouteTable.builder();
    int dataRoom = MbufPool.DEFAULT_DATA_ROOM_BYTES;
    for (Opened o : opened) {
      int queue = o.cores().indexOf(index);
      if (queue < 0) {
        continue;
      }
      int prefixLength = o.address().prefixLength();
      routes.onLink(ports.size(), o.ip(), prefixLength);
      for (RouteEntry route : config.routeTable()) {
        if (route.device().equals(o.device().name())) {
          int network = Ip4Address.fromInet(route.network().address());
          int gateway = route.gateway().map(Ip4Address::fromInet).orElse(0);
          routes.route(network, route.network().prefixLength(), ports.size(), gateway);
        }
      }
      ports.add(new CorePorts.Port(o.device(), queue, o.ip(), prefixLength));
      dataRoom = Math.max(dataRoom, o.device().frameBytes());
    }
    CoreLog log = log(cpus[index]);
    MbufPool pool = dpdk == null ? new MbufPool(buffersPerCore(), dataRoom) : dpdk.pool(dataRoom);
    int cpu = pinning.isOn() ? cpus[index] : -1;
    return new StackCore(
        index,
        cpu,
        clock,
        pool,
        ports,
        routes.build(),
        config.arpTable(),
        tcpConfig(index, cpus.length),
        listeners,
        new KeyedRandom(random),
        log);
  }

  private CoreLog log(int cpu) {
    Path folder = config.find(MosKeys.MOS_LOG).orElse(null);
    if (folder == null) {
      return CoreLog.none();
    }
    try {
      return CoreLog.open(folder, cpu);
    } catch (IOException e) {
      throw config.unwritable(MosKeys.MOS_LOG, folder, OutputFiles.reason(e));
    }
  }

  private TcpProtection protection(int cores) {
    long memory = config.get(MosKeys.TCP_MEM);
    FastOpenMode fastOpen = config.get(MosKeys.TCP_FASTOPEN);
    return new TcpProtection(
        config.get(MosKeys.TCP_SYNCOOKIES),
        memory == 0 ? 0 : Math.max(1, memory / cores),
        config.get(MosKeys.TCP_LISTENER_MEM),
        TimeUnit.SECONDS.toNanos(config.get(MosKeys.TCP_ZERO_WINDOW_TIMEOUT)),
        fastOpen.isClient(),
        fastOpen.isServer());
  }

  private TcpConfig tcpConfig(int core, int cores) {
    int idle = config.get(MosKeys.TCP_TIMEOUT);
    return new TcpConfig(
        core,
        config.get(MosKeys.MAX_CONCURRENCY),
        config.get(MosKeys.MAX_NUM_BUFFERS),
        config.get(MosKeys.RMEM_SIZE),
        config.get(MosKeys.WMEM_SIZE),
        TimeUnit.SECONDS.toNanos(config.get(MosKeys.TCP_TW_INTERVAL)),
        idle < 0 ? 0 : TimeUnit.SECONDS.toNanos(idle),
        config.get(MosKeys.TCP_CONGESTION),
        config.get(MosKeys.TCP_PACING),
        config.get(MosKeys.TCP_ECN),
        protection(cores));
  }
}
