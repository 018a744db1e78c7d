package org.mosstack.fuzz;

import java.util.List;

/** Good frames of kinds that two busy stacks don't send each other by themselves. */
final class MadeFrames {
  private static final int NEIGHBOUR = 0x0A00_000C;
  private static final long NEIGHBOUR_MAC = 0x02_00_00_00_00_0CL;
  private static final long BROADCAST = 0xFFFF_FFFF_FFFFL;

  private MadeFrames() {}

  /** Returns frames for one end of {@link TwoStacks}. */
  static List<byte[]> to(int end) {
    boolean server = end == TwoStacks.SERVER;
    long mac = server ? TwoStacks.SERVER_MAC : TwoStacks.CLIENT_MAC;
    int address = server ? TwoStacks.SERVER_ADDRESS : TwoStacks.CLIENT_ADDRESS;
    return List.of(
        arp(BROADCAST, 1, 0, address),
        arp(mac, 2, mac, address),
        arp(BROADCAST, 1, 0, NEIGHBOUR),
        icmp(mac, address, 8, 0, 40),
        icmp(mac, address, 0, 0, 40),
        icmp(mac, address, 13, 0, 12),
        udp(mac, address, 30));
  }

  static byte[] arp(long to, int operation, long targetMac, int target) {
    byte[] frame = new byte[60];
    ethernet(frame, to, Wire.TYPE_ARP);
    Wire.put32(frame, 14, 1 << 16 | Wire.TYPE_IPV4);
    Wire.put32(frame, 18, 6 << 24 | 4 << 16 | operation);
    Wire.putMac(frame, 22, NEIGHBOUR_MAC);
    Wire.put32(frame, 28, NEIGHBOUR);
    Wire.putMac(frame, 32, targetMac);
    Wire.put32(frame, 38, target);
    return frame;
  }

  private static byte[] icmp(long to, int address, int type, int code, int bytes) {
    byte[] frame = ip(to, address, Wire.PROTOCOL_ICMP, Wire.ICMP_BYTES + bytes);
    frame[Wire.TCP] = (byte) type;
    frame[Wire.TCP + 1] = (byte) code;
    Wire.mend(frame);
    return frame;
  }

  private static byte[] udp(long to, int address, int bytes) {
    byte[] frame = ip(to, address, Wire.PROTOCOL_UDP, 8 + bytes);
    Wire.put32(frame, Wire.TCP, 5353 << 16 | 53);
    Wire.put16(frame, Wire.TCP + 4, 8 + bytes);
    Wire.mend(frame);
    return frame;
  }

  private static byte[] ip(long to, int address, int protocol, int bytes) {
    byte[] frame = new byte[Wire.TCP + bytes];
    ethernet(frame, to, Wire.TYPE_IPV4);
    Wire.put32(frame, Wire.IP, 0x4500 << 16 | frame.length - Wire.IP);
    frame[Wire.IP + 8] = 64;
    frame[Wire.IP + 9] = (byte) protocol;
    Wire.put32(frame, Wire.IP + 12, NEIGHBOUR);
    Wire.put32(frame, Wire.IP + 16, address);
    return frame;
  }

  private static void ethernet(byte[] frame, long to, int type) {
    Wire.putMac(frame, 0, to);
    Wire.putMac(frame, 6, NEIGHBOUR_MAC);
    Wire.put16(frame, 12, type);
  }
}
