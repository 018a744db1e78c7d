package org.mosstack.config;

import java.net.URL;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * A {@code mos.conf}, read and validated: the values of its keys, which {@link MosKeys} describes
 * with their units, ranges and defaults, and its tables of devices, ARP entries and routes.
 * Immutable; any thread.
 */
public final class MosConfig {
  private final Keys application;
  private final Keys mos;
  private final List<NetdevConfig> netdevs;
  private final List<ArpEntry> arpTable;
  private final List<RouteEntry> routeTable;
  private final List<String> notes;
  private final Map<String, Value> deviceLines;

  /**
   * Checks the tables, and what keys and tables say of each other.
   *
   * @param blockNotes sentences for the log about blocks
   */
  MosConfig(Keys application, Keys mos, Tables tables, List<String> blockNotes) {
    tables.check(application.find(MosKeys.CORE_MASK));
    mos.given(MosKeys.STAT_PRINT)
        .ifPresent(given -> given.value().forEach(name -> tables.device(given.text().part(name))));
    this.application = application;
    this.mos = mos;
    this.netdevs = tables.netdevs();
    this.arpTable = tables.arps();
    this.routeTable = tables.routes();
    this.deviceLines = tables.deviceLines();
    this.notes = collectNotes(tables, blockNotes);
  }

