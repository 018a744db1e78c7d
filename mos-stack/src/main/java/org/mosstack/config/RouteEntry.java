package org.mosstack.config;

import java.util.Objects;
import java.util.OptionalInt;
import org.mosstack.header.Ip4Address;

/**
 * One line of the {@code route_table}: {@code <network>/<prefix> <device> [via <gateway>]}.
 *
 * @param network in host order; the bits behind the prefix are zero
 * @param prefixLength 0 to 32 bits
 * @param device a device of the {@code netdev} block
 * @param gateway the next hop's address in host order; empty when the network is on the link
 */
public record RouteEntry(int network, int prefixLength, String device, OptionalInt gateway) {
  /** Checks that none is null. */
  public RouteEntry {
    Objects.requireNonNull(device, "device");
    Objects.requireNonNull(gateway, "gateway");
  }

  /** Returns the line as in a file. */
  @Override
  public String toString() {
    String via = gateway.isPresent() ? " via " + Ip4Address.format(gateway.getAsInt()) : "";
    return Ip4Address.format(network) + "/" + prefixLength + " " + device + via;
  }
}
