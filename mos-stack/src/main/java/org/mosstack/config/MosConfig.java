package org.mosstack.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A {@code mos.conf}, read and validated. Immutable.
 *
 * <p>Use {@link #load}, {@link #parse} or {@link #builder}, which check everything; the constructor
 * only checks that nothing is null.
 *
 * @param application the {@code application} block
 * @param maxConcurrency connections per core, 1 to 2^24
 * @param maxNumBuffers socket buffers per core, 1 to 2^24
 * @param rmemSize receive buffer of a socket in bytes, 2048 to 2^30
 * @param wmemSize send buffer of a socket in bytes, 2048 to 2^30
 * @param tcpTwIntervalSeconds time spent in TIME_WAIT, 0 to 3600 seconds
 * @param tcpTimeoutSeconds time after which an idle connection ends, 1 second to a year; -1 never
 * @param tcpCongestion congestion control of connections that name none: cubic, newreno or bbr
 * @param tcpPacing whether sending is paced whatever the congestion control
 * @param tcpEcn explicit congestion notification (RFC 3168): 0 never, 1 connections of ours ask for
 *     it and it is accepted, 2 it is accepted
 * @param nbMemChannels memory channels per CPU socket, DPDK's {@code -n}, 1 to 32
 * @param tcpSecurity what protects TCP
 * @param hugePages whether DPDK's memory is in huge pages: true is an error where there are too
 *     few, false is never; empty when enough of them are free
 * @param mosLog directory of the log files; empty means no log files
 * @param statPrint names of the devices whose figures are printed each second
 * @param statsJson file that gets all figures each second, a line of JSON each time; empty means
 *     none
 * @param multiprocess as given; without effect
 * @param netdevs the devices, in the file's order
 * @param arpTable addresses resolved without asking
 * @param routeTable routes beside those of the devices' own networks
 * @param notes one sentence, for the log, for each key that was given and has no effect
 * @param origin where the keys stood
 */
public record MosConfig(
    Application application,
    int maxConcurrency,
    int maxNumBuffers,
    int rmemSize,
    int wmemSize,
    int tcpTwIntervalSeconds,
    int tcpTimeoutSeconds,
    String tcpCongestion,
    boolean tcpPacing,
    int tcpEcn,
    int nbMemChannels,
    TcpSecurity tcpSecurity,
    Optional<Boolean> hugePages,
    Optional<Path> mosLog,
    List<String> statPrint,
    Optional<Path> statsJson,
    Optional<Multiprocess> multiprocess,
    List<NetdevConfig> netdevs,
    List<ArpEntry> arpTable,
    List<RouteEntry> routeTable,
    List<String> notes,
    Origin origin) {
  /** Checks that none is null, and copies the lists. */
  public MosConfig {
    Objects.requireNonNull(application, "application");
    Objects.requireNonNull(tcpCongestion, "tcpCongestion");
    Objects.requireNonNull(tcpSecurity, "tcpSecurity");
    Objects.requireNonNull(hugePages, "hugePages");
    Objects.requireNonNull(mosLog, "mosLog");
    Objects.requireNonNull(statsJson, "statsJson");
    Objects.requireNonNull(multiprocess, "multiprocess");
    Objects.requireNonNull(origin, "origin");
    statPrint = List.copyOf(statPrint);
    netdevs = List.copyOf(netdevs);
    arpTable = List.copyOf(arpTable);
    routeTable = List.copyOf(routeTable);
    notes = List.copyOf(notes);
  }

  /**
   * Reads a file.
   *
   * @param path a text file in UTF-8, of at most 1 MiB
   * @return what it says
   * @throws ConfigException when it can't be read, or anything in it is wrong
   */
  public static MosConfig load(Path path) {
    return parse(path.toString(), ConfigFile.read(path));
  }

  /**
   * Reads a file's text.
   *
   * @param fileName the name for messages
   * @param text the text
   * @return what it says
   * @throws ConfigException when anything in it is wrong
   */
  public static MosConfig parse(String fileName, String text) {
    return MosConfigReader.read(fileName, BlockParser.parse(fileName, text), true);
  }

  /**
   * Starts a configuration without a file.
   *
   * @return a builder that holds the defaults: all cores, no device but the loopback
   */
  public static MosConfigBuilder builder() {
    return new MosConfigBuilder();
  }

  /**
   * The cores to run on: {@code core_mask}, or where it wasn't given those that devices name, as a
   * core without a queue is of no use; without devices all of the machine's.
   *
   * @param available how many cores the machine has; they are numbered from 0
   * @param allowOversubscribe whether more cores may be named than there are: their loops then
   *     share CPUs, and are pinned to none
   * @return a non-empty mask that includes every device's
   * @throws IllegalArgumentException when {@code available} is less than 1
   * @throws ConfigException when a core is named that the machine doesn't have, and that isn't
   *     allowed
   */
  public CoreMask requireCores(int available, boolean allowOversubscribe) {
    if (available < 1) {
      throw new IllegalArgumentException("a machine has a core at least, not " + available);
    }
    CoreMask machine = CoreMask.range(available);
    Optional<CoreMask> given = application.coreMask();
    if (!allowOversubscribe) {
      String key = origin.places().containsKey("cpu_mask") ? "cpu_mask" : "core_mask";
      given.ifPresent(mask -> requireCores(key, mask, machine));
      netdevs.forEach(d -> requireCores("netdev " + d.name(), d.cores(), machine));
    }
    return given.orElseGet(
        () -> netdevs.stream().map(NetdevConfig::cores).reduce(CoreMask::union).orElse(machine));
  }

  private void requireCores(String key, CoreMask mask, CoreMask machine) {
    if (mask.isSubsetOf(machine)) {
      return;
    }
    int cores = machine.cardinality();
    throw origin.error(
        key,
        "cores of this machine, which has "
            + (cores == 1 ? "1 core, number 0" : cores + " cores, numbers 0 to " + (cores - 1))
            + "; to start anyway use --allow-oversubscribe: loops then share CPUs, unpinned");
  }

  /**
   * Finds a device.
   *
   * @param name its name
   * @return its line of the netdev block
   */
  public Optional<NetdevConfig> netdev(String name) {
    return netdevs.stream().filter(d -> d.name().equals(name)).findFirst();
  }

  /**
   * An error about a key that shows only at start-up, for example a {@code mos_log} directory that
   * can't be made.
   *
   * @param key the key, or {@code netdev <name>} for a device
   * @param allowed what may stand there
   * @return the exception with file, line and what was read, for the caller to throw
   */
  public ConfigException error(String key, String allowed) {
    return origin.error(key, allowed);
  }
}
