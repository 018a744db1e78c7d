package org.mosstack.dpdk;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.mosstack.config.ConfigException;
import org.mosstack.config.Driver;
import org.mosstack.config.MosConfig;
import org.mosstack.config.MosKeys;
import org.mosstack.config.NetdevConfig;
import org.mosstack.device.NetDevice;
import org.mosstack.device.steering.RssDevice;
import org.mosstack.mbuf.MbufPool;
import org.mosstack.os.CpuSet;
import org.mosstack.os.OutputFiles;

/**
 * Opens the DPDK ports of one stack: starts the EAL, adds the devices, and creates the pools that
 * their queues receive into. On the thread that starts the stack.
 */
public final class DpdkDevices {
  /** The original's port names: dpdk0 is the EAL's port 0. */
  private static final Pattern PORT_NAME = Pattern.compile("dpdk(\\d{1,3})");

  private static final String EAL_LOG = "log_eal";

  /** Memory for queues, tables and DPDK's own needs, besides the pools. */
  private static final long EXTRA_BYTES = 64L << 20;

  private final MosConfig config;
  private final int cpu;
  private final int cores;
  private final int buffersPerCore;
  private final RandomGenerator random;
  private Eal eal;
  private int pools;

  /**
   * Creates one that has done nothing yet.
   *
   * @param cpu the number of the stack's first core
   * @param cores the number of the stack's cores, each of which gets a pool
   * @param buffersPerCore packet buffers in each pool
   * @param random generates RSS keys
   */
  public DpdkDevices(
      MosConfig config, int cpu, int cores, int buffersPerCore, RandomGenerator random) {
    this.config = config;
    this.cpu = cpu;
    this.cores = cores;
    this.buffersPerCore = buffersPerCore;
    this.random = random;
  }

  /**
   * Adds a device, or takes the port that the EAL found, and configures it.
   *
   * @param queues the number wanted; the port may have fewer
   * @throws ConfigException if that can't be done, with what to do
   */
  public NetDevice open(NetdevConfig netdev, int queues) {
    if (eal == null) {
      config.netdevs().forEach(DpdkDevices::checkBinding); // the EAL takes them when it starts
      eal = Eal.start(ealOptions());
    }
    return netdev
        .driver()
        .map(driver -> add(netdev.name(), PortOptions.of(driver), queues))
        .orElseGet(() -> found(netdev, queues));
  }

  private static void checkBinding(NetdevConfig netdev) {
    netdev
        .driver()
        .map(PortOptions::of)
        .filter(PortOptions::isPci)
        .ifPresent(options -> PciBinding.HERE.check(netdev.name(), options.pciAddress()));
  }

  private EalOptions ealOptions() {
    long needed = EXTRA_BYTES + cores * Mempool.bytes(buffersPerCore, dataRoom(config));
    long free = HugePages.freeBytes();
    boolean required = config.find(MosKeys.HUGEPAGES).orElse(false);
    boolean forbidden = !config.find(MosKeys.HUGEPAGES).orElse(true);
    if (required && free < needed) {
      throw config.conflict(
          MosKeys.HUGEPAGES,
          (free >> 20)
              + " MiB of huge pages are free of "
              + (needed >> 20)
              + " MiB needed: bin/setup --hugepages N reserves N of them");
    }
    CpuSet allowed = CpuSet.allowed();
    List<Driver> drivers = config.netdevs().stream().flatMap(n -> n.driver().stream()).toList();
    return new EalOptions(
        allowed.contains(cpu) ? cpu : allowed.first(),
        config.get(MosKeys.NB_MEM_CHANNELS),
        !forbidden && free >= needed,
        needed,
        drivers.stream()
            .filter(d -> d.name().equals(Driver.PCI))
            .map(d -> PortOptions.of(d).pciAddress())
            .toList(),
        config.netdevs().stream().anyMatch(n -> n.driver().isEmpty()),
        log());
  }

