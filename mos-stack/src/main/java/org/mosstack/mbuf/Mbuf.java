package org.mosstack.mbuf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Static accessors of a packet buffer: the address of a DPDK {@code rte_mbuf}, or of the same
 * fields laid out in plain off-heap memory by {@link MbufPool}.
 *
 * <p>Packets aren't objects. An mbuf belongs to one core at a time and is used on that core's
 * thread only. Offsets are those of {@code struct rte_mbuf} (rte_mbuf_core.h), the same in DPDK
 * 22.11 to 25.11.
 */
public final class Mbuf {
  /** Size of the header in front of the buffer, in bytes ({@code sizeof(struct rte_mbuf)}). */
  public static final int HEADER_BYTES = 128;

  /** Bytes in front of a fresh packet, for headers to be prepended (RTE_PKTMBUF_HEADROOM). */
  public static final int HEADROOM_BYTES = 128;

  /** Flag of a received packet: {@link #rssHash} holds the device's hash. */
  public static final long RX_RSS_HASH = 1L << 1;

  /** Mask of what the device found out about the IPv4 header checksum; 0 if nothing. */
  public static final long RX_IP_CKSUM_MASK = 1L << 4 | 1L << 7;

  /** The IPv4 header checksum is wrong. */
  public static final long RX_IP_CKSUM_BAD = 1L << 4;

  /** The IPv4 header checksum is right. */
  public static final long RX_IP_CKSUM_GOOD = 1L << 7;

  /** Mask of what the device found out about the TCP or UDP checksum; 0 if nothing. */
  public static final long RX_L4_CKSUM_MASK = 1L << 3 | 1L << 8;

  /** The TCP or UDP checksum is wrong. */
  public static final long RX_L4_CKSUM_BAD = 1L << 3;

  /** The TCP or UDP checksum is right. */
  public static final long RX_L4_CKSUM_GOOD = 1L << 8;

  /**
   * The data is intact, but the checksum field isn't filled in: from a virtual port's neighbour.
   */
  public static final long RX_L4_CKSUM_NONE = RX_L4_CKSUM_MASK;

  /**
   * Flag of a received packet: a super-segment, several TCP segments of a flow that follow each
   * other, checked and joined by the device (large receive offload) or by the stack. See {@link
   * #isSuperSegment}.
   */
  public static final long RX_LRO = 1L << 16;

  /** Flag of a packet to be sent: a super-segment that the device cuts into segments. */
  public static final long TX_TCP_SEG = 1L << 50;

  /** Flag of a packet to be sent: the device fills in the TCP checksum. */
  public static final long TX_TCP_CKSUM = 1L << 52;

  /** Flag of a packet to be sent: the device fills in the IPv4 header checksum. */
  public static final long TX_IP_CKSUM = 1L << 54;

  /** Flag of a packet to be sent: it is IPv4; required with either of the other two. */
  public static final long TX_IPV4 = 1L << 55;

  private static final int BUF_ADDR = 0;
  private static final int DATA_OFF = 16;
  private static final int REFCNT = 18;
  private static final int NB_SEGS = 20;
  private static final int PORT = 22;
  private static final int OL_FLAGS = 24;
  private static final int PKT_LEN = 36;
  private static final int DATA_LEN = 40;
  private static final int RSS_HASH = 44;
  private static final int BUF_LEN = 54;
  private static final int NEXT = 64;
  private static final int TX_OFFLOAD = 72;
  private static final int L3_LEN_SHIFT = 7; // behind l2_len's 7 bits; 9 bits wide
  private static final int L4_LEN_SHIFT = 16; // 8 bits wide
  private static final int TSO_SEGSZ_SHIFT = 24; // 16 bits wide
  private static final long TX_TCP_FLAGS = TX_IPV4 | TX_IP_CKSUM | TX_TCP_CKSUM;

  private static final long COPIED_FLAGS =
      RX_RSS_HASH | RX_IP_CKSUM_MASK | RX_L4_CKSUM_MASK | RX_LRO | TX_TCP_FLAGS | TX_TCP_SEG;

  /** data_off, refcnt = 1, nb_segs = 1 and port = 0, which are adjacent. */
  private static final long REARM_DATA =
      ByteBuffer.allocate(Long.BYTES)
          .order(ByteOrder.nativeOrder())
          .putShort((short) HEADROOM_BYTES)
          .putShort((short) 1)
          .putShort((short) 1)
          .putShort((short) 0)
          .getLong(0);

  /** pkt_len = 1, data_len = 1 and vlan_tci = 0, which are adjacent. */
  private static final long ONE_BYTE =
      ByteBuffer.allocate(Long.BYTES)
          .order(ByteOrder.nativeOrder())
          .putInt(1)
          .putShort((short) 1)
          .putShort((short) 0)
          .getLong(0);

