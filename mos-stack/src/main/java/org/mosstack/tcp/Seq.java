package org.mosstack.tcp;

/**
 * Arithmetic of 32-bit sequence numbers modulo 2^32 (RFC 9293 section 3.4).
 *
 * <p>Sequence numbers are never compared with bare operators; {@code a} is before {@code b} when it
 * is less than 2^31 behind it. A number that is kept aside while the connection moves on would thus
 * seem to lie ahead 2 GB later: either it moves on with every segment, or it is {@linkplain #drag
 * dragged along}.
 */
final class Seq {
  private Seq() {}

  static boolean lt(int a, int b) {
    return a - b < 0;
  }

  static boolean leq(int a, int b) {
    return a - b <= 0;
  }

  static boolean gt(int a, int b) {
    return a - b > 0;
  }

  static boolean geq(int a, int b) {
    return a - b >= 0;
  }

  static int max(int a, int b) {
    return geq(a, b) ? a : b;
  }

  static int min(int a, int b) {
    return leq(a, b) ? a : b;
  }

  /**
   * A number kept aside, as close behind {@code una} as it can be: compared with {@code una} and
   * what lies ahead of it, the result is the same.
   */
  static int drag(int kept, int una) {
    return max(kept, una - 1);
  }
}
