package org.mosstack.config;

import org.mosstack.header.Ip4Address;

/**
 * An IPv4 address together with the length of its network's prefix, as an interface has it: {@code
 * 10.0.0.4/24}.
 *
 * @param address in host order; the bits behind the prefix are kept
 * @param prefixLength 0 to 32 bits
 */
public record Ip4Prefix(int address, int prefixLength) {
  /**
   * Checks the length.
   *
   * @throws IllegalArgumentException when it is not 0 to 32
   */
  public Ip4Prefix {
    Ip4Address.netmask(prefixLength);
  }

  /**
   * The network's mask.
   *
   * @return in host order
   */
  public int netmask() {
    return Ip4Address.netmask(prefixLength);
  }

  /**
   * The network's address: the address without the bits behind the prefix.
   *
   * @return in host order
   */
  public int network() {
    return address & netmask();
  }

  /**
   * The address that reaches every host of the network (RFC 919): all bits behind the prefix are 1.
   *
   * @return in host order; of no use where {@link #prefixLength()} is 31 or 32 (RFC 3021)
   */
  public int broadcast() {
    return address | ~netmask();
  }

  /**
   * Whether an address belongs to the network.
   *
   * @param other in host order
   * @return true when its prefix is the same
   */
  public boolean contains(int other) {
    return (other & netmask()) == network();
  }

  /** As in a file, for example {@code 10.0.0.4/24}. */
  @Override
  public String toString() {
    return Ip4Address.format(address) + "/" + prefixLength;
  }
}