  private Mbuf() {}

  /** Lays out a fresh mbuf header at {@code mbuf} whose buffer follows the header directly. */
  static void init(long mbuf, int bufLen) {
    Memory.zero(mbuf, HEADER_BYTES);
    Memory.putLong(mbuf + BUF_ADDR, mbuf + HEADER_BYTES);
    Memory.putShort(mbuf + BUF_LEN, bufLen);
    reset(mbuf);
  }

  /** Makes the mbuf an empty packet with full headroom (rte_pktmbuf_reset). */
  public static void reset(long mbuf) {
    Memory.putLong(mbuf + DATA_OFF, REARM_DATA);
    Memory.putLong(mbuf + OL_FLAGS, 0);
    setLength(mbuf, 0);
    Memory.putLong(mbuf + NEXT, 0);
  }

  /** Address of the first byte of packet data in this segment. */
  public static long data(long mbuf) {
    return Memory.getLong(mbuf + BUF_ADDR) + Memory.getShort(mbuf + DATA_OFF);
  }

  /** Bytes of packet data in this segment. */
  public static int dataLength(long mbuf) {
    return Memory.getShort(mbuf + DATA_LEN);
  }

  /** Bytes of packet data in all segments of the packet. */
  public static int packetLength(long mbuf) {
    return Memory.getInt(mbuf + PKT_LEN);
  }

  /** Sets the length of a packet of one segment: 0 to 65535 bytes. */
  public static void setLength(long mbuf, int length) {
    Memory.putLong(mbuf + PKT_LEN, ONE_BYTE * length);
  }

  /**
   * Makes a part of its buffer the data of a one-segment packet.
   *
   * @param data address of the first byte, within the buffer
   * @param length bytes from there on, 0 to the buffer's end
   */
  public static void setData(long mbuf, long data, int length) {
    Memory.putShort(mbuf + DATA_OFF, (int) (data - Memory.getLong(mbuf + BUF_ADDR)));
    setLength(mbuf, length);
  }

  /** Free bytes before the data. */
  public static int headroom(long mbuf) {
    return Memory.getShort(mbuf + DATA_OFF);
  }

  /** Free bytes after the data. */
  public static int tailroom(long mbuf) {
    return Memory.getShort(mbuf + BUF_LEN) - headroom(mbuf) - dataLength(mbuf);
  }

  /**
   * Grows the data at the front (rte_pktmbuf_prepend); the caller makes sure of the headroom.
   *
   * @return the new address of the first byte
   */
  public static long prepend(long mbuf, int length) {
    int offset = headroom(mbuf) - length;
    Memory.putShort(mbuf + DATA_OFF, offset);
    changeLength(mbuf, length);
    return Memory.getLong(mbuf + BUF_ADDR) + offset;
  }

  /** Adds to the lengths of the packet and of its first segment, which are adjacent. */
  private static void changeLength(long mbuf, int by) {
    Memory.putLong(mbuf + PKT_LEN, Memory.getLong(mbuf + PKT_LEN) + by * ONE_BYTE);
  }

  /**
   * Grows the data at the back (rte_pktmbuf_append); the caller makes sure of the tailroom.
   *
   * @return the address of the first byte appended
   */
  public static long append(long mbuf, int length) {
    int before = dataLength(mbuf);
    setLength(mbuf, before + length);
    return data(mbuf) + before;
  }

  /**
   * As {@link #append}, for a packet that is {@linkplain #reset fresh}: half the accesses to
   * memory.
   *
   * @return the address of the first byte
   */
  public static long appendFirst(long mbuf, int length) {
    setLength(mbuf, length);
    return Memory.getLong(mbuf + BUF_ADDR) + HEADROOM_BYTES;
  }

  /**
   * Drops bytes from the front of a packet whose first segment has at least that many
   * (rte_pktmbuf_adj).
   */
  public static void trimFront(long mbuf, int length) {
    Memory.putShort(mbuf + DATA_OFF, headroom(mbuf) + length);
    changeLength(mbuf, -length);
  }

  /** Drops bytes from the back of a one-segment packet (rte_pktmbuf_trim). */
  public static void trimBack(long mbuf, int length) {
    setLength(mbuf, dataLength(mbuf) - length);
  }

  /** Segments of the packet; 1 for all that {@link MbufPool} hands out. */
  public static int segments(long mbuf) {
    return Memory.getShort(mbuf + NB_SEGS);
  }

  /** The next mbuf of a list or of a packet's segments; 0 ends it. */
  public static long next(long mbuf) {
    return Memory.getLong(mbuf + NEXT);
  }

