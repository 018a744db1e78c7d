package org.mosstack.sim;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.mosstack.header.EthernetHeader;

/**
 * Makes bad frames from good ones. Most keep valid checksums, so that they get as deep into the
 * stack as an attacker's would.
 */
final class Mutator {
  private static final int ETHERNET = EthernetHeader.BYTES;
  private static final int PROTOCOL_TCP = 6;
  private static final int MAX_FRAME = 1514;

  private final SplittableRandom random;

  Mutator(SplittableRandom random) {
    this.random = random;
  }

  /** Returns a frame that differs from the given one in one to four respects. */
  byte[] mutate(byte[] good) {
    byte[] frame = good.clone();
    boolean tcp = isTcp(frame);
    for (int i = random.nextInt(4); i >= 0; i--) {
      frame = tcp && random.nextInt(4) != 0 ? mutateTcp(frame) : mutateBytes(frame);
    }
    if (tcp && random.nextInt(10) != 0) {
      fixChecksums(frame);
    }
    return frame;
  }

  /** Returns a noise frame for the same station. */
  byte[] noise(byte[] good) {
    byte[] frame = new byte[random.nextInt(ETHERNET, 300)];
    random.nextBytes(frame);
    int kept = random.nextInt(Math.min(good.length, frame.length) + 1);
    System.arraycopy(good, 0, frame, 0, Math.max(6, kept));
    return frame;
  }

  private static boolean isTcp(byte[] frame) {
    return frame.length >= ETHERNET + 40
        && frame[12] == 8
        && frame[13] == 0
        && frame[ETHERNET] == 0x45
        && frame[ETHERNET + 9] == PROTOCOL_TCP;
  }

  private byte[] mutateBytes(byte[] frame) {
    switch (random.nextInt(5)) {
      case 0 -> frame[random.nextInt(frame.length)] ^= (byte) (1 << random.nextInt(8));
      case 1 -> frame[random.nextInt(frame.length)] = (byte) random.nextInt(256);
      case 2 -> {
        return Arrays.copyOf(frame, 1 + random.nextInt(frame.length)); // truncated
      }
      case 3 -> {
        int more = random.nextInt(Math.max(1, MAX_FRAME - frame.length));
        return Arrays.copyOf(frame, frame.length + more); // padded
      }
      default -> {
        int from = random.nextInt(frame.length);
        int to = from + random.nextInt(Math.min(20, frame.length - from));
        for (int i = from; i < to; i++) {
          frame[i] = (byte) random.nextInt(256);
        }
      }
    }
    return frame;
  }

  private byte[] mutateTcp(byte[] frame) {
    if (frame.length < ETHERNET + 40) {
      return frame;
    }
    ByteBuffer bytes = ByteBuffer.wrap(frame);
    int tcp = ETHERNET + 20;
    switch (random.nextInt(12)) {
      case 0 -> bytes.put(tcp + 13, (byte) random.nextInt(256)); // flags
      case 1 -> bytes.put(tcp + 13, (byte) (1 << random.nextInt(6) | 0x10));
      case 2, 3 -> add(bytes, tcp + 4, near()); // sequence
      case 4, 5 -> add(bytes, tcp + 8, near()); // acknowledgment
      case 6 -> bytes.putShort(tcp + 14, (short) (random.nextBoolean() ? 0 : random.nextInt()));
      case 7 -> bytes.put(tcp + 12, (byte) random.nextInt(256)); // header length
      case 8 -> {
        int length = Math.max(0, frame.length - tcp - 20);
        for (int i = tcp + 20; i < tcp + 20 + Math.min(40, length); i++) {
          bytes.put(i, (byte) random.nextInt(random.nextBoolean() ? 12 : 256)); // options
        }
      }
      case 9 -> bytes.putShort(tcp + random.nextInt(2) * 2, (short) random.nextInt()); // ports
      case 10 -> bytes.putShort(ETHERNET + 2, (short) random.nextInt(frame.length + 20)); // length
      default -> {
        return withPayload(frame);
      }
    }
    return frame;
  }

  /** Returns offsets that hit or narrowly miss windows. */
  private int near() {
    return switch (random.nextInt(4)) {
      case 0 -> random.nextInt(-2, 3);
      case 1 -> random.nextInt(-1500, 1500);
      case 2 -> random.nextInt(-20_000, 20_000);
      default -> random.nextInt();
    };
  }

  private static void add(ByteBuffer bytes, int at, int delta) {
    bytes.putInt(at, bytes.getInt(at) + delta);
  }

  private byte[] withPayload(byte[] frame) {
    int headers = ETHERNET + 20 + (frame[ETHERNET + 32] >> 2 & 0x3C);
    if (headers > frame.length) {
      return frame;
    }
    byte[] longer = Arrays.copyOf(frame, headers + random.nextInt(MAX_FRAME - headers));
    for (int i = headers; i < longer.length; i++) {
      longer[i] = (byte) i;
    }
    ByteBuffer.wrap(longer).putShort(ETHERNET + 2, (short) (longer.length - ETHERNET));
    return longer;
  }

  /** Recomputes IP and TCP checksums where the lengths allow it. */
  static void fixChecksums(byte[] frame) {
    if (frame.length < ETHERNET + 40) {
      return;
    }
    ByteBuffer bytes = ByteBuffer.wrap(frame);
    bytes.putShort(ETHERNET + 10, (short) 0);
    bytes.putShort(ETHERNET + 10, (short) ~sum(bytes, ETHERNET, 20, 0));
    int length = (bytes.getShort(ETHERNET + 2) & 0xFFFF) - 20;
    if (length < 20 || ETHERNET + 20 + length > frame.length) {
      return;
    }
    int checksum = ETHERNET + 20 + 16;
    bytes.putShort(checksum, (short) 0);
    int pseudo = sum(bytes, ETHERNET + 12, 8, PROTOCOL_TCP + length);
    bytes.putShort(checksum, (short) ~sum(bytes, ETHERNET + 20, length, pseudo));
  }

  private static int sum(ByteBuffer bytes, int from, int length, int start) {
    int sum = start;
    for (int i = 0; i < length; i += 2) {
      sum += i + 1 < length ? bytes.getShort(from + i) & 0xFFFF : (bytes.get(from + i) & 0xFF) << 8;
    }
    sum = (sum & 0xFFFF) + (sum >>> 16);
    return (sum & 0xFFFF) + (sum >>> 16);
  }
}
