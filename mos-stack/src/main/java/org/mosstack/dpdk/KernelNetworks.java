package org.mosstack.dpdk;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.mosstack.config.Ip4Prefix;
import org.mosstack.header.Ip4Address;

/** The IPv4 networks of the kernel's interfaces, and those it has routes to. */
final class KernelNetworks {
  /** The main routing table (proc(5)), with a heading. */
  private static final Path ROUTES = Path.of("/proc/net/route");

  private static final int DESTINATION = 1;
  private static final int MASK = 7;
  private static final int COLUMNS = 8;

  /** The shortest prefix of a private network (RFC 1918); less is a default route, or half one. */
  private static final int LEAST_PREFIX = 8;

  private KernelNetworks() {}

  /**
   * Finds out whether the kernel has a way to a network besides its default route. If an interface
   * got such a network, what was reached there before would be cut off.
   *
   * @return the name of an interface whose network has something in common with that one, or by
   *     which a route leads to a part of it; empty if there is none, or nothing can be read
   */
  static Optional<String> interfaceTowards(Ip4Prefix network) {
    try (var interfaces = NetworkInterface.networkInterfaces()) {
      Optional<String> own =
          interfaces.filter(i -> hasAddress(i, network)).findFirst().map(NetworkInterface::getName);
      return own.isPresent() ? own : routeTowards(Files.readAllLines(ROUTES), network);
    } catch (IOException _) {
      return Optional.empty();
    }
  }

  private static boolean hasAddress(NetworkInterface kernel, Ip4Prefix network) {
    for (InterfaceAddress each : kernel.getInterfaceAddresses()) {
      if (each.getAddress() instanceof Inet4Address address
          && overlap(network, new Ip4Prefix(address, each.getNetworkPrefixLength()))) {
        return true;
      }
    }
    return false;
  }

  /**
   * Looks for a route.
   *
   * @param lines the main routing table
   */
  static Optional<String> routeTowards(List<String> lines, Ip4Prefix network) {
    return lines.stream()
        .skip(1)
        .map(line -> line.strip().split("\\s+"))
        .filter(columns -> columns.length >= COLUMNS)
        .filter(columns -> leadsTo(network, columns))
        .map(columns -> columns[0])
        .findFirst();
  }

  private static boolean leadsTo(Ip4Prefix network, String[] columns) {
    Ip4Prefix destination =
        new Ip4Prefix(
            Ip4Address.toInet(bits(columns[DESTINATION])), Integer.bitCount(bits(columns[MASK])));
    return destination.prefixLength() >= LEAST_PREFIX && overlap(network, destination);
  }

  /** The kernel prints addresses as this machine reads their four octets: the last one first. */
  private static int bits(String hex) {
    return Integer.reverseBytes(Integer.parseUnsignedInt(hex, 16));
  }

  private static boolean overlap(Ip4Prefix one, Ip4Prefix other) {
    return one.contains(other.network()) || other.contains(one.network());
  }
}
