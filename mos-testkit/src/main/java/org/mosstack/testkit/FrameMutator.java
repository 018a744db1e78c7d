package org.mosstack.testkit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;

/**
 * Makes bad frames from good ones. A {@linkplain #mutate mutated} frame may be anything, and half
 * of them get valid checksums, so that they get as deep into the stack as an attacker's. A
 * {@linkplain #damage damaged} one is wrong in a way that a checksum or a length reveals.
 */
public final class FrameMutator {
  private static final int MAX_BYTES = FakeDevice.MAX_FRAME_BYTES;

  /** Edge values for lengths, offsets and counters. */
  private static final int[] EDGES = {
    0, 1, 2, 3, 4, 5, 7, 8, 15, 16, 19, 20, 21, 39, 40, 41, 59, 60, 63, 64, 127, 128, 255, 256, 535,
    536, 1459, 1460, 1461, 1480, 1499, 1500, 1501, 1514, 0x1FFF, 0x2000, 0x3FFF, 0x4000, 0x7FFF,
    0x8000, 0xFFFE, 0xFFFF
  };

  private final SplittableRandom random;

  /** Creates one that draws from these numbers. */
  public FrameMutator(SplittableRandom random) {
    this.random = random;
  }

  /**
   * Returns a frame that differs from a good one in one to four respects.
   *
   * @param good the original; not changed
   * @param other another good one, for splicing
   * @param mended whether to recompute its checksums
   */
  public byte[] mutate(byte[] good, byte[] other, boolean mended) {
    byte[] frame = good.clone();
    for (int i = random.nextInt(1 + random.nextInt(4)); i >= 0; i--) {
      frame = once(frame, other);
    }
    if (mended) {
      FrameBytes.mend(frame);
    }
    return frame;
  }

  /**
   * Returns a frame with one byte changed, or truncated. Its stack must notice, or nothing changes.
   */
  public byte[] damage(byte[] good) {
    byte[] frame = good.clone();
    switch (random.nextInt(3)) {
      case 0 -> frame[anywhere(frame)] ^= (byte) (1 << random.nextInt(8));
      case 1 -> frame[anywhere(frame)] = (byte) random.nextInt(256);
      default -> {
        return Arrays.copyOf(frame, 1 + random.nextInt(frame.length));
      }
    }
    return frame;
  }

  /** Returns random bytes for the station that a good frame is for. */
  public byte[] noise(byte[] good) {
    byte[] frame = new byte[random.nextInt(FrameBytes.ETHERNET_BYTES, 300)];
    random.nextBytes(frame);
    int kept = random.nextInt(Math.min(good.length, frame.length) + 1);
    System.arraycopy(good, 0, frame, 0, Math.max(6, kept));
    return frame;
  }

  private int anywhere(byte[] frame) {
    return random.nextInt(frame.length);
  }

  /** Picks an offset, more often than not in the headers. */
  private int headerByte(byte[] frame) {
    return random.nextInt(random.nextInt(4) == 0 ? frame.length : Math.min(frame.length, 74));
  }

  private byte[] once(byte[] frame, byte[] other) {
    if (FrameBytes.isTcp(frame) && random.nextBoolean()) {
      return tcp(frame);
    }
    switch (random.nextInt(14)) {
      case 0, 1 -> frame[headerByte(frame)] ^= (byte) (1 << random.nextInt(8));
      case 2 -> frame[headerByte(frame)] = (byte) random.nextInt(256);
      case 3 -> putEdge(frame, headerByte(frame));
      case 4 -> swap(frame);
      case 5 -> overwrite(frame);
      case 6 -> ip(frame);
      case 7 -> {
        return Arrays.copyOf(frame, 1 + random.nextInt(frame.length)); // truncated
      }
      case 8 -> {
        int more = random.nextInt(random.nextBoolean() ? 60 : MAX_BYTES);
        return Arrays.copyOf(frame, Math.min(frame.length + more, MAX_BYTES)); // padded
      }
      case 9 -> {
        return shifted(frame);
      }
      case 10 -> {
        return spliced(frame, other);
      }
      case 11 -> {
        return quoted(frame);
      }
      case 12 -> {
        return fragment(frame);
      }
      default -> {
        return withIpOptions(frame);
      }
    }
    return frame;
  }

