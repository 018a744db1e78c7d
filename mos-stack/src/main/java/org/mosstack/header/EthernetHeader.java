package org.mosstack.header;

import org.mosstack.mbuf.Memory;

/** View of an Ethernet II header at an address (IEEE 802.3). MAC addresses are 48-bit values. */
public final class EthernetHeader {
  /** Bytes of the header, without a VLAN tag. */
  public static final int BYTES = 14;

  /** EtherType of IPv4. */
  public static final int TYPE_IPV4 = 0x0800;

  /** EtherType of ARP. */
  public static final int TYPE_ARP = 0x0806;

  private static final int DESTINATION = 0;
  private static final int SOURCE = 6;
  private static final int TYPE = 12;

  private EthernetHeader() {}

  /** Destination MAC. */
  public static long destination(long header) {
    return mac(header + DESTINATION);
  }

  /** Source MAC. */
  public static long source(long header) {
    return mac(header + SOURCE);
  }

  /** EtherType. */
  public static int type(long header) {
    return Memory.getShortBe(header + TYPE);
  }

  /** Writes all three fields. */
  public static void write(long header, long destination, long source, int type) {
    Memory.putLongBe(header + DESTINATION, destination << 16 | source >>> 32);
    Memory.putIntBe(header + SOURCE + 2, (int) source);
    Memory.putShortBe(header + TYPE, type);
  }

  /** A MAC with two bytes behind it. */
  static long mac(long address) {
    return Memory.getLongBe(address) >>> 16;
  }

  static void putMac(long address, long mac) {
    Memory.putShortBe(address, (int) (mac >>> 32));
    Memory.putIntBe(address + 2, (int) mac);
  }
}
