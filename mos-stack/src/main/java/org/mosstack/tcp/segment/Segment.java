package org.mosstack.tcp.segment;

import org.mosstack.header.TcpHeader;
import org.mosstack.mbuf.Mbuf;

/**
 * The segment being processed, its header parsed once into fields. One object per core, refilled
 * for each segment. The names are those of RFC 9293: SEG.SEQ, SEG.ACK, SEG.LEN, SEG.WND.
 */
public final class Segment {
  /** Its options; valid until the next segment is parsed. */
  public final TcpOptions options = new TcpOptions();

  /** The packet, its data trimmed to the payload; 0 once somebody else owns it. */
  public long mbuf;

  /** The sender's IPv4 address. */
  public int source;

  /** Our IPv4 address, or what it was sent to. */
  public int destination;

  /** The type-of-service octet of its IP header. */
  public int tos;

  /** The sender's port. */
  public int sourcePort;

  /** Our port. */
  public int destinationPort;

  /** SEG.SEQ. */
  public int seq;

  /** SEG.ACK; valid with the ACK flag. */
  public int ack;

  /** SEG.WND as the header has it, without scaling. */
  public int wnd;

  /** The flags, as in {@link TcpHeader}. */
  public int flags;

  /** The ticket with which another core passed it on, or {@link org.mosstack.ip.Ticket#NONE}. */
  public long ticket;

  /** Whether the ticket was claimed for a connection that doesn't exist yet. */
  public boolean claimed;

  /** Payload bytes, without SYN and FIN. */
  public int dataLen;

  /** Segments that it consists of: 1 unless it is a super-segment ({@link Mbuf#isSuperSegment}). */
  public int segments;

  /** Result of parsing a packet. */
  public enum Parse {
    /** It can be processed. */
    OK,

    /** Its lengths contradict each other. */
    MALFORMED,

    /** Its checksum is wrong. */
    BAD_CHECKSUM,

    /** An option's length is impossible. */
    BAD_OPTION
  }

  /**
   * Parses and checks the header, and trims the mbuf to its payload.
   *
   * @param packet an mbuf of one segment, or a super-segment
   * @param header address of the TCP header in it
   * @param length bytes of TCP header and payload in the first mbuf
   * @param source IPv4 source address
   * @param destination IPv4 destination address
   * @param checksumVerified whether the checksum is known to be right
   */
  public Parse parse(
      long packet, long header, int length, int source, int destination, boolean checksumVerified) {
    if (length < TcpHeader.MIN_BYTES) {
      return Parse.MALFORMED;
    }
    long control = TcpHeader.acknowledgmentToWindow(header);
    int headerBytes = TcpHeader.headerBytesOf(control);
    if (headerBytes < TcpHeader.MIN_BYTES || headerBytes > length) {
      return Parse.MALFORMED;
    }
    if (!checksumVerified && !TcpHeader.checksumOk(header, length, source, destination)) {
      return Parse.BAD_CHECKSUM;
    }
    if (!options.parse(header + TcpHeader.MIN_BYTES, headerBytes - TcpHeader.MIN_BYTES)) {
      return Parse.BAD_OPTION;
    }
    mbuf = packet;
    this.source = source;
    this.destination = destination;
    long numbers = TcpHeader.portsAndSequence(header);
    sourcePort = TcpHeader.sourcePortOf(numbers);
    destinationPort = TcpHeader.destinationPortOf(numbers);
    seq = TcpHeader.sequenceOf(numbers);
    ack = TcpHeader.acknowledgmentOf(control);
    flags = TcpHeader.flagsOf(control);
    wnd = TcpHeader.windowOf(control);
    segments = Mbuf.segments(packet);
    int first = length - headerBytes;
    dataLen = first;
    if (segments != 1) {
      dataLen += Mbuf.packetLength(packet) - Mbuf.dataLength(packet);
    }
    Mbuf.setData(packet, header + headerBytes, first);
    return Parse.OK;
  }

  /** Whether it has one of these flags. */
  public boolean has(int flag) {
    return (flags & flag) != 0;
  }

  /** SEG.LEN: the sequence space it occupies, SYN and FIN included. */
  public int len() {
    return dataLen + (has(TcpHeader.SYN) ? 1 : 0) + (has(TcpHeader.FIN) ? 1 : 0);
  }

  /** Payload bytes of its first segment. */
  public int firstDataLen() {
    return segments == 1 ? dataLen : Mbuf.dataLength(mbuf);
  }

  /**
   * Becomes one segment of a super-segment, of which it keeps all but position and data.
   *
   * @param packet the segment's mbuf
   * @param sequence its first sequence number
   * @param ownFlags of its flags
   */
  public void become(long packet, int sequence, int ownFlags) {
    Mbuf.unchain(packet);
    mbuf = packet;
    seq = sequence;
    flags = ownFlags;
    dataLen = Mbuf.dataLength(packet);
    segments = 1;
  }

  /** Drops the first {@code bytes} of the payload and advances the sequence number accordingly. */
  public void trimFront(int bytes) {
    Mbuf.trimFront(mbuf, bytes);
    seq += bytes;
    dataLen -= bytes;
  }

  /** Drops the last {@code bytes} of the payload, and the FIN behind them. */
  public void trimBack(int bytes) {
    Mbuf.trimBack(mbuf, bytes);
    dataLen -= bytes;
    flags &= ~TcpHeader.FIN;
  }

  /** Hands the packet over to the caller, who then owns it. */
  public long takeMbuf() {
    long taken = mbuf;
    mbuf = 0;
    return taken;
  }
}
