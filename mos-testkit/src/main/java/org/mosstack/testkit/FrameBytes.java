package org.mosstack.testkit;

/**
 * Headers as bytes: field offsets and checksums. Written from the RFCs; nothing here uses the code
 * under test.
 */
public final class FrameBytes {
  /** Length of an Ethernet header. */
  public static final int ETHERNET_BYTES = 14;

  /** Length of an IPv4 header without options. */
  public static final int IPV4_BYTES = 20;

  /** Length of a TCP header without options. */
  public static final int TCP_BYTES = 20;

  /** Length of an ICMP header. */
  public static final int ICMP_BYTES = 8;

  /** Length of an Ethernet header. */
  public static final int IP = ETHERNET_BYTES;

  /** Offset of TCP after an IPv4 header without options. */
  public static final int TCP = IP + IPV4_BYTES;

  /** Type of IPv4. */
  public static final int TYPE_IPV4 = 0x0800;

  /** Type of ARP. */
  public static final int TYPE_ARP = 0x0806;

  /** Protocol number of ICMP. */
  public static final int PROTOCOL_ICMP = 1;

  /** Protocol number of TCP. */
  public static final int PROTOCOL_TCP = 6;

  /** Protocol number of UDP. */
  public static final int PROTOCOL_UDP = 17;

  /** A flag of TCP. */
  public static final int FIN = 1;

  /** A flag of TCP. */
  public static final int SYN = 2;

  /** A flag of TCP. */
  public static final int RST = 4;

  /** A flag of TCP. */
  public static final int ACK = 16;

  private FrameBytes() {}

  /** Returns a byte, unsigned. */
  public static int u8(byte[] bytes, int at) {
    return bytes[at] & 0xFF;
  }

  /** Returns two bytes, unsigned. */
  public static int u16(byte[] bytes, int at) {
    return u8(bytes, at) << 8 | u8(bytes, at + 1);
  }

  /** Returns four bytes. */
  public static int i32(byte[] bytes, int at) {
    return u16(bytes, at) << 16 | u16(bytes, at + 2);
  }

  /** Writes two bytes. */
  public static void put16(byte[] bytes, int at, int value) {
    bytes[at] = (byte) (value >> 8);
    bytes[at + 1] = (byte) value;
  }

  /** Writes four bytes. */
  public static void put32(byte[] bytes, int at, int value) {
    put16(bytes, at, value >>> 16);
    put16(bytes, at + 2, value);
  }

  /** Writes a MAC address. */
  public static void putMac(byte[] bytes, int at, long mac) {
    put16(bytes, at, (int) (mac >>> 32));
    put32(bytes, at + 2, (int) mac);
  }

  /** Whether a frame is TCP over IPv4 without IP options, with complete fixed headers. */
  public static boolean isTcp(byte[] frame) {
    return frame.length >= TCP + TCP_BYTES
        && u16(frame, 12) == TYPE_IPV4
        && u8(frame, IP) == 0x45
        && u8(frame, IP + 9) == PROTOCOL_TCP;
  }

  /** Whether an IPv4 frame is a fragment of a datagram, whose checksum covers all of it. */
  public static boolean isFragment(byte[] frame) {
    return (u16(frame, IP + 6) & 0x3FFF) != 0;
  }

  /** Returns the sum of RFC 1071, not folded. */
  public static long sum(byte[] bytes, int from, int length) {
    long sum = 0;
    int end = from + length;
    for (int i = from; i + 1 < end; i += 2) {
      sum += u16(bytes, i);
    }
    return (length & 1) == 0 ? sum : sum + (u8(bytes, end - 1) << 8);
  }

  /** Returns a sum folded to 16 bits. */
  public static int fold(long sum) {
    long folded = sum;
    while (folded >>> 16 != 0) {
      folded = (folded & 0xFFFF) + (folded >>> 16);
    }
    return (int) folded;
  }

  /** Returns the sum of the pseudo-header of an IPv4 header at this offset. */
  public static long pseudoSum(byte[] bytes, int ip, int protocol, int length) {
    return sum(bytes, ip + 12, 8) + protocol + length;
  }

