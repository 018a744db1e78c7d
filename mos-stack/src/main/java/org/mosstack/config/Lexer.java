package org.mosstack.config;

import java.util.ArrayList;
import java.util.List;

/**
 * Cuts a configuration's text into tokens: braces, and the statements between them. A statement
 * ends at a brace, a {@code #} or the end of its line; blanks around it don't count.
 */
final class Lexer {
  /** What a token is. */
  enum Kind {
    /** Text that is neither a brace nor a comment. */
    STATEMENT,
    /** An opening brace. */
    OPEN,
    /** A closing brace. */
    CLOSE,
    /** The end of the text: always the last token, and only that. */
    END
  }

  /**
   * One token.
   *
   * @param line from 1
   * @param text a statement's text; for the others, how to name them in a message
   */
  record Token(Kind kind, int line, String text) {}

  private final String fileName;
  private final List<Token> tokens = new ArrayList<>();

  private Lexer(String fileName) {
    this.fileName = fileName;
  }

  /** All tokens of a text, {@link Kind#END} last. */
  static List<Token> tokens(String fileName, String text) {
    // Some editors write a byte order mark first.
    String body = text.startsWith("\uFEFF") ? text.substring(1) : text;
    Lexer lexer = new Lexer(fileName);
    String[] lines = body.split("\n", -1);
    for (int i = 0; i < lines.length; i++) {
      lexer.line(i + 1, lines[i]);
    }
    // What follows the last line end is a line only when something stands there.
    boolean endsWithLineEnd = lines.length > 1 && lines[lines.length - 1].isEmpty();
    int last = endsWithLineEnd ? lines.length - 1 : lines.length;
    lexer.tokens.add(new Token(Kind.END, last, "end of file"));
    return lexer.tokens;
  }

  private void line(int number, String line) {
    int start = 0;
    boolean comment = false;
    int end = line.length();
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (c < ' ' && !isBlank(c) || c == 0x7f) {
        throw ConfigException.notAllowed(
            fileName, number, "file", String.valueOf(c), "text without control characters");
      }
      if (comment) {
        continue;
      }
      switch (c) {
        case '#' -> {
          comment = true;
          end = i;
        }
        case '{', '}' -> {
          statement(number, line.substring(start, i));
          tokens.add(new Token(c == '{' ? Kind.OPEN : Kind.CLOSE, number, String.valueOf(c)));
          start = i + 1;
        }
        default -> {}
      }
    }
    statement(number, line.substring(start, end));
  }

  private void statement(int number, String text) {
    String trimmed = trim(text);
    if (!trimmed.isEmpty()) {
      tokens.add(new Token(Kind.STATEMENT, number, trimmed));
    }
  }

  /** C's isspace, which the original uses; a lone carriage return is a blank too. */
  static boolean isBlank(char c) {
    return c == ' ' || c >= '\t' && c <= '\r';
  }

  /** Returns the text without surrounding blanks. */
  static String trim(String text) {
    int start = 0;
    int end = text.length();
    while (start < end && isBlank(text.charAt(start))) {
      start++;
    }
    while (end > start && isBlank(text.charAt(end - 1))) {
      end--;
    }
    return text.substring(start, end);
  }

  /** Returns the words of a text, separated by blanks. */
  static List<String> words(String text) {
    List<String> words = new ArrayList<>();
    int start = -1;
    for (int i = 0; i <= text.length(); i++) {
      boolean inWord = i < text.length() && !isBlank(text.charAt(i));
      if (inWord && start < 0) {
        start = i;
      } else if (!inWord && start >= 0) {
        words.add(text.substring(start, i));
        start = -1;
      }
    }
    return words;
  }
}
