package org.mosstack.header;

import org.mosstack.mbuf.Memory;

/** View of an Ethernet II header at an address (IEEE 802.3). MAC addresses are 48-bit values. */
public final class EthernetHeader {
  /** Bytes of the header, without a VLAN tag. */
  public static final int BYTES = 14;

  /** Bytes of the header with a priority tag: the longest that is accepted. */
  public static final int TAGGED_BYTES = BYTES + 4;

  /** EtherType of IPv4. */
  public static final int TYPE_IPV4 = 0x0800;

  /** EtherType of ARP. */
  public static final int TYPE_ARP = 0x0806;

  /** EtherType of a tag, which the frame's own type follows (IEEE 802.1Q). */
  public static final int TYPE_VLAN = 0x8100;

  private static final int TAG_BYTES = TAGGED_BYTES - BYTES;
  private static final int TAG_CONTROL = 14;
  private static final int VLAN_MASK = 0x0FFF;

  private static final int DESTINATION = 0;
  private static final int SOURCE = 6;
  private static final int TYPE = 12;

  private EthernetHeader() {}

  /** Destination MAC. */
  public static long destination(long header) {
    return mac(header + DESTINATION);
  }

  /** EtherType. */
  public static int type(long header) {
    return Memory.getShortBe(header + TYPE);
  }

  /**
   * Bytes of a priority tag: one with VLAN ID 0, which carries only the frame's priority (IEEE
   * 802.1Q section 6.9.1). An untagged header would start this far after {@code header}.
   *
   * @param length bytes of the frame, at least {@link #BYTES}
   * @return 4, or 0 if there is none
   */
  public static int priorityTagBytes(long header, int length) {
    boolean tagged =
        type(header) == TYPE_VLAN
            && length >= BYTES + TAG_BYTES
            && (Memory.getShortBe(header + TAG_CONTROL) & VLAN_MASK) == 0;
    return tagged ? TAG_BYTES : 0;
  }

  /** Moves the addresses over a tag, so that an untagged header starts {@code tagBytes} later. */
  public static void moveOverTag(long header, int tagBytes) {
    long first = Memory.getLong(header);
    int last = Memory.getInt(header + 8);
    Memory.putLong(header + tagBytes, first);
    Memory.putInt(header + tagBytes + 8, last);
  }

  /** Writes all three fields; the two accesses overlap. */
  public static void write(long header, long destination, long source, int type) {
    Memory.putLongBe(header + DESTINATION, destination << 16);
    Memory.putLongBe(header + SOURCE, source << 16 | type & 0xFFFF);
  }

  /** A MAC address, followed by two more bytes. */
  static long mac(long address) {
    return Memory.getLongBe(address) >>> 16;
  }

  static void putMac(long address, long mac) {
    Memory.putShortBe(address, (int) (mac >>> 32));
    Memory.putIntBe(address + 2, (int) mac);
  }
}