  /** Links {@code next} behind {@code mbuf}. */
  public static void setNext(long mbuf, long next) {
    Memory.putLong(mbuf + NEXT, next);
  }

  /**
   * Makes a one-segment packet the last segment of another packet (rte_pktmbuf_chain).
   *
   * @param head the other packet's first segment
   * @param last its last one so far
   */
  public static void chain(long head, long last, long segment) {
    setNext(segment, 0);
    setNext(last, segment);
    Memory.putShort(head + NB_SEGS, segments(head) + 1);
    Memory.putInt(head + PKT_LEN, packetLength(head) + dataLength(segment));
  }

  /**
   * Makes mbufs that are linked through {@link #next} one packet.
   *
   * @param head the first of them
   * @param segments their number
   * @param bytes of packet data in all of them
   */
  public static void setChainLength(long head, int segments, int bytes) {
    Memory.putShort(head + NB_SEGS, segments);
    Memory.putInt(head + PKT_LEN, bytes);
  }

  /** Makes the first segment of a packet a packet of its own; {@link #next} still leads on. */
  public static void unchain(long head) {
    Memory.putShort(head + NB_SEGS, 1);
    setLength(head, dataLength(head));
  }

  /** Reduces a packet to its first segment; the caller frees the rest, from {@link #next} on. */
  static void makeSingle(long head) {
    unchain(head);
    setNext(head, 0);
  }

  /** References held; the pool takes the mbuf back when the last one goes. */
  public static int references(long mbuf) {
    return Memory.getShort(mbuf + REFCNT);
  }

  /** Sets the reference count. */
  public static void setReferences(long mbuf, int references) {
    Memory.putShort(mbuf + REFCNT, references);
  }

  /** Where the packet came from: a number that the receiving core gives its ports. */
  public static int port(long mbuf) {
    return Memory.getShort(mbuf + PORT);
  }

  /** Sets where the packet came from. */
  public static void setPort(long mbuf, int port) {
    Memory.putShort(mbuf + PORT, port);
  }

  /** What is known about the packet, or requested for it (ol_flags): the RX_ and TX_ bits above. */
  public static long flags(long mbuf) {
    return Memory.getLong(mbuf + OL_FLAGS);
  }

  /** Sets all flags. */
  public static void setFlags(long mbuf, long flags) {
    Memory.putLong(mbuf + OL_FLAGS, flags);
  }

  /** Forgets what the device found out about checksums: the packet's bytes have changed since. */
  public static void clearChecksumFlags(long mbuf) {
    setFlags(mbuf, flags(mbuf) & ~(RX_IP_CKSUM_MASK | RX_L4_CKSUM_MASK));
  }

  /**
   * The flags that a copy of the packet inherits: the RX_ and TX_ bits above. The others are about
   * the mbuf's memory, or about fields that aren't copied.
   */
  public static long copiedFlags(long mbuf) {
    return flags(mbuf) & COPIED_FLAGS;
  }

  /**
   * Asks the device to fill in the IPv4 and TCP checksums. The packet's IPv4 checksum field is 0
   * and its TCP checksum field the pseudo header's sum, as DPDK's TX_TCP_CKSUM wants them.
   *
   * @param l2Bytes length of the Ethernet header, 0 to 127
   * @param l3Bytes length of the IPv4 header, 20 to 60
   */
  public static void requestTcpChecksum(long mbuf, int l2Bytes, int l3Bytes) {
    setFlags(mbuf, flags(mbuf) | TX_TCP_FLAGS);
    setTxOffload(mbuf, (long) l3Bytes << L3_LEN_SHIFT | l2Bytes);
  }

  /** Whether the device is to fill in the TCP checksum ({@link #requestTcpChecksum}). */
  public static boolean requestsTcpChecksum(long mbuf) {
    return (flags(mbuf) & TX_TCP_CKSUM) != 0;
  }

  /**
   * Makes a packet a super-segment to be sent: asks the device to cut it into segments, and to fill
   * in their checksums. Its headers are those of the first segment, which its first mbuf holds
   * whole, but for PSH and FIN, which are meant for the last one; each further mbuf holds the
   * payload of a further segment, and has the headroom for its headers.
   *
   * @param l2Bytes length of the Ethernet header, 0 to 127
   * @param l3Bytes length of the IPv4 header, 20 to 60
   * @param l4Bytes length of the TCP header, 20 to 60
   * @param payloadBytes of each segment but the last, 1 to 65535 (tso_segsz)
   */
  public static void requestSegmentation(
      long mbuf, int l2Bytes, int l3Bytes, int l4Bytes, int payloadBytes) {
    setFlags(mbuf, flags(mbuf) | TX_TCP_SEG | TX_TCP_FLAGS);
    setTxOffload(
        mbuf,
        (long) payloadBytes << TSO_SEGSZ_SHIFT
            | (long) l4Bytes << L4_LEN_SHIFT
            | (long) l3Bytes << L3_LEN_SHIFT
            | l2Bytes);
  }

