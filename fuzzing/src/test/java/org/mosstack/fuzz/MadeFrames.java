package org.mosstack.fuzz;

import java.util.Arrays;
import java.util.List;
import org.mosstack.testkit.FrameBytes;
import org.mosstack.testkit.Frames;
import org.mosstack.testkit.StackPair;

/** Good frames of kinds that two busy stacks don't send each other by themselves. */
final class MadeFrames {
  private static final int NEIGHBOUR = 0x0A00_000C;
  private static final long NEIGHBOUR_MAC = 0x02_00_00_00_00_0CL;

  private MadeFrames() {}

  /** Returns frames for one end of {@link FrameCable}. */
  static List<byte[]> to(int end) {
    boolean server = end == FrameCable.SERVER;
    long mac = server ? FrameCable.SERVER_MAC : FrameCable.CLIENT_MAC;
    int address = server ? StackPair.SERVER_ADDRESS : StackPair.CLIENT_ADDRESS;
    return List.of(
        arp(Frames.BROADCAST, 1, 0, address),
        arp(mac, 2, mac, address),
        arp(Frames.BROADCAST, 1, 0, NEIGHBOUR),
        icmp(mac, address, 8, 0, 40),
        icmp(mac, address, 0, 0, 40),
        icmp(mac, address, 13, 0, 12),
        udp(mac, address, 30));
  }

  static byte[] arp(long to, int operation, long targetMac, int target) {
    byte[] frame = Frames.arp(to, operation, NEIGHBOUR_MAC, NEIGHBOUR, targetMac, target);
    return Arrays.copyOf(frame, 60);
  }

  private static byte[] icmp(long to, int address, int type, int code, int bytes) {
    return ip(to, address, FrameBytes.PROTOCOL_ICMP, Frames.icmp(type, code, 0, new byte[bytes]));
  }

  private static byte[] udp(long to, int address, int bytes) {
    byte[] datagram = Frames.udp(NEIGHBOUR, address, 5353, 53, new byte[bytes]);
    return ip(to, address, FrameBytes.PROTOCOL_UDP, datagram);
  }

  private static byte[] ip(long to, int address, int protocol, byte[] payload) {
    return new Frames.Ipv4(NEIGHBOUR, address, protocol, payload).frame(to, NEIGHBOUR_MAC);
  }
}
