package org.mosstack.sim;

import org.mosstack.header.EthernetHeader;
import org.mosstack.header.Ipv4Header;
import org.mosstack.header.TcpHeader;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.Memory;

/**
 * A packet on the link, parsed by code independent of the stack's: a mistake in the stack's parser
 * would otherwise hide itself. One object is reused for all packets.
 */
final class FrameView {
  private static final int KIND_MSS = 2;
  private static final int KIND_SCALE = 3;
  static final int KIND_SACK = 5;
  private static final int KIND_TIMESTAMPS = 8;

  /** Whether it is TCP over IPv4; otherwise only the length is known. */
  boolean tcp;

  int frameBytes;
  long ip;
  long header;
  int headerBytes;
  int source;
  int destination;
  int sourcePort;
  int destinationPort;
  int seq;
  int ack;
  int flags;
  int window;
  int payload;

  /** MSS option; 0 if absent. */
  int mss;

  /** Window scale option; -1 if absent. */
  int shift;

  /** Address of the timestamps option's first value; 0 if absent. */
  long timestamps;

  int tsVal;
  int tsEcr;

  /** Address of the SACK option's first block; 0 if absent. */
  long sack;

  int sackBlocks;

  /** Reads a packet sent by a stack, in a single mbuf segment. */
  void read(long mbuf) {
    frameBytes = Mbuf.packetLength(mbuf);
    long frame = Mbuf.data(mbuf);
    ip = frame + EthernetHeader.BYTES;
    tcp =
        EthernetHeader.type(frame) == EthernetHeader.TYPE_IPV4
            && Ipv4Header.protocol(ip) == Ipv4Header.PROTOCOL_TCP;
    if (!tcp) {
      return;
    }
    header = ip + Ipv4Header.headerBytes(ip);
    source = Ipv4Header.source(ip);
    destination = Ipv4Header.destination(ip);
    sourcePort = TcpHeader.sourcePort(header);
    destinationPort = TcpHeader.destinationPort(header);
    seq = TcpHeader.sequence(header);
    long control = TcpHeader.acknowledgmentToWindow(header);
    ack = TcpHeader.acknowledgmentOf(control);
    flags = TcpHeader.flags(header);
    window = TcpHeader.windowOf(control);
    headerBytes = TcpHeader.headerBytesOf(control);
    payload = tcpBytes() - headerBytes;
    readOptions();
  }

  private void readOptions() {
    mss = 0;
    shift = -1;
    timestamps = 0;
    sack = 0;
    sackBlocks = 0;
    long end = header + headerBytes;
    for (long at = header + TcpHeader.MIN_BYTES; at < end && Memory.getByte(at) != 0; ) {
      int kind = Memory.getByte(at);
      if (kind == 1) {
        at++;
        continue;
      }
      int length = Math.max(2, Memory.getByte(at + 1));
      switch (kind) {
        case KIND_MSS -> mss = Memory.getShortBe(at + 2);
        case KIND_SCALE -> shift = Memory.getByte(at + 2);
        case KIND_TIMESTAMPS -> {
          timestamps = at + 2;
          tsVal = Memory.getIntBe(at + 2);
          tsEcr = Memory.getIntBe(at + 6);
        }
        case KIND_SACK -> {
          sack = at + 2;
          sackBlocks = (length - 2) / 8;
        }
        default -> {}
      }
      at += length;
    }
  }

  /** Returns the size of TCP header and payload in bytes. */
  int tcpBytes() {
    return Ipv4Header.totalLength(ip) - Ipv4Header.headerBytes(ip);
  }

  boolean has(int flag) {
    return (flags & flag) != 0;
  }

  /** Returns the sequence number after the segment, counting SYN and FIN. */
  int end() {
    return seq + payload + (has(TcpHeader.SYN) ? 1 : 0) + (has(TcpHeader.FIN) ? 1 : 0);
  }

  /** Returns the size of the TCP options in bytes. */
  int optionBytes() {
    return headerBytes - TcpHeader.MIN_BYTES;
  }

  /** Recomputes the IPv4 header's checksum after a change. */
  void fixIpChecksum() {
    Ipv4Header.writeChecksum(ip);
  }

  /** Recomputes both checksums after a change. */
  void fixChecksums() {
    fixIpChecksum();
    Memory.putShortBe(header + 16, 0);
    TcpHeader.writeChecksum(header, tcpBytes(), source, destination);
  }
}
