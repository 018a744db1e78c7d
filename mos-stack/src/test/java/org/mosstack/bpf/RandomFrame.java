package org.mosstack.bpf;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;

/** Frames of the protocols that filters ask for, whole and cut off, with few different values. */
final class RandomFrame {
  private static final int[] TYPES = {0x0800, 0x0800, 0x0800, 0x0800, 0x86DD, 0x0806, 0x8035};
  private static final int[] PROTOCOLS = {6, 6, 6, 17, 17, 1, 58};
  private static final int[] PORTS = {80, 443, 53, 8080, 100};
  private static final int[] OTHER_TYPES = {0x8847, 0x8864, 0x0004, 0x9999};
  private static final int LONGEST = 400;

  private RandomFrame() {}

  static byte[] of(SplittableRandom random) {
    byte[] frame = new byte[LONGEST];
    random.nextBytes(frame);
    ByteBuffer out = ByteBuffer.wrap(frame);
    putMac(out, random);
    putMac(out, random);
    if (random.nextInt(6) == 0) {
      out.putShort((short) 0x8100)
          .putShort((short) (random.nextInt(4) << 13 | 4 + random.nextInt(3)));
    }
    int type = one(random, random.nextInt(10) == 0 ? OTHER_TYPES : TYPES);
    out.putShort((short) type);
    if (type == 0x0800) {
      putIpv4(out, random);
    } else if (type == 0x86DD) {
      putIpv6(out, random);
    }
    int length = random.nextInt(4) == 0 ? random.nextInt(70) : 60 + random.nextInt(LONGEST - 60);
    return Arrays.copyOf(frame, length);
  }

  private static int one(SplittableRandom random, int[] of) {
    return of[random.nextInt(of.length)];
  }

  private static void putMac(ByteBuffer out, SplittableRandom random) {
    switch (random.nextInt(6)) {
      case 0 -> out.putShort((short) -1).putInt(-1);
      case 1 -> out.putShort((short) 0x0100).putInt(0x5E00_0001);
      default -> out.putShort((short) 0x0200).putInt(random.nextInt(3));
    }
  }

  private static int address(SplittableRandom random) {
    return random.nextInt(8) == 0 ? random.nextInt() : 0x0A00_0001 + random.nextInt(4);
  }

  private static void putIpv4(ByteBuffer out, SplittableRandom random) {
    int words = random.nextInt(4) == 0 ? random.nextInt(16) : 5;
    int protocol = one(random, PROTOCOLS);
    int start = out.position();
    boolean fragment = random.nextInt(5) == 0;
    out.put((byte) (0x40 | words)).put((byte) 0);
    out.putShort((short) (random.nextBoolean() ? words * 4 + 20 : 20 + random.nextInt(300)));
    out.putShort((short) random.nextInt());
    out.putShort((short) (fragment ? random.nextInt() : 0x4000));
    out.put((byte) random.nextInt(100)).put((byte) protocol).putShort((short) random.nextInt());
    out.putInt(address(random)).putInt(address(random));
    out.position(start + Math.max(5, words) * 4);
    putPorts(out, random);
  }

  private static void putIpv6(ByteBuffer out, SplittableRandom random) {
    out.putInt(0x6000_0000).putShort((short) random.nextInt(300));
    out.put((byte) one(random, PROTOCOLS)).put((byte) 64);
    out.position(out.position() + 32);
    putPorts(out, random);
  }

  private static void putPorts(ByteBuffer out, SplittableRandom random) {
    out.putShort((short) one(random, PORTS)).putShort((short) one(random, PORTS));
    out.putInt(random.nextInt()).putInt(random.nextInt());
    out.put((byte) (random.nextBoolean() ? 0x50 : random.nextInt()));
    out.put((byte) (random.nextInt(4) == 0 ? 2 : random.nextInt(64)));
  }
}
