package org.mosstack.config;

import java.net.Inet4Address;
import java.util.Objects;
import java.util.Optional;

/**
 * One line of the {@code route_table}: {@code <network>/<prefix> <device> [via <gateway>]}.
 *
 * @param network the destinations; the bits behind the prefix are zero
 * @param device a device of the {@code netdev} block
 * @param gateway the next hop's address; empty when the network is on the link
 */
public record RouteEntry(Ip4Prefix network, String device, Optional<Inet4Address> gateway) {
  /** Checks that none is null. */
  public RouteEntry {
    Objects.requireNonNull(network, "network");
    Objects.requireNonNull(device, "device");
    Objects.requireNonNull(gateway, "gateway");
  }

  /** Returns the line as in a file. */
  @Override
  public String toString() {
    return network + " " + device + gateway.map(g -> " via " + g.getHostAddress()).orElse("");
  }
}
