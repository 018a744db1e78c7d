package org.mosstack.dpdk;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.StringJoiner;
import org.mosstack.config.Driver;
import org.mosstack.config.Ip4Prefix;

/**
 * The arguments of a {@code netdev} line: ours, and those for DPDK's driver.
 *
 * @param driver {@code pci}, or the name of a virtual device's driver
 * @param pciAddress the first of the arguments of {@code pci}; else empty
 * @param mtu {@code mtu=BYTES}
 * @param rxDescriptors {@code rxd=N}
 * @param txDescriptors {@code txd=N}
 * @param queues {@code queues=N}
 * @param peer {@code peer=ADDRESS/PREFIX} of a TAP port
 * @param devargs the rest, as DPDK reads them, separated by commas
 */
record PortOptions(
    String driver,
    String pciAddress,
    OptionalInt mtu,
    OptionalInt rxDescriptors,
    OptionalInt txDescriptors,
    OptionalInt queues,
    Optional<Ip4Prefix> peer,
    String devargs) {
  /** Splits arguments that the configuration has already checked. */
  static PortOptions of(Driver driver) {
    boolean pci = driver.name().equals(Driver.PCI);
    String address = "";
    StringJoiner devargs = new StringJoiner(",");
    for (Driver.Option option : driver.options()) {
      if (pci && address.isEmpty()) {
        address = option.key();
      } else if (!isOurs(driver, option.key())) {
        devargs.add(option.key() + "=" + option.value());
      }
    }
    return new PortOptions(
        driver.name(),
        address,
        number(driver, Driver.MTU),
        number(driver, Driver.RX_DESCRIPTORS),
        number(driver, Driver.TX_DESCRIPTORS),
        number(driver, Driver.QUEUES),
        driver.peer(),
        devargs.toString());
  }

  private static boolean isOurs(Driver driver, String key) {
    return switch (key) {
      case Driver.MTU, Driver.RX_DESCRIPTORS, Driver.TX_DESCRIPTORS, Driver.QUEUES -> true;
      case Driver.PEER -> driver.name().equals(Driver.TAP);
      default -> false;
    };
  }

  private static OptionalInt number(Driver driver, String key) {
    return driver.find(key).map(Integer::parseInt).map(OptionalInt::of).orElse(OptionalInt.empty());
  }

  boolean isPci() {
    return driver.equals(Driver.PCI);
  }

  /** The value of one of DPDK's arguments. */
  Optional<String> devarg(String key) {
    return new Driver(driver, devargs).find(key);
  }

  /** These options with the given value for one of DPDK's arguments, replacing any other. */
  PortOptions with(String key, Object value) {
    StringJoiner changed = new StringJoiner(",");
    for (Driver.Option option : new Driver(driver, devargs).options()) {
      if (!option.key().equals(key)) {
        changed.add(option.key() + "=" + option.value());
      }
    }
    changed.add(key + "=" + value);
    return new PortOptions(
        driver, pciAddress, mtu, rxDescriptors, txDescriptors, queues, peer, changed.toString());
  }
}
