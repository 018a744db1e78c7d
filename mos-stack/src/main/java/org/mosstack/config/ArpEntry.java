package org.mosstack.config;

import java.util.Objects;
import org.mosstack.header.MacAddress;

/**
 * One line of the {@code arp_table}: {@code <ip>[/<prefix>] <mac>}. Every address in the prefix
 * resolves to the Ethernet address, without asking; the longest prefix wins.
 *
 * @param network of 32 bits if the line gives no prefix; the bits behind the prefix are zero
 * @param mac a station's address, 48 bits: the first octet is the most significant
 */
public record ArpEntry(Ip4Prefix network, long mac) {
  /** Checks that there is a network. */
  public ArpEntry {
    Objects.requireNonNull(network, "network");
  }

  /** Returns the line as in a file. */
  @Override
  public String toString() {
    return network + " " + MacAddress.format(mac);
  }
}