  private static int dataRoom(MosConfig config) {
    return config.netdevs().stream()
        .flatMap(n -> n.driver().stream())
        .filter(Driver::isDpdk)
        .map(PortOptions::of)
        .mapToInt(o -> VirtualDrivers.frameBytes(o, VirtualDrivers.mtu(o)))
        .reduce(MbufPool.DEFAULT_DATA_ROOM_BYTES, Math::max);
  }

  private Optional<Path> log() {
    return config
        .find(MosKeys.MOS_LOG)
        .map(
            folder -> {
              try {
                Files.createDirectories(folder);
                return OutputFiles.made(folder.resolve(EAL_LOG));
              } catch (IOException e) {
                throw config.unwritable(MosKeys.MOS_LOG, folder, OutputFiles.reason(e));
              }
            });
  }

  private NetDevice add(String name, PortOptions given, int cores) {
    VirtualDrivers.check(name, given);
    int queues = VirtualDrivers.queues(given, cores);
    int mtu = VirtualDrivers.mtu(given);
    PortOptions options = VirtualDrivers.complete(given, queues, mtu);
    String device = options.isPci() ? options.pciAddress() : eal.virtualDeviceName(given.driver());
    if (options.isPci() && EthDev.portByName(eal.libraries(), device).isPresent()) {
      return device(name, options, device, queues, mtu); // the EAL found it when it started
    }
    String devargs = options.devargs().isEmpty() ? device : device + "," + options.devargs();
    int result = eal.probe(devargs);
    if (result != 0) {
      throw new ConfigException(
          name
              + ": no such driver or device, or it refuses its arguments: "
              + devargs
              + " ("
              + eal.strerror(result)
              + "); "
              + eal.whereLog());
    }
    return device(name, options, device, queues, mtu);
  }

  private NetDevice device(String name, PortOptions options, String device, int queues, int mtu) {
    OptionalInt port = EthDev.portByName(eal.libraries(), device);
    if (port.isEmpty()) {
      throw new ConfigException(name + ": " + device + " has no port; " + eal.whereLog());
    }
    EthDev ethDev = new EthDev(eal.libraries(), port.getAsInt());
    return checked(new DpdkDevice(eal, name, options, true, ethDev, queues, mtu, random));
  }

  /** Wraps a port that spreads flows, which isn't trusted at once. */
  private NetDevice checked(DpdkDevice device) {
    return device.capabilities().rss().isEmpty()
        ? device
        : new RssDevice(
            device,
            random,
            line ->
                System.getLogger(DpdkDevices.class.getName())
                    .log(System.Logger.Level.WARNING, line));
  }

  /** The original's way: the name denotes a port by its number. */
  private NetDevice found(NetdevConfig netdev, int queues) {
    Matcher matcher = PORT_NAME.matcher(netdev.name());
    if (!matcher.matches()) {
      throw config.error(netdev, "a driver on the line, or dpdk<port> as the device's name");
    }
    int number = Integer.parseInt(matcher.group(1));
    if (!EthDev.isValidPort(eal.libraries(), number)) {
      throw new ConfigException(
          netdev.name()
              + ": the EAL found no port "
              + number
              + ": bind a NIC with bin/setup --bind PCI, or give the line a driver; "
              + eal.whereLog());
    }
    EthDev port = new EthDev(eal.libraries(), number);
    PortOptions options = PortOptions.of(new Driver(Driver.PCI, port.name()));
    int mtu = port.devGetMtu();
    return checked(new DpdkDevice(eal, netdev.name(), options, false, port, queues, mtu, random));
  }

  /**
   * Creates a core's pool in DPDK's memory.
   *
   * @param dataRoomBytes bytes of a packet that one buffer holds
   */
  public MbufPool pool(int dataRoomBytes) {
    String name = "mos-" + System.identityHashCode(this) + "-" + pools++;
    return new MbufPool(new Mempool(eal, name, buffersPerCore, dataRoomBytes, hasNic()));
  }

  /** Whether there may be a port that isn't a virtual device. */
  private boolean hasNic() {
    return config.netdevs().stream()
        .anyMatch(n -> n.driver().map(d -> d.name().equals(Driver.PCI)).orElse(true));
  }
}
