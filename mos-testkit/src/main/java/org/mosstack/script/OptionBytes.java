package org.mosstack.script;

import java.nio.ByteBuffer;

/** A {@link Seg}'s options on the wire: RFC 9293 section 3.1, RFC 7323, 2018 and 7413. */
final class OptionBytes {
  private static final int KIND_NOP = 1;
  private static final int KIND_MSS = 2;
  private static final int KIND_WINDOW_SCALE = 3;
  private static final int KIND_SACK_PERMITTED = 4;
  private static final int KIND_SACK = 5;
  private static final int KIND_TIMESTAMPS = 8;
  private static final int KIND_FAST_OPEN = 34;
  private static final int MAX_BYTES = 40;

  private OptionBytes() {}

  /**
   * Returns a segment's options, padded to full words.
   *
   * @param irs the base of the relative edges of its SACK blocks
   */
  static byte[] encode(Seg seg, int irs) {
    ByteBuffer options = ByteBuffer.allocate(2 * MAX_BYTES);
    if (seg.mss != null && seg.mss != Seg.ABSENT) {
      options.put((byte) KIND_MSS).put((byte) 4).putShort((short) (int) seg.mss);
    }
    if (seg.wscale != null && seg.wscale != Seg.ABSENT) {
      options.putInt(KIND_NOP << 24 | KIND_WINDOW_SCALE << 16 | 3 << 8 | seg.wscale);
    }
    if (seg.sackPermitted == Boolean.TRUE) {
      options.putInt(KIND_NOP << 24 | KIND_NOP << 16 | KIND_SACK_PERMITTED << 8 | 2);
    }
    if (seg.hasTs == Boolean.TRUE) {
      options.putInt(KIND_NOP << 24 | KIND_NOP << 16 | KIND_TIMESTAMPS << 8 | 10);
      options.putInt(seg.tsVal).putInt(seg.tsEcr);
    }
    if (seg.sack != null && seg.sack.length > 0) {
      int bytes = 2 + 4 * seg.sack.length;
      options.putInt(KIND_NOP << 24 | KIND_NOP << 16 | KIND_SACK << 8 | bytes);
      for (int edge : seg.sack) {
        options.putInt(irs + edge);
      }
    }
    if (seg.cookie != null) {
      options.put((byte) KIND_FAST_OPEN).put((byte) (2 + seg.cookie.length)).put(seg.cookie);
    }
    if (seg.moreOptions != null) {
      options.put(seg.moreOptions);
    }
    while (options.position() % 4 != 0) {
      options.put((byte) KIND_NOP);
    }
    if (options.position() > MAX_BYTES) {
      throw new AssertionError(options.position() + " bytes of options: more than " + MAX_BYTES);
    }
    byte[] bytes = new byte[options.position()];
    options.flip().get(bytes);
    return bytes;
  }

  /**
   * Reads the options of a received segment.
   *
   * @param tcp starts at its header
   * @param irs the base of the edges of its SACK blocks
   */
  static void decode(Seg seg, ByteBuffer tcp, int headerBytes, int irs) {
    seg.mss = Seg.ABSENT;
    seg.wscale = Seg.ABSENT;
    seg.hasTs = false;
    seg.sackPermitted = false;
    seg.sack = new int[0];
    int at = 20;
    while (at < headerBytes) {
      int kind = tcp.get(at);
      if (kind == KIND_NOP) {
        at++;
        continue;
      }
      if (kind == 0) {
        return;
      }
      int bytes = tcp.get(at + 1);
      take(seg, kind, tcp.slice(at + 2, bytes - 2), irs);
      at += bytes;
    }
  }

  private static void take(Seg seg, int kind, ByteBuffer value, int irs) {
    switch (kind) {
      case KIND_MSS -> seg.mss = value.getShort() & 0xFFFF;
      case KIND_WINDOW_SCALE -> seg.wscale = (int) value.get();
      case KIND_SACK_PERMITTED -> seg.sackPermitted = true;
      case KIND_SACK -> {
        seg.sack = new int[value.limit() / 4];
        for (int i = 0; i < seg.sack.length; i++) {
          seg.sack[i] = value.getInt() - irs;
        }
      }
      case KIND_TIMESTAMPS -> {
        seg.hasTs = true;
        seg.tsVal = value.getInt();
        seg.tsEcr = value.getInt();
      }
      case KIND_FAST_OPEN -> {
        seg.cookie = new byte[value.limit()];
        value.get(seg.cookie);
      }
      default -> throw new AssertionError("option " + kind + " sent");
    }
  }
}
