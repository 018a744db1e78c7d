package org.mosstack.epserver;

/**
 * One satisfiable range of a file's bytes (RFC 9110, 14.1.2).
 *
 * @param first offset of the first byte
 * @param length number of bytes, at least 1
 */
record ByteRange(int first, int length) {

  /** A range set that the file can't satisfy: the response is 416. */
  static final ByteRange UNSATISFIABLE = new ByteRange(0, 0);

  private static final String UNIT = "bytes=";

  /** Offset of the last byte. */
  int last() {
    return first + length - 1;
  }

  /**
   * Reads a Range header for a file of {@code size} bytes.
   *
   * <p>A header that isn't one valid range of bytes is to be ignored (14.2), and so are several
   * ranges at once: the client then gets the whole file, which the RFC allows, because a range set
   * of many small or overlapping ranges costs a server more than it saves (14.2, 17.15).
   *
   * @return the range, {@link #UNSATISFIABLE}, or null when the header is to be ignored
   */
  static ByteRange parse(String header, int size) {
    if (!header.regionMatches(true, 0, UNIT, 0, UNIT.length())) {
      return null;
    }
    String spec = header.substring(UNIT.length()).strip();
    int dash = spec.indexOf('-');
    if (dash < 0) {
      return null;
    }
    long first = number(spec, 0, dash);
    long last = number(spec, dash + 1, spec.length());
    boolean noFirst = dash == 0;
    boolean noLast = dash == spec.length() - 1;
    if (noFirst && noLast || first < 0 && !noFirst || last < 0 && !noLast) {
      return null;
    }
    if (noFirst) {
      int length = (int) Math.min(last, size);
      return length == 0 ? UNSATISFIABLE : new ByteRange(size - length, length);
    }
    if (!noLast && last < first) {
      return null;
    }
    if (first >= size) {
      return UNSATISFIABLE;
    }
    long end = noLast ? size : Math.min(last + 1, size);
    return new ByteRange((int) first, (int) (end - first));
  }

  /** The decimal number in [from, to); -1 if there is none. Saturates far above any file's size. */
  private static long number(String s, int from, int to) {
    if (from == to) {
      return -1;
    }
    long value = 0;
    for (int i = from; i < to; i++) {
      int digit = s.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        return -1;
      }
      value = Math.min(value * 10 + digit, 1L << 48);
    }
    return value;
  }
}