  private void putEdge(byte[] frame, int at) {
    int edge = EDGES[random.nextInt(EDGES.length)];
    if (at + 1 < frame.length && random.nextBoolean()) {
      FrameBytes.put16(frame, at, edge);
    } else {
      frame[at] = (byte) edge;
    }
  }

  /** Swaps two fields of the same size: addresses, ports, numbers, or others. */
  private void swap(byte[] frame) {
    int bytes = 1 << random.nextInt(3);
    int first = headerByte(frame) & -bytes;
    int second = headerByte(frame) & -bytes;
    if (random.nextBoolean()) {
      int[][] fields = {{26, 30, 4}, {34, 36, 2}, {38, 42, 4}, {0, 6, 4}, {28, 38, 4}, {16, 24, 2}};
      int[] pair = fields[random.nextInt(fields.length)];
      first = pair[0];
      second = pair[1];
      bytes = pair[2];
    }
    if (Math.max(first, second) + bytes <= frame.length) {
      for (int i = 0; i < bytes; i++) {
        byte kept = frame[first + i];
        frame[first + i] = frame[second + i];
        frame[second + i] = kept;
      }
    }
  }

  private void overwrite(byte[] frame) {
    int from = anywhere(frame);
    int to = Math.min(frame.length, from + 1 + random.nextInt(20));
    for (int i = from; i < to; i++) {
      frame[i] = (byte) random.nextInt(256);
    }
  }

  /** Changes a field of the IPv4 header. */
  private void ip(byte[] frame) {
    if (frame.length < FrameBytes.IP + FrameBytes.IPV4_BYTES) {
      return;
    }
    int edge = EDGES[random.nextInt(EDGES.length)];
    switch (random.nextInt(6)) {
      case 0 -> frame[FrameBytes.IP] = (byte) random.nextInt(256); // version and header length
      case 1 -> FrameBytes.put16(frame, FrameBytes.IP + 2, edge); // total length
      case 2 -> FrameBytes.put16(frame, FrameBytes.IP + 6, edge); // flags and fragment offset
      case 3 -> frame[FrameBytes.IP + 8] = (byte) random.nextInt(3); // TTL
      case 4 -> frame[FrameBytes.IP + 9] = (byte) (random.nextBoolean() ? 1 : random.nextInt(20));
      default ->
          FrameBytes.put32(frame, FrameBytes.IP + 12 + 4 * random.nextInt(2), address(frame));
    }
  }

  private int address(byte[] frame) {
    int[] known = {
      0,
      -1,
      0x7F00_0001,
      0xE000_0001,
      0x0A00_00FF,
      0x0A00_0000,
      FrameBytes.i32(frame, FrameBytes.IP + 16)
    };
    return random.nextInt(3) == 0 ? random.nextInt() : known[random.nextInt(known.length)];
  }

  /** Inserts or removes bytes in the middle: everything after them is at another offset. */
  private byte[] shifted(byte[] frame) {
    int at = headerByte(frame);
    int bytes = 1 + random.nextInt(12);
    if (random.nextBoolean()) {
      int gone = Math.min(bytes, frame.length - at);
      byte[] shorter = Arrays.copyOf(frame, Math.max(1, frame.length - gone));
      System.arraycopy(frame, at + gone, shorter, at, frame.length - at - gone);
      return shorter;
    }
    byte[] longer = Arrays.copyOf(frame, Math.min(MAX_BYTES, frame.length + bytes));
    int moved = longer.length - frame.length;
    System.arraycopy(frame, at, longer, at + moved, frame.length - at);
    return longer;
  }

