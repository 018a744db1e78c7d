package org.mosstack.config;

import java.util.Objects;
import java.util.Optional;

/**
 * One line of the {@code netdev} block: {@code <device> <core mask> [<ip>/<prefix>]
 * [<driver>=<arguments>]}.
 *
 * @param name the device's name, for example {@code dpdk0}
 * @param cores the cores that have a queue pair on it
 * @param address its address and prefix; where there is none, a kernel interface of that name gives
 *     both
 * @param driver what moves its packets; where there is none, the DPDK port or kernel interface of
 *     that name
 */
public record NetdevConfig(
    String name, CoreMask cores, Optional<Ip4Prefix> address, Optional<Driver> driver) {
  /** Checks that none is null. */
  public NetdevConfig {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(cores, "cores");
    Objects.requireNonNull(address, "address");
    Objects.requireNonNull(driver, "driver");
  }

  /**
   * Whether DPDK drives the device, as it does those without a driver.
   *
   * @return true when it does
   */
  public boolean isDpdk() {
    return driver.map(Driver::isDpdk).orElse(true);
  }

  /** Returns the line as in a file. */
  @Override
  public String toString() {
    return name
        + " "
        + cores
        + address.map(a -> " " + a).orElse("")
        + driver.map(d -> " " + d).orElse("");
  }
}
