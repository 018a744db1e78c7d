package org.mosstack.ip;

/** Properties of IPv4 and MAC addresses. IPv4 addresses are ints, first octet most significant. */
final class Addresses {
  /** The limited broadcast address 255.255.255.255. */
  static final int BROADCAST = -1;

  /** The MAC address of all stations. */
  static final long MAC_BROADCAST = 0xFFFF_FFFF_FFFFL;

  private static final long MAC_GROUP_BIT = 1L << 40; // lowest bit of the first octet

  private Addresses() {}

  /** Returns the network mask of a prefix length, 0 to 32. */
  static int mask(int prefixLength) {
    return prefixLength == 0 ? 0 : -1 << 32 - prefixLength;
  }

  /** Whether the address is in 127.0.0.0/8 (RFC 1122 section 3.2.1.3 (g)). */
  static boolean isLoopback(int address) {
    return address >>> 24 == 127;
  }

  /**
   * Whether the address can be that of another host: not "this network" (0.0.0.0/8), not loopback,
   * not multicast, reserved or broadcast (224.0.0.0 and up; RFC 1122 section 3.2.1.3).
   */
  static boolean isHost(int address) {
    int first = address >>> 24;
    return first != 0 && first != 127 && first < 224;
  }

  /** Whether the address is a group address: multicast (224.0.0.0/4) or limited broadcast. */
  static boolean isGroup(int address) {
    return address >>> 28 == 0xE || address == BROADCAST;
  }

  /** Whether the MAC address is a group address: multicast or broadcast. */
  static boolean isGroupMac(long mac) {
    return (mac & MAC_GROUP_BIT) != 0;
  }
}