  /** Returns the front of one frame, followed by the rest of another. */
  private byte[] spliced(byte[] frame, byte[] other) {
    int front = headerByte(frame);
    int back = random.nextBoolean() ? front : random.nextInt(other.length);
    if (back >= other.length) {
      return frame;
    }
    int bytes = Math.min(other.length - back, MAX_BYTES - front);
    byte[] both = Arrays.copyOf(frame, front + bytes);
    System.arraycopy(other, back, both, front, bytes);
    return both;
  }

  /** Returns an ICMP error about a frame that the receiver might have sent. */
  private byte[] quoted(byte[] frame) {
    if (frame.length < FrameBytes.TCP + 8) {
      return frame;
    }
    int quotedBytes = Math.min(frame.length - FrameBytes.IP, 20 + random.nextInt(60));
    byte[] error = new byte[FrameBytes.TCP + FrameBytes.ICMP_BYTES + quotedBytes];
    System.arraycopy(frame, 0, error, 0, FrameBytes.TCP);
    FrameBytes.put16(error, FrameBytes.IP + 2, error.length - FrameBytes.IP);
    FrameBytes.put16(error, FrameBytes.IP + 6, 0);
    error[FrameBytes.IP + 9] = FrameBytes.PROTOCOL_ICMP;
    error[FrameBytes.TCP] = (byte) (random.nextBoolean() ? 3 : random.nextInt(20));
    error[FrameBytes.TCP + 1] = (byte) random.nextInt(16);
    FrameBytes.put16(
        error, FrameBytes.TCP + 6, EDGES[random.nextInt(EDGES.length)]); // next hop's MTU
    int quote = FrameBytes.TCP + FrameBytes.ICMP_BYTES;
    System.arraycopy(frame, FrameBytes.IP, error, quote, quotedBytes);
    // From the receiver: its addresses and ports the other way round, its own numbers.
    System.arraycopy(frame, FrameBytes.IP + 12, error, quote + 16, 4);
    System.arraycopy(frame, FrameBytes.IP + 16, error, quote + 12, 4);
    if (quotedBytes >= 32) {
      System.arraycopy(frame, FrameBytes.TCP, error, quote + 22, 2);
      System.arraycopy(frame, FrameBytes.TCP + 2, error, quote + 20, 2);
      FrameBytes.put32(error, quote + 24, FrameBytes.i32(frame, FrameBytes.TCP + 8) + near());
    }
    return error;
  }

  /** Returns a fragment of the packet. */
  private byte[] fragment(byte[] frame) {
    int payload = frame.length - FrameBytes.TCP;
    if (payload < 16) {
      return frame;
    }
    int offset = random.nextInt(payload / 8);
    int bytes = Math.min(payload - offset * 8, 8 + 8 * random.nextInt(8));
    byte[] part = Arrays.copyOf(frame, FrameBytes.TCP + bytes);
    System.arraycopy(frame, FrameBytes.TCP + offset * 8, part, FrameBytes.TCP, bytes);
    FrameBytes.put16(part, FrameBytes.IP + 2, part.length - FrameBytes.IP);
    FrameBytes.put16(part, FrameBytes.IP + 6, offset | (random.nextBoolean() ? 0x2000 : 0));
    return part;
  }

  /**
   * Returns a datagram in fragments, in any order: of a good frame, or of one larger than any
   * frame. In half of them, a fragment is missing, duplicated, overlapping, or wrong about the end
   * or ECN.
   */
  public List<byte[]> pieces(byte[] good) {
    byte[] whole = random.nextInt(12) == 0 ? large(good) : good;
    if (whole.length < FrameBytes.TCP + 16 || FrameBytes.u8(whole, FrameBytes.IP) != 0x45) {
      return List.of(good);
    }
    int payload = whole.length - FrameBytes.TCP;
    int unit = 8 * (payload > 1480 ? 185 : 1 + random.nextInt(Math.max(1, payload / 16)));
    int identification = random.nextInt(random.nextInt(4) == 0 ? 4 : 65_536);
    List<byte[]> pieces = new ArrayList<>();
    for (int from = 0; from < payload; from += unit) {
      pieces.add(piece(whole, identification, from, Math.min(payload, from + unit)));
    }
    if (random.nextBoolean()) {
      spoil(pieces, whole, identification);
    }
    Collections.shuffle(pieces, new Random(random.nextLong()));
    return pieces;
  }