  /**
   * Recomputes the checksums of an IPv4 frame, for TCP, ICMP and UDP, where its lengths allow it;
   * for a fragment, only the header's.
   */
  public static void mend(byte[] frame) {
    if (frame.length < IP + IPV4_BYTES || u16(frame, 12) != TYPE_IPV4) {
      return;
    }
    int headerBytes = (u8(frame, IP) & 0x0F) * 4;
    if (headerBytes < IPV4_BYTES || IP + headerBytes > frame.length) {
      return;
    }
    put16(frame, IP + 10, 0);
    put16(frame, IP + 10, ~fold(sum(frame, IP, headerBytes)));
    int payload = IP + headerBytes;
    int length = u16(frame, IP + 2) - headerBytes;
    if (isFragment(frame) || length < 0 || payload + length > frame.length) {
      return;
    }
    int protocol = u8(frame, IP + 9);
    switch (protocol) {
      case PROTOCOL_TCP -> mend(frame, payload, length, 16, pseudo(frame, protocol, length));
      case PROTOCOL_UDP -> mend(frame, payload, length, 6, pseudo(frame, protocol, length));
      case PROTOCOL_ICMP -> mend(frame, payload, length, 2, 0);
      default -> {}
    }
  }

  private static long pseudo(byte[] frame, int protocol, int length) {
    return pseudoSum(frame, IP, protocol, length);
  }

  private static void mend(byte[] frame, int from, int length, int field, long pseudo) {
    if (length >= field + 2) {
      put16(frame, from + field, 0);
      put16(frame, from + field, ~fold(pseudo + sum(frame, from, length)));
    }
  }

  /** Returns why a frame sent by a stack can't be right, or null. */
  public static String wrong(byte[] frame) {
    if (frame.length < ETHERNET_BYTES) {
      return "shorter than an Ethernet header";
    }
    if (u16(frame, 12) == TYPE_ARP) {
      return frame.length < ETHERNET_BYTES + 28 ? "a short ARP packet" : null;
    }
    if (u16(frame, 12) != TYPE_IPV4 || frame.length < IP + IPV4_BYTES) {
      return "neither ARP nor IPv4";
    }
    int headerBytes = (u8(frame, IP) & 0x0F) * 4;
    int total = u16(frame, IP + 2);
    if (u8(frame, IP) >> 4 != 4
        || headerBytes < IPV4_BYTES
        || total < headerBytes
        || total > 1500
        || IP + total > frame.length) {
      return "lengths of the IPv4 header";
    }
    if (fold(sum(frame, IP, headerBytes)) != 0xFFFF) {
      return "IPv4 checksum";
    }
    int payload = IP + headerBytes;
    int length = total - headerBytes;
    if (isFragment(frame)) {
      boolean more = (u16(frame, IP + 6) & 0x2000) != 0;
      return length == 0 || more && length % 8 != 0 ? "length of a fragment" : null;
    }
    return switch (u8(frame, IP + 9)) {
      case PROTOCOL_ICMP ->
          length < ICMP_BYTES || fold(sum(frame, payload, length)) != 0xFFFF ? "ICMP" : null;
      case PROTOCOL_TCP -> wrongTcp(frame, payload, length);
      default -> "a protocol that isn't spoken";
    };
  }

  private static String wrongTcp(byte[] frame, int tcp, int length) {
    if (length < TCP_BYTES) {
      return "a short TCP header";
    }
    int headerBytes = (u8(frame, tcp + 12) >> 4) * 4;
    if (headerBytes < TCP_BYTES || headerBytes > length) {
      return "length of the TCP header";
    }
    if (fold(pseudo(frame, PROTOCOL_TCP, length) + sum(frame, tcp, length)) != 0xFFFF) {
      return "TCP checksum";
    }
    int at = tcp + TCP_BYTES;
    int end = tcp + headerBytes;
    while (at < end && frame[at] != 0) {
      if (frame[at] == 1) {
        at++;
      } else if (at + 1 == end || u8(frame, at + 1) < 2 || at + u8(frame, at + 1) > end) {
        return "TCP options";
      } else {
        at += u8(frame, at + 1);
      }
    }
    return null;
  }
}
