package org.mosstack.random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** SipHash-2-4, and SipHash-1-3 where it must be quick, over 16 bytes. */
class SipHashTest {
  private static ByteBuffer bytes(String hex) {
    return ByteBuffer.wrap(HexFormat.of().parseHex(hex)).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static long hash(String key, String message) {
    ByteBuffer k = bytes(key);
    ByteBuffer m = bytes(message);
    return new SipHash(k.getLong(), k.getLong()).hash(m.getLong(), m.getLong());
  }

  /** The vector for 16 bytes from the authors' reference implementation (vectors.h). */
  @Test
  void officialVector() {
    String counting = "000102030405060708090a0b0c0d0e0f";
    assertEquals(0x3f2acc7f57c29bdbL, hash(counting, counting));
  }

  /** Computed with a second implementation that passes the authors' vectors of other lengths. */
  @Test
  void otherKeysAndMessages() {
    assertEquals(
        0x1cf53f434e585072L,
        hash("f5b165224a58b791df6af1d8303e61cd", "c4bb86c3d1c427103c344c4189eb2f1e"));
    assertEquals(
        0xe0fb7fe44084892bL,
        hash("7bd5d47e446fcec2a3d811736110e578", "1bcccea696762e6116c6e9c92d99bf35"));
    assertEquals(
        0xf2ce52fd6898c16aL,
        hash("8c2e0718822ce47ca8c74107e66cb0e4", "b2b3f4d58d82ca6386d2c96e760e819b"));
  }

  /** With one round per word and three at the end, computed with that second implementation. */
  @Test
  void quickOneHasFewerRounds() {
    SipHash hash = new SipHash(0x0706_0504_0302_0100L, 0x0f0e_0d0c_0b0a_0908L);
    assertEquals(0x59d178bb8fadc2adL, hash.quickHash(0x0A000001, 80, 0x0A000002, 40000));
  }

  /** Each part of a flow counts: any bit of it changes about half of the hash's bits. */
  @Test
  void everyBitOfAFlowCounts() {
    SipHash hash = new SipHash(1, 2);
    SplittableRandom random = new SplittableRandom(4);
    long changed = 0;
    int flips = 0;
    for (int i = 0; i < 200; i++) {
      int[] flow = {
        random.nextInt(), random.nextInt(65536), random.nextInt(), random.nextInt(65536)
      };
      long before = hash.hash(flow[0], flow[1], flow[2], flow[3]);
      for (int bit = 0; bit < 96; bit++) {
        int part = bit < 32 ? 0 : bit < 48 ? 1 : bit < 80 ? 2 : 3;
        int shift = bit - new int[] {0, 32, 48, 80}[part];
        flow[part] ^= 1 << shift;
        long after = hash.hash(flow[0], flow[1], flow[2], flow[3]);
        flow[part] ^= 1 << shift;
        assertNotEquals(before, after);
        changed += Long.bitCount(before ^ after);
        flips++;
      }
    }
    double mean = (double) changed / flips;
    assertTrue(mean > 31 && mean < 33, "mean " + mean);
  }
}