  private void spoil(List<byte[]> pieces, byte[] whole, int identification) {
    int payload = whole.length - FrameBytes.TCP;
    int at = random.nextInt(pieces.size());
    switch (random.nextInt(5)) {
      case 0 -> pieces.remove(at);
      case 1 -> pieces.add(pieces.get(at));
      case 2 -> { // overlaps
        int from = 8 * random.nextInt(payload / 8);
        pieces.add(piece(whole, identification, from, Math.min(payload, from + 24)));
      }
      case 3 -> { // a last fragment in the middle, or the other way round
        byte[] piece = pieces.get(at);
        piece[FrameBytes.IP + 6] ^= 0x20;
        FrameBytes.mend(piece);
      }
      default -> {
        byte[] piece = pieces.get(at);
        piece[FrameBytes.IP + 1] ^= (byte) (1 + random.nextInt(3)); // its ECN field
        FrameBytes.mend(piece);
      }
    }
  }

  private static byte[] piece(byte[] whole, int identification, int from, int to) {
    byte[] piece = Arrays.copyOf(whole, FrameBytes.TCP + to - from);
    System.arraycopy(whole, FrameBytes.TCP + from, piece, FrameBytes.TCP, to - from);
    FrameBytes.put16(piece, FrameBytes.IP + 2, piece.length - FrameBytes.IP);
    FrameBytes.put16(piece, FrameBytes.IP + 4, identification);
    FrameBytes.put16(
        piece, FrameBytes.IP + 6, from / 8 | (FrameBytes.TCP + to < whole.length ? 0x2000 : 0));
    FrameBytes.mend(piece);
    return piece;
  }

  /**
   * Returns an echo request of up to 65,507 bytes, or something else of that size: too large for
   * one frame.
   */
  private byte[] large(byte[] good) {
    if (good.length < FrameBytes.TCP || FrameBytes.u8(good, FrameBytes.IP) != 0x45) {
      return good;
    }
    int payload = random.nextInt(1600, random.nextInt(8) == 0 ? 65_516 : 5000);
    byte[] whole = Arrays.copyOf(good, FrameBytes.TCP + payload);
    int[] protocols = {
      FrameBytes.PROTOCOL_ICMP, FrameBytes.PROTOCOL_ICMP, FrameBytes.PROTOCOL_TCP, 17, 47
    };
    whole[FrameBytes.IP + 9] = (byte) protocols[random.nextInt(protocols.length)];
    FrameBytes.put16(whole, FrameBytes.IP + 2, whole.length - FrameBytes.IP);
    FrameBytes.put16(whole, FrameBytes.IP + 6, 0);
    FrameBytes.put16(whole, FrameBytes.TCP, 8 << 8);
    FrameBytes.mend(whole);
    return whole;
  }

  private byte[] withIpOptions(byte[] frame) {
    int bytes = 4 * (1 + random.nextInt(10));
    if (frame.length < FrameBytes.TCP || frame.length + bytes > MAX_BYTES) {
      return frame;
    }
    byte[] longer = Arrays.copyOf(frame, frame.length + bytes);
    System.arraycopy(
        frame, FrameBytes.TCP, longer, FrameBytes.TCP + bytes, frame.length - FrameBytes.TCP);
    for (int i = 0; i < bytes; i++) {
      longer[FrameBytes.TCP + i] = (byte) random.nextInt(random.nextBoolean() ? 8 : 256);
    }
    longer[FrameBytes.IP] = (byte) (0x45 + bytes / 4);
    FrameBytes.put16(longer, FrameBytes.IP + 2, longer.length - FrameBytes.IP);
    return longer;
  }

