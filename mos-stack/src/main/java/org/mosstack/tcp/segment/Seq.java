package org.mosstack.tcp.segment;

/**
 * Arithmetic on 32-bit sequence numbers, modulo 2^32 (RFC 9293 section 3.4).
 *
 * <p>Sequence numbers are never compared with plain operators; {@code a} is before {@code b} if it
 * is less than 2^31 behind it. A stored number would therefore appear to lie ahead once the
 * connection is 2 GB past it: it is either updated with every segment or {@linkplain #drag dragged
 * along}.
 */
public final class Seq {
  private Seq() {}

  /** Whether {@code a} lies before {@code b}. */
  public static boolean lt(int a, int b) {
    return a - b < 0;
  }

  /** Whether {@code a} lies before {@code b}, or is the same. */
  public static boolean leq(int a, int b) {
    return a - b <= 0;
  }

  /** Whether {@code a} lies behind {@code b}. */
  public static boolean gt(int a, int b) {
    return a - b > 0;
  }

  /** Whether {@code a} lies behind {@code b}, or is the same. */
  public static boolean geq(int a, int b) {
    return a - b >= 0;
  }

  /** Returns the one that lies further ahead. */
  public static int max(int a, int b) {
    return geq(a, b) ? a : b;
  }

  /** Returns the one that lies further back. */
  public static int min(int a, int b) {
    return leq(a, b) ? a : b;
  }

  /**
   * Returns a stored number, moved up to just behind {@code una} if it is further back: comparing
   * it with {@code una} and anything ahead of that gives the same result.
   */
  public static int drag(int kept, int una) {
    return max(kept, una - 1);
  }
}
