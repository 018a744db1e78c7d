package org.mosstack.config;

import org.mosstack.header.Ip4Address;
import org.mosstack.header.MacAddress;

/**
 * One line of the {@code arp_table}: {@code <ip>[/<prefix>] <mac>}. Every address in the prefix
 * resolves to the Ethernet address, without asking; the longest prefix wins.
 *
 * @param ip in host order; the bits behind the prefix are zero
 * @param prefixLength 0 to 32 bits; 32 if the line gives none
 * @param mac a station's address, in the form of {@link MacAddress}
 */
public record ArpEntry(int ip, int prefixLength, long mac) {
  /** Returns the line as in a file. */
  @Override
  public String toString() {
    return Ip4Address.format(ip) + "/" + prefixLength + " " + MacAddress.format(mac);
  }
}