  private List<String> collectNotes(Tables tables, List<String> blockNotes) {
    boolean dpdk = netdevs.stream().anyMatch(NetdevConfig::isDpdk);
    List<String> all = new ArrayList<>(application.notes(dpdk));
    all.addAll(mos.notes(dpdk));
    application.text(MosKeys.CORE_MASK).maskNote().ifPresent(all::add);
    all.addAll(blockNotes);
    all.addAll(tables.notes());
    return List.copyOf(all);
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
   * Reads a resource, as of a class path.
   *
   * @param url of a text in UTF-8, of at most 1 MiB
   * @return what it says
   * @throws ConfigException when it can't be read, or anything in it is wrong
   */
  public static MosConfig load(URL url) {
    return parse(url.toString(), ConfigFile.read(url));
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
    return MosConfigReader.read(fileName, BlockParser.parse(fileName, text));
  }

  /**
   * Starts a configuration without a file.
   *
   * @return a builder that holds a program's defaults, which are Linux's: a loop for each CPU of
   *     the process, and no device but the loopback
   */
  public static MosConfigBuilder builder() {
    return new MosConfigBuilder();
  }

  /**
   * The value of a key.
   *
   * @param <T> its type
   * @param key one of {@link MosKeys}
   * @return the value that was given, or the key's default
   * @throws java.util.NoSuchElementException if it wasn't given and has no default: see {@link
   *     #find}
   * @throws IllegalArgumentException if it isn't one of {@link MosKeys}
   */
  public <T> T get(ConfigKey<T> key) {
    return keys(key).get(key);
  }

  /**
   * The value of a key that may have none.
   *
   * @param <T> its type
   * @param key one of {@link MosKeys}
   * @return the value that was given, or the key's default; empty if it has none
   * @throws IllegalArgumentException if it isn't one of {@link MosKeys}
   */
  public <T> Optional<T> find(ConfigKey<T> key) {
    return keys(key).find(key);
  }

  private Keys keys(ConfigKey<?> key) {
    return application.contains(key) ? application : mos;
  }

  /**
   * The devices: the lines of {@code netdev}.
   *
   * @return in the file's order; empty if there is only the loopback
   */
  public List<NetdevConfig> netdevs() {
    return netdevs;
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
   * The addresses that are resolved without asking: the lines of {@code arp_table}.
   *
   * @return in the file's order
   */
  public List<ArpEntry> arpTable() {
    return arpTable;
  }

  /**
   * The routes beside those of the devices' own networks: the lines of {@code route_table}.
   *
   * @return in the file's order
   */
  public List<RouteEntry> routeTable() {
    return routeTable;
  }

  /**
   * What the log should say: what was given and has no effect, or may have been meant differently.
   *
   * @return one sentence each, with its place
   */
  public List<String> notes() {
    return notes;
  }

  /**
   * The cores to run on: {@code core_mask}, or where it wasn't given those that devices name, as a
   * core without a queue is of no use; without devices as many as the process has CPUs.
   *
   * @param cpus how many CPUs the machine has; they are numbered from 0
   * @param available how many of them the process may keep busy
   * @param allowOversubscribe whether more cores may be named than there are CPUs: their loops then
   *     share them, and are pinned to none
   * @return a non-empty mask that includes every device's
   * @throws IllegalArgumentException when {@code cpus} or {@code available} is less than 1
   * @throws ConfigException when a core is named that the machine doesn't have, and that isn't
   *     allowed
   */
  public CoreMask requireCores(int cpus, int available, boolean allowOversubscribe) {
    if (cpus < 1 || available < 1) {
      throw new IllegalArgumentException(
          "a machine and a process have a CPU at least, not " + cpus + " and " + available);
    }
    CoreMask machine = CoreMask.range(cpus);
    Optional<CoreMask> given = find(MosKeys.CORE_MASK);
    if (!allowOversubscribe) {
      given.ifPresent(mask -> requireCores(application.text(MosKeys.CORE_MASK), mask, machine));
      netdevs.forEach(d -> requireCores(deviceLines.get(d.name()), d.cores(), machine));
    }
    return given.orElseGet(
        () ->
            netdevs.stream()
                .map(NetdevConfig::cores)
                .reduce(CoreMask::union)
                .orElse(CoreMask.range(available)));
  }

  /**
   * Whether the cores are CPUs, to which their threads are to be bound: in a file, as in the
   * original, and in a program that sets {@code core_mask}. The masks of a program's devices only
   * number its cores: they can't be left out, and programs on one machine that all said 0x1 would
   * share CPU 0.
   *
   * @return false if the system may run the threads on any CPU
   */
  public boolean choosesCpus() {
    return !application.isProgram() || find(MosKeys.CORE_MASK).isPresent();
  }

  private static void requireCores(Value text, CoreMask mask, CoreMask machine) {
    if (mask.isSubsetOf(machine)) {
      return;
    }
    int cores = machine.cardinality();
    throw text.error(
        "cores of this machine, which has "
            + (cores == 1 ? "1 core, number 0" : cores + " cores, numbers 0 to " + (cores - 1))
            + "; to start anyway use --allow-oversubscribe: loops then share CPUs, unpinned");
  }

  /**
   * An error about a device that shows only at start-up, for example an address that is nowhere.
   *
   * @param device one of {@link #netdevs}
   * @param allowed what may stand on its line
   * @return the exception with file, line and what was read, for the caller to throw
   */
  public ConfigException error(NetdevConfig device, String allowed) {
    return deviceLines.get(device.name()).error(allowed);
  }

  /**
   * An error about a key whose value is allowed, but for something that shows only at start-up.
   *
   * @param key one of {@link MosKeys}
   * @param but what stands against it, and what to do: a sentence without capital and full stop
   * @return the exception with file, line and what was read, for the caller to throw
   */
  public ConfigException conflict(ConfigKey<?> key, String but) {
    return keys(key).text(key).conflict(but);
  }

  /**
   * An error about a key that names a file, or a folder for files, that can't be written.
   *
   * @param key one of {@link MosKeys}
   * @param file the file
   * @param why what stands against it, in a few words
   * @return the exception with file and line, for the caller to throw
   */
  public ConfigException unwritable(ConfigKey<Path> key, Path file, String why) {
    return keys(key).text(key).unwritable(file, why);
  }

  /** Whether another configuration says the same, in the same places. */
  @Override
  public boolean equals(Object other) {
    return other instanceof MosConfig config
        && application.equals(config.application)
        && mos.equals(config.mos)
        && netdevs.equals(config.netdevs)
        && arpTable.equals(config.arpTable)
        && routeTable.equals(config.routeTable)
        && notes.equals(config.notes);
  }

  @Override
  public int hashCode() {
    return Objects.hash(application, mos, netdevs, arpTable, routeTable);
  }

  /** What was given. */
  @Override
  public String toString() {
    return "MosConfig[" + application + "; " + mos + "; netdev " + netdevs + "]";
  }
}
