package org.mosstack.header;

import org.mosstack.mbuf.Memory;

/**
 * The Internet checksum (RFC 1071).
 *
 * <p>Sums are kept in the machine's byte order, as RFC 1071 section 2(B) allows: a folded sum is
 * stored with {@link Memory#putShort}, not with the network-order one.
 */
public final class Checksum {
  private static final boolean LITTLE_ENDIAN =
      java.nio.ByteOrder.nativeOrder() == java.nio.ByteOrder.LITTLE_ENDIAN;

  /** From here on, vectors are faster. */
  private static final int VECTOR_BYTES = 96;

  private Checksum() {}

  /**
   * One's-complement sum of {@code length} bytes, not folded; a last odd byte is padded with zero.
   *
   * <p>With more than 325 bytecodes C2 never inlines it (FreqInlineSize), which is intended: its
   * memory accesses would use up what its caller may inline, and those that come last in the caller
   * would be calls, in this loop, too (see {@link Memory}).
   *
   * @return a value that further sums can be added to with {@link #add}
   */
  public static long sum(long address, int length) {
    long sum = 0;
    long a = address;
    int left = length;
    if (left >= VECTOR_BYTES) {
      int words = left / Long.BYTES;
      sum = Memory.sumOfHalves(a, words);
      a += (long) words * Long.BYTES;
      left -= words * Long.BYTES;
    }
    for (; left >= 64; left -= 64, a += 64) {
      // 32-bit halves in 64-bit sums: no carry is lost for 2^32 additions.
      long w0 = Memory.getLong(a);
      long w1 = Memory.getLong(a + 8);
      long w2 = Memory.getLong(a + 16);
      long w3 = Memory.getLong(a + 24);
      long w4 = Memory.getLong(a + 32);
      long w5 = Memory.getLong(a + 40);
      long w6 = Memory.getLong(a + 48);
      long w7 = Memory.getLong(a + 56);
      sum += (w0 & 0xFFFF_FFFFL) + (w0 >>> 32) + (w1 & 0xFFFF_FFFFL) + (w1 >>> 32);
      sum += (w2 & 0xFFFF_FFFFL) + (w2 >>> 32) + (w3 & 0xFFFF_FFFFL) + (w3 >>> 32);
      sum += (w4 & 0xFFFF_FFFFL) + (w4 >>> 32) + (w5 & 0xFFFF_FFFFL) + (w5 >>> 32);
      sum += (w6 & 0xFFFF_FFFFL) + (w6 >>> 32) + (w7 & 0xFFFF_FFFFL) + (w7 >>> 32);
    }
    for (; left >= 8; left -= 8, a += 8) {
      long w = Memory.getLong(a);
      sum += (w & 0xFFFF_FFFFL) + (w >>> 32);
    }
    if (left >= 4) {
      sum += Memory.getInt(a) & 0xFFFF_FFFFL;
      a += 4;
      left -= 4;
    }
    if (left >= 2) {
      sum += Memory.getShort(a);
      a += 2;
      left -= 2;
    }
    if (left == 1) {
      int last = Memory.getByte(a);
      sum += LITTLE_ENDIAN ? last : last << 8;
    }
    return sum;
  }

  /** Adds two unfolded sums. */
  public static long add(long a, long b) {
    return (a & 0xFFFF_FFFFL) + (a >>> 32) + (b & 0xFFFF_FFFFL) + (b >>> 32);
  }

  /** Unfolded sum of the TCP and UDP pseudo header (RFC 9293 section 3.1). */
  public static long pseudoHeader(int source, int destination, int protocol, int length) {
    long sum = (source & 0xFFFF_FFFFL) + (destination & 0xFFFF_FFFFL) + protocol + length;
    // The fields are numbers, not memory: bring the sum into the order that sum() reads.
    int folded = fold(sum);
    return LITTLE_ENDIAN ? Short.toUnsignedInt(Short.reverseBytes((short) folded)) : folded;
  }

  /** Folds a sum to 16 bits. A correct packet, summed with its checksum, folds to 0xFFFF. */
  public static int fold(long sum) {
    long s = (sum & 0xFFFF_FFFFL) + (sum >>> 32);
    s = (s & 0xFFFF) + (s >>> 16);
    s = (s & 0xFFFF) + (s >>> 16);
    s = (s & 0xFFFF) + (s >>> 16);
    return (int) s;
  }
}
