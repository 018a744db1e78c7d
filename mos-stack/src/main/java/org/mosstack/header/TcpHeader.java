package org.mosstack.header;

import org.mosstack.mbuf.Memory;

/** View of a TCP header at an address (RFC 9293 section 3.1). */
public final class TcpHeader {
  /** Bytes of a header without options. */
  public static final int MIN_BYTES = 20;

  /** Bytes of the longest header: 15 words. */
  public static final int MAX_BYTES = 60;

  /** No more data from the sender. */
  public static final int FIN = 0x01;

  /** Synchronise sequence numbers. */
  public static final int SYN = 0x02;

  /** Reset the connection. */
  public static final int RST = 0x04;

  /** Push function. */
  public static final int PSH = 0x08;

  /** The acknowledgment field is significant. */
  public static final int ACK = 0x10;

  /** ECN echo (RFC 3168 section 6.1). */
  public static final int ECE = 0x40;

  /** Congestion window reduced (RFC 3168 section 6.1). */
  public static final int CWR = 0x80;

  private static final int SOURCE_PORT = 0;
  private static final int DESTINATION_PORT = 2;
  private static final int SEQUENCE = 4;
  private static final int ACKNOWLEDGMENT = 8;
  private static final int FLAGS = 13;
  private static final int CHECKSUM = 16;

  private TcpHeader() {}

  /** Source port. */
  public static int sourcePort(long header) {
    return Memory.getShortBe(header + SOURCE_PORT);
  }

  /** Destination port. */
  public static int destinationPort(long header) {
    return Memory.getShortBe(header + DESTINATION_PORT);
  }

  /** Sequence number. */
  public static int sequence(long header) {
    return Memory.getIntBe(header + SEQUENCE);
  }

  /** The eight control bits. */
  public static int flags(long header) {
    return Memory.getByte(header + FLAGS);
  }

  /** Ports and sequence number, 16, 16 and 32 bits: the first eight bytes. */
  public static long portsAndSequence(long header) {
    return Memory.getLongBe(header + SOURCE_PORT);
  }

  /** Source port in {@link #portsAndSequence}. */
  public static int sourcePortOf(long portsAndSequence) {
    return (int) (portsAndSequence >>> 48);
  }

  /** Destination port in {@link #portsAndSequence}. */
  public static int destinationPortOf(long portsAndSequence) {
    return (int) (portsAndSequence >>> 32) & 0xFFFF;
  }

  /** Sequence number in {@link #portsAndSequence}. */
  public static int sequenceOf(long portsAndSequence) {
    return (int) portsAndSequence;
  }

  /**
   * Acknowledgment number, data offset, flags and window, 32, 8, 8 and 16 bits: the second eight
   * bytes.
   */
  public static long acknowledgmentToWindow(long header) {
    return Memory.getLongBe(header + ACKNOWLEDGMENT);
  }

  /** Acknowledgment number in {@link #acknowledgmentToWindow}. */
  public static int acknowledgmentOf(long acknowledgmentToWindow) {
    return (int) (acknowledgmentToWindow >>> 32);
  }

  /** Header length with options in {@link #acknowledgmentToWindow}, in bytes: 0 to 60. */
  public static int headerBytesOf(long acknowledgmentToWindow) {
    return (int) (acknowledgmentToWindow >>> 26) & 0x3C;
  }

  /** The eight control bits in {@link #acknowledgmentToWindow}. */
  public static int flagsOf(long acknowledgmentToWindow) {
    return (int) (acknowledgmentToWindow >>> 16) & 0xFF;
  }

  /** Window in {@link #acknowledgmentToWindow}, not scaled. */
  public static int windowOf(long acknowledgmentToWindow) {
    return (int) acknowledgmentToWindow & 0xFFFF;
  }

  /** Writes the fixed part; the checksum and the urgent pointer are set to 0. */
  public static void write(
      long header,
      int sourcePort,
      int destinationPort,
      int sequence,
      int acknowledgment,
      int headerBytes,
      int flags,
      int window) {
    int ports = sourcePort << 16 | destinationPort & 0xFFFF;
    Memory.putLongBe(header + SOURCE_PORT, (long) ports << 32 | sequence & 0xFFFF_FFFFL);
    int flagsAndWindow = headerBytes << 26 | flags << 16 | window & 0xFFFF;
    Memory.putLongBe(
        header + ACKNOWLEDGMENT, (long) acknowledgment << 32 | flagsAndWindow & 0xFFFF_FFFFL);
    Memory.putInt(header + CHECKSUM, 0); // and the urgent pointer
  }

  /** Changes sequence number and flags; the checksum is set to 0. */
  public static void change(long header, int sequence, int flags) {
    Memory.putIntBe(header + SEQUENCE, sequence);
    Memory.putByte(header + FLAGS, flags);
    Memory.putShort(header + CHECKSUM, 0);
  }

  /**
   * Computes and stores the checksum over pseudo header, header and payload.
   *
   * @param length bytes of header and payload, one segment of memory
   */
  public static void writeChecksum(long header, int length, int source, int destination) {
    long sum = Checksum.pseudoHeader(source, destination, Ipv4Header.PROTOCOL_TCP, length);
    Memory.putShort(
        header + CHECKSUM, ~Checksum.fold(Checksum.add(sum, Checksum.sum(header, length))));
  }

  /**
   * As {@link #writeChecksum(long, int, int, int)}, where the payload's sum is known.
   *
   * @param headerBytes bytes of the header, whose checksum field is 0
   * @param length bytes of header and payload
   * @param payloadSum {@link Checksum#sum} of the payload, folded or not
   */
  public static void writeChecksum(
      long header, int headerBytes, int length, int source, int destination, long payloadSum) {
    long sum = Checksum.pseudoHeader(source, destination, Ipv4Header.PROTOCOL_TCP, length);
    long all = Checksum.add(sum, Checksum.sum(header, headerBytes));
    Memory.putShort(header + CHECKSUM, ~Checksum.fold(Checksum.add(all, payloadSum)));
  }

  /**
   * Stores the pseudo header's sum in the checksum field, as a device expects that fills in the
   * checksum itself (rte_ipv4_phdr_cksum).
   *
   * @param length bytes of header and payload
   */
  public static void writePseudoHeaderSum(long header, int length, int source, int destination) {
    Memory.putShort(header + CHECKSUM, pseudoHeaderSum(length, source, destination));
  }

  /** Whether the checksum field still holds what {@link #writePseudoHeaderSum} wrote. */
  public static boolean holdsPseudoHeaderSum(long header, int length, int source, int destination) {
    return Memory.getShort(header + CHECKSUM) == pseudoHeaderSum(length, source, destination);
  }

  private static int pseudoHeaderSum(int length, int source, int destination) {
    return Checksum.fold(
        Checksum.pseudoHeader(source, destination, Ipv4Header.PROTOCOL_TCP, length));
  }

  /** Whether the checksum over pseudo header, header and payload is right. */
  public static boolean checksumOk(long header, int length, int source, int destination) {
    long sum = Checksum.pseudoHeader(source, destination, Ipv4Header.PROTOCOL_TCP, length);
    return Checksum.fold(Checksum.add(sum, Checksum.sum(header, length))) == 0xFFFF;
  }
}
