package org.mosstack.testkit;

import java.nio.ByteBuffer;

/** Builds frames byte by byte, with its own checksum: nothing here uses the code under test. */
public final class Frames {
  /** The MAC address of all stations. */
  public static final long BROADCAST = 0xFFFF_FFFF_FFFFL;

  private Frames() {}

  /** Returns an address in host order. */
  public static int ip(String dotted) {
    int address = 0;
    for (String octet : dotted.split("\\.")) {
      address = address << 8 | Integer.parseInt(octet);
    }
    return address;
  }

  /** Returns a frame of this type. */
  public static byte[] ethernet(long destination, long source, int type, byte[] payload) {
    ByteBuffer frame = ByteBuffer.allocate(14 + payload.length);
    putMac(frame, destination);
    putMac(frame, source);
    return frame.putShort((short) type).put(payload).array();
  }

  /** Returns the frame of an ARP packet; operation 1 is a request, 2 a reply. */
  public static byte[] arp(
      long destination, int operation, long senderMac, int sender, long targetMac, int target) {
    ByteBuffer arp = ByteBuffer.allocate(28);
    arp.putShort((short) 1).putShort((short) 0x0800).put((byte) 6).put((byte) 4);
    arp.putShort((short) operation);
    putMac(arp, senderMac);
    arp.putInt(sender);
    putMac(arp, targetMac);
    arp.putInt(target);
    return ethernet(destination, senderMac, 0x0806, arp.array());
  }

  /** Returns an ICMP message; {@code rest} is the header's second word. */
  public static byte[] icmp(int type, int code, int rest, byte[] body) {
    ByteBuffer icmp = ByteBuffer.allocate(8 + body.length);
    icmp.put((byte) type).put((byte) code).putShort((short) 0).putInt(rest).put(body);
    icmp.putShort(2, (short) checksum(icmp.array()));
    return icmp.array();
  }

  /** Returns a UDP datagram with its checksum. */
  public static byte[] udp(
      int source, int destination, int sourcePort, int destinationPort, byte[] body) {
    ByteBuffer udp = ByteBuffer.allocate(8 + body.length);
    udp.putShort((short) sourcePort).putShort((short) destinationPort);
    udp.putShort((short) (8 + body.length)).putShort((short) 0).put(body);
    ByteBuffer summed = ByteBuffer.allocate(12 + udp.capacity());
    summed.putInt(source).putInt(destination).putShort((short) 17);
    summed.putShort((short) udp.capacity()).put(udp.array());
    udp.putShort(6, (short) checksum(summed.array()));
    return udp.array();
  }

  /** Returns a TCP segment of zeros with an ACK, without checksum. */
  public static byte[] tcp(int sourcePort, int destinationPort, int sequence, int payloadBytes) {
    ByteBuffer tcp = ByteBuffer.allocate(20 + payloadBytes);
    tcp.putShort((short) sourcePort).putShort((short) destinationPort);
    tcp.putInt(sequence).putInt(7).putShort((short) 0x5010).putShort((short) 1000);
    return tcp.array();
  }

  /** Returns the Internet checksum (RFC 1071) of all bytes. */
  public static int checksum(byte[] bytes) {
    return checksum(bytes, 0, bytes.length);
  }

  /** Returns the Internet checksum (RFC 1071). */
  public static int checksum(byte[] bytes, int from, int length) {
    int sum = 0;
    for (int i = 0; i < length; i++) {
      int value = bytes[from + i] & 0xFF;
      sum += i % 2 == 0 ? value << 8 : value;
      sum = (sum & 0xFFFF) + (sum >>> 16);
    }
    return ~sum & 0xFFFF;
  }

  private static void putMac(ByteBuffer buffer, long mac) {
    buffer.putShort((short) (mac >>> 32)).putInt((int) mac);
  }

  /** An IPv4 packet: correct unless its fields are changed. */
  public static final class Ipv4 {
    /** Version. */
    public int version = 4;

    /** Header length in words; -1 for what the options need. */
    public int ihl = -1;

    /** Type of service. */
    public int tos;

    /** Total length; -1 for what there is. */
    public int totalLength = -1;

    /** Identification. */
    public int identification = 0x1234;

    /** Flags and fragment offset. */
    public int fragment;

    /** Time to live. */
    public int ttl = 64;

    /** Protocol. */
    public int protocol = 6;

    /** Source address. */
    public int source;

    /** Destination address. */
    public int destination;

    /** Options, a multiple of 4 bytes. */
    public byte[] options = {};

    /** Payload. */
    public byte[] payload = {};

    /** Added to the right checksum. */
    public int checksumError;

    /** Creates a packet; it shares the payload. */
    public Ipv4(int source, int destination, int protocol, byte[] payload) {
      this.source = source;
      this.destination = destination;
      this.protocol = protocol;
      this.payload = payload;
    }

    /** Returns the packet. */
    public byte[] packet() {
      int headerBytes = 20 + options.length;
      ByteBuffer packet = ByteBuffer.allocate(headerBytes + payload.length);
      packet.put((byte) (version << 4 | (ihl < 0 ? headerBytes / 4 : ihl))).put((byte) tos);
      packet.putShort((short) (totalLength < 0 ? packet.capacity() : totalLength));
      packet.putShort((short) identification).putShort((short) fragment);
      packet.put((byte) ttl).put((byte) protocol).putShort((short) 0);
      packet.putInt(source).putInt(destination).put(options).put(payload);
      int summed = ihl < 0 ? headerBytes : Math.min(ihl * 4, packet.capacity());
      int checksum = checksum(packet.array(), 0, summed) + checksumError;
      return packet.putShort(10, (short) checksum).array();
    }

    /** Returns the packet in a frame. */
    public byte[] frame(long destinationMac, long sourceMac) {
      return ethernet(destinationMac, sourceMac, 0x0800, packet());
    }
  }
}
