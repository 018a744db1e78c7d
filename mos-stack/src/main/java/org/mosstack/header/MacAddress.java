package org.mosstack.header;

/**
 * Ethernet addresses as 48-bit values in a {@code long}: the first octet on the wire is the most
 * significant of the six, the upper 16 bits are zero.
 *
 * <p>All methods are pure and may be called from any thread.
 */
public final class MacAddress {
  /** ff:ff:ff:ff:ff:ff, every station of the link (IEEE 802.3). */
  public static final long BROADCAST = 0xffff_ffff_ffffL;

  private static final int OCTETS = 6;

  private MacAddress() {}

  /**
   * Reads six hexadecimal octets of one or two digits with colons between, in either case.
   *
   * @param text for example {@code 00:1b:21:3c:9d:f8}
   * @return the address, 0 to {@link #BROADCAST}
   * @throws IllegalArgumentException when {@code text} is anything else; the message says what
   */
  public static long parse(String text) {
    long address = 0;
    int at = 0;
    for (int octets = 1; octets <= OCTETS; octets++) {
      int start = at;
      int octet = 0;
      while (at < text.length() && at - start < 2 && hexDigit(text.charAt(at)) >= 0) {
        octet = octet << 4 | hexDigit(text.charAt(at));
        at++;
      }
      if (at == start) {
        throw notAnAddress(text);
      }
      address = address << 8 | octet;
      if (octets < OCTETS) {
        if (at == text.length() || text.charAt(at) != ':') {
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
   * Writes an address as six pairs of lower-case hexadecimal digits with colons between.
   *
   * @param address only the lower 48 bits are used
   * @return for example {@code 00:1b:21:3c:9d:f8}
   */
  public static String format(long address) {
    StringBuilder text = new StringBuilder(OCTETS * 3 - 1);
    for (int shift = 40; shift >= 0; shift -= 8) {
      int octet = (int) (address >>> shift) & 0xff;
      text.append(Character.forDigit(octet >>> 4, 16)).append(Character.forDigit(octet & 0xf, 16));
      if (shift > 0) {
        text.append(':');
      }
    }
    return text.toString();
  }

  /**
   * Whether the address is a group address: the lowest bit of the first octet is set (IEEE 802.3).
   * The broadcast address is one of them.
   *
   * @param address a 48-bit address
   * @return true for multicast and broadcast
   */
  public static boolean isMulticast(long address) {
    return (address >>> 40 & 1) != 0;
  }

  /** Character.digit would let the digits of other scripts in. */
  private static int hexDigit(char c) {
    return c < 128 ? Character.digit(c, 16) : -1;
  }

  private static IllegalArgumentException notAnAddress(String text) {
    return new IllegalArgumentException(
        "\"" + text + "\" is not an Ethernet address: six hexadecimal octets with colons between");
  }
}