  /** Changes a field of the TCP header. */
  private byte[] tcp(byte[] frame) {
    int tcp = FrameBytes.TCP;
    switch (random.nextInt(12)) {
      case 0 -> frame[tcp + 13] = (byte) random.nextInt(256); // flags
      case 1 -> frame[tcp + 13] = (byte) (1 << random.nextInt(8) | FrameBytes.ACK);
      case 2, 3 -> add(frame, tcp + 4, near()); // sequence number
      case 4, 5 -> add(frame, tcp + 8, near()); // acknowledgment number
      case 6 -> FrameBytes.put16(frame, tcp + 14, random.nextInt(3) == 0 ? 0 : random.nextInt());
      case 7 -> frame[tcp + 12] = (byte) random.nextInt(256); // header length
      case 8 -> FrameBytes.put16(frame, tcp + 2 * random.nextInt(2), random.nextInt()); // a port
      case 9 -> {
        return withTcpOptions(frame);
      }
      case 10 -> {
        return withPayload(frame, random.nextInt(1480));
      }
      default -> {
        return withPayload(frame, random.nextInt(4)); // tiny, or nothing but its flags
      }
    }
    return frame;
  }

  /** Returns offsets that hit or narrowly miss windows. */
  private int near() {
    return switch (random.nextInt(5)) {
      case 0 -> random.nextInt(-2, 3);
      case 1 -> random.nextInt(-1500, 1500);
      case 2 -> random.nextInt(-70_000, 70_000);
      case 3 -> Integer.MIN_VALUE + random.nextInt(-2, 3);
      default -> random.nextInt();
    };
  }

  private static void add(byte[] frame, int at, int delta) {
    FrameBytes.put32(frame, at, FrameBytes.i32(frame, at) + delta);
  }

  private static int headers(byte[] frame) {
    return Math.max(
        FrameBytes.TCP + FrameBytes.TCP_BYTES,
        FrameBytes.TCP + (FrameBytes.u8(frame, FrameBytes.TCP + 12) >> 4) * 4);
  }

  private byte[] withPayload(byte[] frame, int bytes) {
    int headers = headers(frame);
    if (headers > frame.length || headers + bytes > MAX_BYTES) {
      return frame;
    }
    byte[] changed = Arrays.copyOf(frame, headers + bytes);
    for (int i = frame.length; i < changed.length; i++) {
      changed[i] = (byte) i;
    }
    FrameBytes.put16(changed, FrameBytes.IP + 2, changed.length - FrameBytes.IP);
    return changed;
  }

  /** Returns the frame with other options, with right or wrong lengths. */
  private byte[] withTcpOptions(byte[] frame) {
    int headers = headers(frame);
    if (headers > frame.length) {
      return frame;
    }
    int words = random.nextInt(11);
    int start = FrameBytes.TCP + FrameBytes.TCP_BYTES;
    byte[] changed = new byte[Math.min(MAX_BYTES, start + words * 4 + frame.length - headers)];
    System.arraycopy(frame, 0, changed, 0, start);
    int[] lengths = {1, 1, 4, 3, 2, 10, 6, 6, 10, 2, 3};
    int end = start + words * 4;
    int at = start;
    while (at < end) {
      int kind = random.nextInt(12);
      int length = kind < lengths.length ? lengths[kind] : random.nextInt(12);
      changed[at] = (byte) (kind == 11 ? random.nextInt(256) : kind);
      for (int i = 2; i < length && at + i < end; i++) {
        changed[at + i] = (byte) random.nextInt(256);
      }
      if (kind > 1 && at + 1 < end) {
        changed[at + 1] = (byte) (random.nextInt(16) == 0 ? random.nextInt(256) : length);
      }
      at += Math.max(1, length);
    }
    System.arraycopy(frame, headers, changed, end, Math.max(0, changed.length - end));
    changed[FrameBytes.TCP + 12] = (byte) ((5 + words) << 4);
    FrameBytes.put16(changed, FrameBytes.IP + 2, changed.length - FrameBytes.IP);
    return changed;
  }
}
