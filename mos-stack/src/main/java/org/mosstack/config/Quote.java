package org.mosstack.config;

/** Shows text from a file in a message: in quotes, on one line. */
final class Quote {
  /** Maximum characters shown; longer text is a mistake anyway. */
  private static final int LIMIT = 60;

  private Quote() {}

  /** Shortens long text. */
  static String of(String text) {
    return of(text, LIMIT);
  }

  /** Shows all of a text, of which a part would be of no use: a path, for instance. */
  static String whole(String text) {
    return of(text, Integer.MAX_VALUE);
  }

  private static String of(String text, int limit) {
    StringBuilder quoted = new StringBuilder(text.length() + 2).append('"');
    text.codePoints().limit(limit).forEach(c -> append(quoted, c));
    quoted.append('"');
    if (text.codePointCount(0, text.length()) > limit) {
      quoted.append("...");
    }
    return quoted.toString();
  }

  /** Appends a character, escaped if it is invisible or would disturb the terminal. */
  private static void append(StringBuilder quoted, int c) {
    switch (c) {
      case '\t' -> quoted.append("\\t");
      case '\n' -> quoted.append("\\n");
      case '\r' -> quoted.append("\\r");
      case ' ' -> quoted.append(' ');
      default -> {
        if (isVisible(c)) {
          quoted.appendCodePoint(c);
        } else {
          quoted.append(String.format(c > 0xffff ? "\\U%08X" : "\\u%04X", c));
        }
      }
    }
  }

  private static boolean isVisible(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.SPACE_SEPARATOR,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      default -> true;
    };
  }
}
