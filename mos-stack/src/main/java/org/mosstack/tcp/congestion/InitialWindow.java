package org.mosstack.tcp.congestion;

/** How much may be sent before anything is known about the path (RFC 6928 section 2). */
public final class InitialWindow {
  private static final int SEGMENTS = 10;
  private static final int BYTES = 14600;

  private InitialWindow() {}

  /** Returns the bytes for segments of this size. */
  static int bytes(int mss) {
    return Math.min(SEGMENTS * mss, Math.max(2 * mss, BYTES));
  }
}
