package org.mosstack.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What moves a device's packets: {@code <driver>=<arguments>} of a {@code netdev} line.
 *
 * @param name {@code wire}: a cable within the process; {@code pci}: a NIC that DPDK drives; the
 *     name of one of DPDK's virtual devices, {@code net_memif} for instance; or that of a driver
 *     that the program adds to its stack
 * @param arguments for {@code wire}, the cable's name and then its options; for {@code pci}, the
 *     NIC's address and then its DPDK options; for a virtual device its DPDK options, {@code
 *     key=value} with commas between; for a driver of the program's own whatever that takes
 */
public record Driver(String name, String arguments) {
  /** The name of the cable within the process. */
  public static final String WIRE = "wire";

  /** The name of the driver for a NIC that DPDK drives. */
  public static final String PCI = "pci";

  /** The name of DPDK's device for a TAP interface, whose other end is the kernel. */
  public static final String TAP = "net_tap";

  /** What the names of DPDK's virtual devices begin with. */
  private static final String VIRTUAL = "net_";

  /** An argument of ours, not DPDK's: the largest IP packet in bytes, 68 to 65393, decimal. */
  public static final String MTU = "mtu";

  /** An argument of ours, not DPDK's: receive descriptors of a queue, 32 to 32768, decimal. */
  public static final String RX_DESCRIPTORS = "rxd";

  /** An argument of ours, not DPDK's: transmit descriptors of a queue, 32 to 32768, decimal. */
  public static final String TX_DESCRIPTORS = "txd";

  /** The argument that sets a port's number of queues, if it isn't its number of cores. */
  public static final String QUEUES = "queues";

  /**
   * An argument of ours for {@code net_tap}, not DPDK's: the address that the kernel's interface
   * gets, with its prefix.
   */
  public static final String PEER = "peer";

  /** The argument that names the kernel's interface. */
  public static final String IFACE = "iface";

  /** Checks that neither is null. */
  public Driver {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(arguments, "arguments");
  }

  /**
   * One of the arguments.
   *
   * @param key the text before the first {@code =}, or all of it where there is none
   * @param value the text behind the first {@code =}; empty where there is none
   */
  public record Option(String key, String value) {}

  /**
   * Whether DPDK drives the device.
   *
   * @return true for {@code pci} and {@code net_...}
   */
  public boolean isDpdk() {
    return name.equals(PCI) || name.startsWith(VIRTUAL);
  }

  /**
   * The arguments one by one. A comma within square brackets belongs to a value, as in DPDK. A key
   * may come twice: some DPDK drivers want that.
   *
   * @return in the order given; empty when there are no arguments
   */
  public List<Option> options() {
    List<Option> options = new ArrayList<>();
    int start = 0;
    int depth = 0;
    for (int i = 0; i <= arguments.length(); i++) {
      char c = i < arguments.length() ? arguments.charAt(i) : ',';
      depth += c == '[' ? 1 : c == ']' ? -1 : 0;
      boolean end = i == arguments.length() || c == ',' && depth <= 0;
      if (end && i > start) {
        options.add(option(arguments.substring(start, i)));
      }
      if (end) {
        start = i + 1;
      }
    }
    return List.copyOf(options);
  }

  /**
   * The value of an argument.
   *
   * @param key its key
   * @return the first value given for it
   */
  public Optional<String> find(String key) {
    return options().stream().filter(o -> o.key().equals(key)).map(Option::value).findFirst();
  }

  /**
   * The address that the kernel's interface at the other end of a TAP port gets.
   *
   * @return empty when none is given, or another driver has the argument
   * @throws IllegalArgumentException when it is none, which a configuration has checked
   */
  public Optional<Ip4Prefix> peer() {
    return name.equals(TAP) ? find(PEER).map(Ip4Prefix::parse) : Optional.empty();
  }

  private static Option option(String text) {
    int equals = text.indexOf('=');
    return equals < 0
        ? new Option(text, "")
        : new Option(text.substring(0, equals), text.substring(equals + 1));
  }

  /** As in a file, for example {@code net_memif=id=0,role=server}. */
  @Override
  public String toString() {
    return name + "=" + arguments;
  }
}
