package org.mosstack.header;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * IPv4 addresses as {@code int} values in host order: the first octet of the dotted quad is the
 * most significant byte, so {@code 10.0.0.1} is {@code 0x0a000001}.
 *
 * <p>Compare with {@link Integer#compareUnsigned} where an order is needed. All methods are pure
 * and may be called from any thread.
 */
public final class Ip4Address {
  private Ip4Address() {}

  /**
   * Reads a dotted quad: four decimal octets, 0 to 255, without leading zeros (some readers take
   * those for octal), and nothing around them.
   *
   * @param text for example {@code 10.0.0.1}
   * @return the address in host order
   * @throws IllegalArgumentException when {@code text} is anything else; the message says what
   */
  public static int parse(String text) {
    int address = 0;
    int octets = 0;
    int at = 0;
    while (octets < 4) {
      int start = at;
      int octet = 0;
      while (at < text.length() && at - start < 3 && isDigit(text.charAt(at))) {
        octet = octet * 10 + (text.charAt(at) - '0');
        at++;
      }
      boolean leadingZero = at - start > 1 && text.charAt(start) == '0';
      if (at == start || leadingZero || octet > 255) {
        throw notAnAddress(text);
      }
      address = address << 8 | octet;
      octets++;
      if (octets < 4) {
        if (at == text.length() || text.charAt(at) != '.') {
          throw notAnAddress(text);
        }
        at++;
      }
    }
    if (at != text.length()) {
      throw notAnAddress(text);
    }
    return address;
  }

  /**
   * Writes an address as a dotted quad.
   *
   * @param address in host order
   * @return for example {@code 10.0.0.1}
   */
  public static String format(int address) {
    return (address >>> 24)
        + "."
        + (address >>> 16 & 0xff)
        + "."
        + (address >>> 8 & 0xff)
        + "."
        + (address & 0xff);
  }

  /**
   * Returns the mask of a prefix: as many leading one bits as the prefix is long.
   *
   * @param prefixLength 0 to 32 bits
   * @return the mask in host order, for example {@code 0xffffff00} for 24
   * @throws IllegalArgumentException when the length is out of range
   */
  public static int netmask(int prefixLength) {
    if (prefixLength < 0 || prefixLength > 32) {
      throw new IllegalArgumentException("an IPv4 prefix has 0 to 32 bits, not " + prefixLength);
    }
    // A shift by 32 is a shift by 0 in Java, hence the special case.
    return prefixLength == 0 ? 0 : -1 << (32 - prefixLength);
  }

  /**
   * Converts an address to the JDK's type.
   *
   * @param address in host order
   * @return a new object without a host name; no name look-up happens
   */
  public static Inet4Address toInet(int address) {
    byte[] octets = {
      (byte) (address >>> 24), (byte) (address >>> 16), (byte) (address >>> 8), (byte) address
    };
    try {
      return (Inet4Address) InetAddress.getByAddress(octets);
    } catch (UnknownHostException e) {
      throw new AssertionError("four octets are always an IPv4 address", e);
    }
  }

  /**
   * Converts the JDK's type to an {@code int}.
   *
   * @param address any IPv4 address
   * @return the address in host order
   */
  public static int fromInet(Inet4Address address) {
    byte[] octets = address.getAddress();
    return (octets[0] & 0xff) << 24
        | (octets[1] & 0xff) << 16
        | (octets[2] & 0xff) << 8
        | (octets[3] & 0xff);
  }

  /**
   * Whether the address is a multicast group, 224.0.0.0/4 (RFC 5771).
   *
   * @param address in host order
   * @return true for 224.0.0.0 to 239.255.255.255
   */
  public static boolean isMulticast(int address) {
    return address >>> 28 == 0xe;
  }

  /**
   * Whether the address loops back into the host, 127.0.0.0/8 (RFC 1122 section 3.2.1.3).
   *
   * @param address in host order
   * @return true for 127.0.0.0 to 127.255.255.255
   */
  public static boolean isLoopback(int address) {
    return address >>> 24 == 127;
  }

  /**
   * Whether the address is 0.0.0.0, "this host on this network" (RFC 1122 section 3.2.1.3): never a
   * destination.
   *
   * @param address in host order
   * @return true for 0.0.0.0
   */
  public static boolean isUnspecified(int address) {
    return address == 0;
  }

  /**
   * Whether the address is 255.255.255.255, every host of the link (RFC 919 section 7).
   *
   * @param address in host order
   * @return true for 255.255.255.255
   */
  public static boolean isLimitedBroadcast(int address) {
    return address == -1;
  }

  /** Character.isDigit would let the digits of other scripts in. */
  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private static IllegalArgumentException notAnAddress(String text) {
    return new IllegalArgumentException(
        "\"" + text + "\" is not an IPv4 address: four numbers from 0 to 255 with dots between");
  }
}
