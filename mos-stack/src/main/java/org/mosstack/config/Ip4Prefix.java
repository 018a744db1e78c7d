package org.mosstack.config;

import java.net.Inet4Address;
import java.util.Objects;
import org.mosstack.header.Ip4Address;

/**
 * An IPv4 address together with the length of its network's prefix, as an interface has it: {@code
 * 10.0.0.4/24}.
 *
 * @param address the bits behind the prefix are kept
 * @param prefixLength 0 to 32 bits
 */
public record Ip4Prefix(Inet4Address address, int prefixLength) {
  /**
   * Checks the length.
   *
   * @throws IllegalArgumentException when it is not 0 to 32
   */
  public Ip4Prefix {
    Objects.requireNonNull(address, "address");
    Ip4Address.netmask(prefixLength);
  }

  /**
   * Reads one as in a file.
   *
   * @param text an address and the length of its prefix, for example {@code 10.0.0.4/24}
   * @return what it says
   * @throws IllegalArgumentException when it is anything else
   */
  public static Ip4Prefix parse(String text) {
    int slash = text.indexOf('/');
    String length = text.substring(slash + 1);
    if (slash < 0 || !length.matches("[0-9]|[1-3][0-9]")) {
      throw new IllegalArgumentException("an address and its prefix, not " + text);
    }
    return new Ip4Prefix(
        Ip4Address.toInet(Ip4Address.parse(text.substring(0, slash))), Integer.parseInt(length));
  }

  /**
   * The network's address: the address without the bits behind the prefix.
   *
   * @return equal to {@link #address()} where these are zero
   */
  public Inet4Address network() {
    return Ip4Address.toInet(bits(address) & netmask());
  }

  /**
   * The address that reaches every host of the network (RFC 919): all bits behind the prefix are 1.
   *
   * @return of no use where {@link #prefixLength()} is 31 or 32 (RFC 3021)
   */
  public Inet4Address broadcast() {
    return Ip4Address.toInet(bits(address) | ~netmask());
  }

  /** Whether an address belongs to the network: its prefix is the same. */
  public boolean contains(Inet4Address other) {
    return ((bits(other) ^ bits(address)) & netmask()) == 0;
  }

  private int netmask() {
    return Ip4Address.netmask(prefixLength);
  }

  private static int bits(Inet4Address address) {
    return Ip4Address.fromInet(address);
  }

  /** As in a file, for example {@code 10.0.0.4/24}. */
  @Override
  public String toString() {
    return address.getHostAddress() + "/" + prefixLength;
  }
}
