package org.mosstack.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Builds a {@link MosConfig} in a program. What is set here takes the place of a file's text and
 * undergoes the same checks, in {@link #build}; setting a key again replaces it. Not thread-safe.
 */
public final class MosConfigBuilder {
  private final Map<String, String> application = new LinkedHashMap<>();
  private final Map<String, String> mos = new LinkedHashMap<>();
  private final List<String> netdevs = new ArrayList<>();
  private final List<String> arps = new ArrayList<>();
  private final List<String> routes = new ArrayList<>();

  MosConfigBuilder() {
    application.put("type", "end");
    application.put("run", "embedded");
  }

  /**
   * The application's name and arguments.
   *
   * @param commandLine words; one with blanks stands in quotes
   * @return this
   */
  public MosConfigBuilder run(String commandLine) {
    application.put("run", commandLine);
    return this;
  }

  /**
   * The cores to run on; without this call all of the machine's.
   *
   * @param mask at least one core
   * @return this
   */
  public MosConfigBuilder coreMask(CoreMask mask) {
    application.put("core_mask", mask.format());
    return this;
  }

  /**
   * Connections per core.
   *
   * @param connections 1 to 2^24; 100000 without this call
   * @return this
   */
  public MosConfigBuilder maxConcurrency(int connections) {
    return put("max_concurrency", connections);
  }

  /**
   * Socket buffers per core.
   *
   * @param buffers 1 to 2^24; as many as connections without this call
   * @return this
   */
  public MosConfigBuilder maxNumBuffers(int buffers) {
    return put("max_num_buffers", buffers);
  }

  /**
   * The receive buffer of a socket.
   *
   * @param bytes 2048 to 2^30; 8192 without this call
   * @return this
   */
  public MosConfigBuilder rmemSize(int bytes) {
    return put("rmem_size", bytes);
  }

  /**
   * The send buffer of a socket.
   *
   * @param bytes 2048 to 2^30; 8192 without this call
   * @return this
   */
  public MosConfigBuilder wmemSize(int bytes) {
    return put("wmem_size", bytes);
  }

  /**
   * The time in TIME_WAIT.
   *
   * @param seconds 0 to 3600; 0 without this call
   * @return this
   */
  public MosConfigBuilder tcpTwInterval(int seconds) {
    return put("tcp_tw_interval", seconds);
  }

  /**
   * The time after which an idle connection ends.
   *
   * @param seconds 1 to a year, or -1 for never; 30 without this call
   * @return this
   */
  public MosConfigBuilder tcpTimeout(int seconds) {
    return put("tcp_timeout", seconds);
  }

  /**
   * The congestion control of connections that name none.
   *
   * @param name cubic, newreno or bbr; cubic without this call
   * @return this
   */
  public MosConfigBuilder tcpCongestion(String name) {
    mos.put("tcp_congestion", name);
    return this;
  }

  /**
   * Whether all connections' sending is paced.
   *
   * @param paced false without this call: that of connections with bbr is all the same
   * @return this
   */
  public MosConfigBuilder tcpPacing(boolean paced) {
    return put("tcp_pacing", paced ? 1 : 0);
  }

  /**
   * When SYNs are answered with cookies (RFC 4987).
   *
   * @param mode 0 never, 1 while the SYN queue is full, 2 always; 1 without this call
   * @return this
   */
  public MosConfigBuilder tcpSynCookies(int mode) {
    return put("tcp_syncookies", mode);
  }

  /**
   * Explicit congestion notification (RFC 3168).
   *
   * @param mode 0 never; 1 connections of ours ask for it, and it is accepted; 2 it is accepted; 2
   *     without this call
   * @return this
   */
  public MosConfigBuilder tcpEcn(int mode) {
    return put("tcp_ecn", mode);
  }

  /**
   * What the received packets and unacknowledged writes of all connections may take together.
   *
   * @param bytes 2^20 to 2^40, or 0 for no bound; 0 without this call
   * @return this
   */
  public MosConfigBuilder tcpMem(long bytes) {
    mos.put("tcp_mem", Long.toString(bytes));
    return this;
  }

  /**
   * How much of {@link #tcpMem} the connections of one listener may hold when it gets short.
   *
   * @param percent 1 to 100; 100 without this call
   * @return this
   */
  public MosConfigBuilder tcpListenerMem(int percent) {
    return put("tcp_listener_mem", percent);
  }

  /**
   * The time that a peer may keep its window closed when {@link #tcpMem} gets short.
   *
   * @param seconds 1 to 86400; 60 without this call
   * @return this
   */
  public MosConfigBuilder tcpZeroWindowTimeout(int seconds) {
    return put("tcp_zero_window_timeout", seconds);
  }

  /**
   * Who may put data into SYNs (TCP Fast Open, RFC 7413), where a connection or a listener asks for
   * it.
   *
   * @param who 0 nobody, 1 clients, 2 servers take it, 3 both; 0 without this call
   * @return this
   */
  public MosConfigBuilder tcpFastOpen(int who) {
    return put("tcp_fastopen", who);
  }

  /**
   * DPDK's memory channels per CPU socket.
   *
   * @param channels 1 to 32; 4 without this call
   * @return this
   */
  public MosConfigBuilder nbMemChannels(int channels) {
    return put("nb_mem_channels", channels);
  }

  /**
   * Whether DPDK's memory is in huge pages; without this call it is when enough of them are free.
   *
   * @param required true: too few of them are an error; false: ordinary memory
   * @return this
   */
  public MosConfigBuilder hugePages(boolean required) {
    return put("hugepages", required ? 1 : 0);
  }

  /**
   * The directory of the log files; without this call there are none.
   *
   * @param directory made when missing
   * @return this
   */
  public MosConfigBuilder mosLog(Path directory) {
    mos.put("mos_log", directory.toString());
    return this;
  }

  /**
   * The devices whose figures are printed each second; without this call none.
   *
   * @param devices names of devices that are added
   * @return this
   */
  public MosConfigBuilder statPrint(String... devices) {
    mos.put("stat_print", String.join(" ", devices));
    return this;
  }

  /**
   * The file that gets the figures of cores, devices and listeners each second, one line of JSON
   * each time; without this call none. Needs jackson-core on the class path.
   *
   * @param file made anew at the start, in a directory that exists
   * @return this
   */
  public MosConfigBuilder statsJson(Path file) {
    mos.put("stats_json", file.toString());
    return this;
  }

  /**
   * Adds a device. A configuration without any has only the loopback.
   *
   * @param line as in a file: {@code <device> <core mask> [<ip>/<prefix>] [<driver>=<arguments>]}
   * @return this
   */
  public MosConfigBuilder netdev(String line) {
    netdevs.add(line);
    return this;
  }

  /**
   * Adds a device.
   *
   * @param device the device
   * @return this
   */
  public MosConfigBuilder netdev(NetdevConfig device) {
    return netdev(device.toString());
  }

  /**
   * Adds a static ARP entry.
   *
   * @param line as in a file: {@code <ip>[/<prefix>] <mac>}
   * @return this
   */
  public MosConfigBuilder arp(String line) {
    arps.add(line);
    return this;
  }

  /**
   * Adds a route.
   *
   * @param line as in a file: {@code <network>/<prefix> <device> [via <gateway>]}
   * @return this
   */
  public MosConfigBuilder route(String line) {
    routes.add(line);
    return this;
  }

  /**
   * Checks what was set, and builds the configuration. May be called again.
   *
   * @return the configuration
   * @throws ConfigException when anything is wrong; the message names the key and what is allowed
   */
  public MosConfig build() {
    Block mosBlock = keys(MosConfigReader.MOS, mos);
    mosBlock.add(table(Tables.NETDEV, netdevs));
    mosBlock.add(table(Tables.ARP, arps));
    mosBlock.add(table(Tables.ROUTE, routes));
    Block file = new Block("", 0);
    file.add(keys(MosConfigReader.APPLICATION, application));
    file.add(mosBlock);
    return MosConfigReader.read(Origin.PROGRAM, file, false);
  }

  private MosConfigBuilder put(String key, int value) {
    mos.put(key, Integer.toString(value));
    return this;
  }

  private static Block keys(String name, Map<String, String> values) {
    Block block = new Block(name, 0);
    values.forEach((key, value) -> block.add(key + " = " + value));
    return block;
  }

  private static Block table(String name, List<String> lines) {
    Block block = new Block(name, 0);
    lines.forEach(block::add);
    return block;
  }
}
