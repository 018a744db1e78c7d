package org.mosstack.header;

import org.mosstack.mbuf.Memory;

/**
 * View of all headers of a TCP segment at an address: Ethernet without tags, IPv4 without options,
 * TCP. What compares and copies them as a whole, for segments that are cut and joined.
 */
public final class TcpFrame {
  /** Offset of the IPv4 header. */
  public static final int IP = EthernetHeader.BYTES;

  /** Offset of the TCP header. */
  public static final int TCP = IP + Ipv4Header.MIN_BYTES;

  /** Offset of the TCP options: the least bytes of the headers. */
  public static final int OPTIONS = TCP + TcpHeader.MIN_BYTES;

  private static final int TYPE_OF_SERVICE = 8; // the long that ends with it
  private static final int FRAGMENT_TO_PROTOCOL = 20;
  private static final int ADDRESSES = 26;

  private TcpFrame() {}

  /** Bytes of all headers, by TCP's data offset: 34 to 94, of which less than 54 is invalid. */
  public static int headerBytes(long frame) {
    return TCP + TcpHeader.headerBytesOf(TcpHeader.acknowledgmentToWindow(frame + TCP));
  }

  /**
   * Whether it is a TCP segment with a valid length, an ACK but for that without any flag, in a
   * packet that isn't a fragment and has no IPv4 options.
   *
   * @param length bytes of the frame, at least 94
   */
  public static boolean isPlain(long frame, int length) {
    return EthernetHeader.type(frame) == EthernetHeader.TYPE_IPV4
        && Ipv4Header.version(frame + IP) == 4
        && Ipv4Header.headerBytes(frame + IP) == Ipv4Header.MIN_BYTES
        && Ipv4Header.protocol(frame + IP) == Ipv4Header.PROTOCOL_TCP
        && !Ipv4Header.isFragment(frame + IP)
        && Ipv4Header.totalLength(frame + IP) == length - IP
        && TcpHeader.flags(frame + TCP) == TcpHeader.ACK
        && headerBytes(frame) >= OPTIONS;
  }

  /**
   * Whether the headers of two segments differ in nothing but lengths, checksums, identification,
   * sequence number and PSH: the same flow, and nothing new besides the data.
   *
   * @param a one frame, {@linkplain #isPlain plain}
   * @param b another, at least as long as {@code headerBytes}
   * @param headerBytes the first one's
   */
  public static boolean differInDataOnly(long a, long b, int headerBytes) {
    return Memory.getLong(a) == Memory.getLong(b)
        && Memory.getLong(a + TYPE_OF_SERVICE) == Memory.getLong(b + TYPE_OF_SERVICE)
        && Memory.getInt(a + FRAGMENT_TO_PROTOCOL) == Memory.getInt(b + FRAGMENT_TO_PROTOCOL)
        && Memory.getLong(a + ADDRESSES) == Memory.getLong(b + ADDRESSES)
        && Memory.getInt(a + TCP) == Memory.getInt(b + TCP) // ports
        && sameControl(a, b)
        && sameOptions(a, b, headerBytes);
  }

  /** Acknowledgment number, header length, flags but for PSH, and window. */
  private static boolean sameControl(long a, long b) {
    long difference =
        TcpHeader.acknowledgmentToWindow(a + TCP) ^ TcpHeader.acknowledgmentToWindow(b + TCP);
    return difference == 0 || difference == (long) TcpHeader.PSH << 16;
  }

  private static boolean sameOptions(long a, long b, int headerBytes) {
    for (int i = OPTIONS; i < headerBytes; i += Integer.BYTES) {
      if (Memory.getInt(a + i) != Memory.getInt(b + i)) {
        return false;
      }
    }
    return true;
  }

  /** Copies the last {@code bytes} of the headers, which end with TCP's. */
  public static void copy(long from, long to, int bytes) {
    Memory.copy(from, to, bytes);
  }
}
