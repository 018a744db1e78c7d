package org.mosstack.header;

import org.mosstack.mbuf.Memory;

/** View of an ARP packet for IPv4 over Ethernet at an address (RFC 826). */
public final class ArpHeader {
  /** Bytes of the packet. */
  public static final int BYTES = 28;

  /** Operation: who has this address? */
  public static final int REQUEST = 1;

  /** Operation: I have this address. */
  public static final int REPLY = 2;

  private static final long ETHERNET_IPV4 = 0x0001_0800_06_04L; // htype, ptype, hlen, plen
  private static final int OPERATION = 6;
  private static final int SENDER_MAC = 8;
  private static final int SENDER_IP = 14;
  private static final int TARGET_MAC = 18;
  private static final int TARGET_IP = 24;

  private ArpHeader() {}

  /** Whether hardware and protocol types and lengths are those of IPv4 over Ethernet. */
  public static boolean isEthernetIpv4(long header) {
    long types = (long) Memory.getIntBe(header) << 16 | Memory.getShortBe(header + 4);
    return types == ETHERNET_IPV4;
  }

  /** {@link #REQUEST}, {@link #REPLY} or any other value. */
  public static int operation(long header) {
    return Memory.getShortBe(header + OPERATION);
  }

  /** MAC of the sender. */
  public static long senderMac(long header) {
    return EthernetHeader.mac(header + SENDER_MAC);
  }

  /** IPv4 address of the sender. */
  public static int senderIp(long header) {
    return Memory.getIntBe(header + SENDER_IP);
  }

  /** IPv4 address asked for. */
  public static int targetIp(long header) {
    return Memory.getIntBe(header + TARGET_IP);
  }

  /** Writes a whole packet. */
  public static void write(
      long header, int operation, long senderMac, int senderIp, long targetMac, int targetIp) {
    Memory.putIntBe(header, (int) (ETHERNET_IPV4 >>> 16));
    Memory.putShortBe(header + 4, (int) ETHERNET_IPV4);
    Memory.putShortBe(header + OPERATION, operation);
    EthernetHeader.putMac(header + SENDER_MAC, senderMac);
    Memory.putIntBe(header + SENDER_IP, senderIp);
    EthernetHeader.putMac(header + TARGET_MAC, targetMac);
    Memory.putIntBe(header + TARGET_IP, targetIp);
  }
}
