package org.mosstack.random;

/**
 * SipHash (Aumasson and Bernstein) over two words, keyed by a secret drawn at start. SipHash-2-4 is
 * used for initial sequence numbers, timestamp offsets and cookies, so that nobody outside can
 * guess a number; SipHash-1-3 for the flow table, so that nobody can target a bucket.
 */
public final class SipHash {
  private final long k0;
  private final long k1;

  /** Creates the function with a 128-bit key. */
  public SipHash(long k0, long k1) {
    this.k0 = k0;
    this.k1 = k1;
  }

  /** Hash of a connection's addresses and ports: SipHash-2-4. */
  public long hash(int localAddress, int localPort, int remoteAddress, int remotePort) {
    return hash(
        (long) localAddress << 32 | remoteAddress & 0xFFFF_FFFFL,
        (long) localPort << 16 | remotePort);
  }

  /** Hash of the 16 bytes of two words: SipHash-2-4. */
  public long hash(long m0, long m1) {
    return hash(m0, m1, 2, 4);
  }

  /**
   * Hash of a connection's addresses and ports in half the time, SipHash-1-3: for a hash table,
   * where the hash is never visible outside, and attackers must just not be able to choose
   * collisions.
   */
  public long quickHash(int localAddress, int localPort, int remoteAddress, int remotePort) {
    return hash(
        (long) localAddress << 32 | remoteAddress & 0xFFFF_FFFFL,
        (long) localPort << 16 | remotePort,
        1,
        3);
  }

  private long hash(long m0, long m1, int blockRounds, int finalRounds) {
    long v0 = k0 ^ 0x736f6d6570736575L;
    long v1 = k1 ^ 0x646f72616e646f6dL;
    long v2 = k0 ^ 0x6c7967656e657261L;
    long v3 = k1 ^ 0x7465646279746573L;
    // Four blocks of rounds: two words, the length word, and the finalisation.
    for (int block = 0; block < 4; block++) {
      long m = block == 0 ? m0 : block == 1 ? m1 : block == 2 ? 16L << 56 : 0;
      if (block == 3) {
        v2 ^= 0xFF;
      }
      v3 ^= m;
      int rounds = block == 3 ? finalRounds : blockRounds;
      for (int round = 0; round < rounds; round++) {
        v0 += v1;
        v1 = Long.rotateLeft(v1, 13) ^ v0;
        v0 = Long.rotateLeft(v0, 32);
        v2 += v3;
        v3 = Long.rotateLeft(v3, 16) ^ v2;
        v0 += v3;
        v3 = Long.rotateLeft(v3, 21) ^ v0;
        v2 += v1;
        v1 = Long.rotateLeft(v1, 17) ^ v2;
        v2 = Long.rotateLeft(v2, 32);
      }
      v0 ^= m;
    }
    return v0 ^ v1 ^ v2 ^ v3;
  }
}