  /** Whether the device is to cut the packet into segments ({@link #requestSegmentation}). */
  public static boolean requestsSegmentation(long mbuf) {
    return (flags(mbuf) & TX_TCP_SEG) != 0;
  }

  /**
   * Whether a received packet is a super-segment. Its headers are those of the first segment, which
   * its first mbuf holds whole, but for PSH and FIN, which came with the last one. Each further
   * mbuf holds the payload of a further segment, without headers; whoever joined them has checked
   * theirs, and all checksums.
   */
  public static boolean isSuperSegment(long mbuf) {
    return (flags(mbuf) & RX_LRO) != 0 && segments(mbuf) != 1;
  }

  /** Header lengths for the device that fills in checksums (tx_offload). */
  public static long txOffload(long mbuf) {
    return Memory.getLong(mbuf + TX_OFFLOAD);
  }

  /** Sets the header lengths; only meaningful with one of the TX_ flags. */
  public static void setTxOffload(long mbuf, long txOffload) {
    Memory.putLong(mbuf + TX_OFFLOAD, txOffload);
  }

  /**
   * What a core attached to a received packet that it passed on to another (in tx_offload, unused
   * in received packets); undefined for packets from devices.
   */
  public static long ticket(long mbuf) {
    return txOffload(mbuf);
  }

  /** Attaches a ticket to a packet that is passed on to another core; copies inherit it. */
  public static void setTicket(long mbuf, long ticket) {
    setTxOffload(mbuf, ticket);
  }

  /** The hash that the device computed on receive (hash.rss); 0 when it computed none. */
  public static int rssHash(long mbuf) {
    return Memory.getInt(mbuf + RSS_HASH);
  }

  /** Sets the receive hash. */
  public static void setRssHash(long mbuf, int hash) {
    Memory.putInt(mbuf + RSS_HASH, hash);
  }

  /**
   * The Internet checksum's sum of the payload in a segment to be sent, folded to 16 bits, as
   * {@link #setPayloadSum} left it (in hash.rss, unused in packets to be sent).
   */
  public static int payloadSum(long mbuf) {
    return rssHash(mbuf);
  }

  /** Notes the sum of the payload, for whoever computes the checksum later. */
  public static void setPayloadSum(long mbuf, int sum) {
    setRssHash(mbuf, sum);
  }

  /**
   * Copies the packet's bytes into an array.
   *
   * @return the bytes copied: the packet's length, or {@code target.length} if that is less
   */
  public static int copyTo(long mbuf, byte[] target) {
    return copyTo(mbuf, target, 0, target.length);
  }

  /**
   * Copies the packet's bytes into a part of an array.
   *
   * @param offset where the first byte goes
   * @param max maximum number of bytes to copy; {@code offset + max} lies within the array
   * @return the bytes copied: the packet's length, or {@code max} if that is less
   */
  public static int copyTo(long mbuf, byte[] target, int offset, int max) {
    int length = Math.min(packetLength(mbuf), max);
    int done = 0;
    for (long segment = mbuf; segment != 0 && done < length; segment = next(segment)) {
      int part = Math.min(dataLength(segment), length - done);
      Memory.copy(data(segment), target, offset + done, part);
      done += part;
    }
    return done;
  }

  /**
   * Appends a part of an array to the data.
   *
   * @param source holds at least {@code offset + length} bytes
   * @throws IllegalArgumentException if they exceed {@link #tailroom}: memory after the buffer
   *     would be overwritten
   */
  public static void append(long mbuf, byte[] source, int offset, int length) {
    int room = tailroom(mbuf);
    if (length > room) {
      throw new IllegalArgumentException(length + " bytes; the buffer has room for " + room);
    }
    Memory.copy(source, offset, append(mbuf, length), length);
  }

  /**
   * Appends a copy of native memory to the data; the caller makes sure of the tailroom.
   *
   * @param source address of the first byte
   */
  public static void append(long mbuf, long source, int length) {
    Memory.copy(source, append(mbuf, length), length);
  }

  /**
   * Inverts bits of one byte of the packet, as a bad cable would.
   *
   * @param index index of the byte, 0 to the packet's length - 1
   * @param mask the bits to invert, 8 bits
   */
  public static void invert(long mbuf, int index, int mask) {
    long segment = mbuf;
    int left = index;
    while (left >= dataLength(segment)) {
      left -= dataLength(segment);
      segment = next(segment);
    }
    long address = data(segment) + left;
    Memory.putByte(address, Memory.getByte(address) ^ mask);
  }
}
