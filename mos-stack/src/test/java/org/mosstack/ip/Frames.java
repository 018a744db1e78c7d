package org.mosstack.ip;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Builds frames byte by byte, with its own checksum: nothing here uses the code under test. */
final class Frames {
  static final long BROADCAST = 0xFFFF_FFFF_FFFFL;

  private Frames() {}

  static int ip(String dotted) {
    int address = 0;
    for (String octet : dotted.split("\\.")) {
      address = address << 8 | Integer.parseInt(octet);
    }
    return address;
  }

  static byte[] ethernet(long destination, long source, int type, byte[] payload) {
    ByteBuffer frame = ByteBuffer.allocate(14 + payload.length);
    putMac(frame, destination);
    putMac(frame, source);
    return frame.putShort((short) type).put(payload).array();
  }

  static byte[] arp(
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

  static byte[] icmp(int type, int code, int rest, byte[] body) {
    ByteBuffer icmp = ByteBuffer.allocate(8 + body.length);
    icmp.put((byte) type).put((byte) code).putShort((short) 0).putInt(rest).put(body);
    icmp.putShort(2, (short) checksum(icmp.array(), 0, icmp.capacity()));
    return icmp.array();
  }

  static byte[] udp(int source, int destination, int sourcePort, int destinationPort, byte[] body) {
    ByteBuffer udp = ByteBuffer.allocate(8 + body.length);
    udp.putShort((short) sourcePort).putShort((short) destinationPort);
    udp.putShort((short) (8 + body.length)).putShort((short) 0).put(body);
    ByteBuffer summed = ByteBuffer.allocate(12 + udp.capacity());
    summed.putInt(source).putInt(destination).putShort((short) 17);
    summed.putShort((short) udp.capacity()).put(udp.array());
    udp.putShort(6, (short) checksum(summed.array(), 0, summed.capacity()));
    return udp.array();
  }

  static byte[] tcp(int sourcePort, int destinationPort, int sequence, int payloadBytes) {
    ByteBuffer tcp = ByteBuffer.allocate(20 + payloadBytes);
    tcp.putShort((short) sourcePort).putShort((short) destinationPort);
    tcp.putInt(sequence).putInt(7).putShort((short) 0x5010).putShort((short) 1000);
    return tcp.array();
  }

  /**
   * Returns the frames of a packet's fragments to {@link IpFixture#US}, in order; only the first
   * has options.
   *
   * @param bytes payload of each but the last, a multiple of 8
   */
  static List<byte[]> fragments(Ipv4 packet, int bytes) {
    List<byte[]> frames = new ArrayList<>();
    for (int from = 0; from < packet.payload.length; from += bytes) {
      int to = Math.min(from + bytes, packet.payload.length);
      frames.add(fragment(packet, from, to, to < packet.payload.length));
    }
    return frames;
  }

  /** Returns the frame of one fragment, which has a range of the packet's bytes. */
  static byte[] fragment(Ipv4 packet, int from, int to, boolean more) {
    byte[] part = Arrays.copyOfRange(packet.payload, from, to);
    Ipv4 fragment = new Ipv4(packet.source, packet.destination, packet.protocol, part);
    fragment.identification = packet.identification;
    fragment.tos = packet.tos;
    fragment.fragment = (more ? 0x2000 : 0) | from / 8;
    if (from == 0) {
      fragment.options = packet.options;
    }
    return fragment.frame(IpFixture.MAC, IpFixture.PEER_MAC);
  }

  static int checksum(byte[] bytes, int from, int length) {
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
  static final class Ipv4 {
    int version = 4;
    int ihl = -1; // derived from the options
    int tos;
    int totalLength = -1; // derived from the payload
    int identification = 0x1234;
    int fragment;
    int ttl = 64;
    int protocol = 6;
    int source;
    int destination;
    byte[] options = {};
    byte[] payload = {};
    int checksumError;

    Ipv4(int source, int destination, int protocol, byte[] payload) {
      this.source = source;
      this.destination = destination;
      this.protocol = protocol;
      this.payload = payload;
    }

    byte[] packet() {
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

    byte[] frame(long destinationMac, long sourceMac) {
      return ethernet(destinationMac, sourceMac, 0x0800, packet());
    }
  }
}
