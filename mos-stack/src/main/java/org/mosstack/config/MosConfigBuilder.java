package org.mosstack.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * Builds a {@link MosConfig} in a program:
 *
 * <pre>{@code
 * MosConfig.builder()
 *     .set(MosKeys.RMEM_SIZE, 65536)
 *     .set(MosKeys.TCP_TIMEOUT, -1)
 *     .netdev("dpdk0 0x1 10.0.0.1/24 pci=03:00.0")
 *     .build();
 * }</pre>
 *
 * <p>What is set here undergoes the same checks as what a file says, in {@link #build}. What isn't
 * set is as on Linux: no idle timeout, a minute of TIME_WAIT, buffers that grow to megabytes; files
 * have the original's defaults. {@link MosKeys} says both. Not thread-safe.
 */
public final class MosConfigBuilder {
  /** Stands where messages about a file have its name. */
  private static final String PROGRAM = "configuration";

  private final Map<ConfigKey<?>, Consumer<Keys>> values = new LinkedHashMap<>();
  private final List<Consumer<Tables>> lines = new ArrayList<>();

  MosConfigBuilder() {}

  /**
   * Sets a key, in the place of what was set before.
   *
   * @param <T> the type of its values
   * @param key one of {@link MosKeys}
   * @param value a value that the key allows; of a list, a copy is kept
   * @return this
   * @throws IllegalArgumentException if the key isn't one of {@link MosKeys}
   */
  public <T> MosConfigBuilder set(ConfigKey<T> key, T value) {
    Objects.requireNonNull(value, "value");
    if (!MosKeys.APPLICATION.contains(key) && !MosKeys.MOS.contains(key)) {
      throw new IllegalArgumentException(key + " is no key of mos.conf");
    }
    T kept = key.type().copy().apply(value);
    values.put(key, keys -> keys.put(key, kept));
    return this;
  }

  /**
   * Adds a device. A configuration without any has only the loopback.
   *
   * @param line as in a file: {@code <device> <core mask> [<ip>/<prefix>] [<driver>=<arguments>]}
   * @return this
   */
  public MosConfigBuilder netdev(String line) {
    return line(Tables.NETDEV, line);
  }

  /**
   * Adds a device.
   *
   * @param device the device
   * @return this
   */
  public MosConfigBuilder netdev(NetdevConfig device) {
    Objects.requireNonNull(device, "device");
    lines.add(
        tables -> tables.add(device, new Value(PROGRAM, 0, Tables.NETDEV, device.toString())));
    return this;
  }

  /**
   * Adds a static ARP entry.
   *
   * @param line as in a file: {@code <ip>[/<prefix>] <mac>}
   * @return this
   */
  public MosConfigBuilder arp(String line) {
    return line(Tables.ARP, line);
  }

  /**
   * Adds a route.
   *
   * @param line as in a file: {@code <network>/<prefix> <device> [via <gateway>]}
   * @return this
   */
  public MosConfigBuilder route(String line) {
    return line(Tables.ROUTE, line);
  }

  private MosConfigBuilder line(String table, String line) {
    Value text = new Value(PROGRAM, 0, table, line);
    lines.add(tables -> tables.add(table, text));
    return this;
  }

  /**
   * Checks what was set, and builds the configuration. May be called again.
   *
   * @return the configuration
   * @throws ConfigException when anything is wrong; the message names the key and what is allowed
   */
  public MosConfig build() {
    Keys application = Keys.ofProgram(PROGRAM, MosConfigReader.APPLICATION, MosKeys.APPLICATION);
    Keys mos = Keys.ofProgram(PROGRAM, MosConfigReader.MOS, MosKeys.MOS);
    values.forEach((key, put) -> put.accept(application.contains(key) ? application : mos));
    Tables tables = new Tables();
    lines.forEach(add -> add.accept(tables));
    return new MosConfig(application, mos, tables, List.of());
  }
}
