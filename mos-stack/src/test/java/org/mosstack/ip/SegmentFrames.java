package org.mosstack.ip;

import java.nio.ByteBuffer;
import org.mosstack.testkit.FrameBytes;
import org.mosstack.testkit.Frames;

/** Frames with data segments of one flow, with timestamps. */
final class SegmentFrames {
  static final int HEADER_BYTES = 66;
  static final int FIRST_SEQUENCE = 0x7FFF_FFF0; // the run passes the sign
  private static final int TCP_HEADER_BYTES = 32;

  private SegmentFrames() {}

  /** Returns the segment at an offset of the run, whose bytes are those of the pattern. */
  static byte[] at(int offset, int payloadBytes) {
    ByteBuffer tcp = ByteBuffer.allocate(TCP_HEADER_BYTES + payloadBytes);
    tcp.putShort((short) 1000).putShort((short) 80).putInt(FIRST_SEQUENCE + offset).putInt(7);
    tcp.putShort((short) 0x8010).putShort((short) 1000).putInt(0);
    tcp.putInt(0x0101_080A).putInt(1234).putInt(5678);
    for (int i = 0; i < payloadBytes; i++) {
      tcp.put(pattern(offset + i));
    }
    Frames.Ipv4 packet = new Frames.Ipv4(IpFixture.PEER, IpFixture.US, 6, tcp.array());
    packet.fragment = 0x4000;
    packet.identification = 0;
    byte[] frame = packet.frame(IpFixture.MAC, IpFixture.PEER_MAC);
    FrameBytes.mend(frame);
    return frame;
  }

  /** Sets the segment's flags. */
  static byte[] withFlags(byte[] frame, int flags) {
    frame[47] = (byte) flags;
    FrameBytes.mend(frame);
    return frame;
  }

  static byte pattern(int offset) {
    return (byte) (offset * 31 + (offset >>> 8));
  }
}
