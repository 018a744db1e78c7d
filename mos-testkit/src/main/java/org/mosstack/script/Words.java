package org.mosstack.script;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Locale;

/** The words of a line of a text script, consumed in order; errors quote what was read. */
final class Words {
  private final ArrayDeque<String> words;

  Words(String line) {
    words = new ArrayDeque<>(Arrays.asList(line.trim().split("\\s+")));
  }

  boolean isEmpty() {
    return words.isEmpty();
  }

  String peek() {
    return words.isEmpty() ? "" : words.peek();
  }

  String next(String what) {
    if (words.isEmpty()) {
      throw new IllegalArgumentException("the line ends where " + what + " is expected");
    }
    return words.poll();
  }

  /** Consumes the next word if it is this one. */
  boolean took(String word) {
    boolean same = peek().equals(word);
    if (same) {
      words.poll();
    }
    return same;
  }

  int number(String what) {
    return number(next(what), what);
  }

  /** Parses a 32-bit decimal number, with or without a sign. */
  static int number(String word, String what) {
    try {
      long value = Long.parseLong(word);
      if (value >= Integer.MIN_VALUE && value <= 0xFFFF_FFFFL) {
        return (int) value;
      }
    } catch (NumberFormatException _) {
      // reported below
    }
    throw new IllegalArgumentException("'" + word + "' where " + what + ", a number, is expected");
  }

  /** Reads a time with its unit, in milliseconds. */
  double millis(String what) {
    return millis(next(what), what);
  }

  static double millis(String word, String what) {
    String unit = word.replaceFirst("^[0-9.]+", "");
    double factor =
        switch (unit) {
          case "us" -> 0.001;
          case "ms" -> 1;
          case "s" -> 1000;
          case "min" -> 60_000;
          case "h" -> 3_600_000;
          case "d" -> 24 * 3_600_000.0;
          default ->
              throw new IllegalArgumentException(
                  "'"
                      + word
                      + "' where "
                      + what
                      + " is expected: a number with us, ms, s, min, h"
                      + " or d");
        };
    String digits = word.substring(0, word.length() - unit.length());
    if (digits.isEmpty()) {
      throw new IllegalArgumentException("'" + word + "' where " + what + " is expected");
    }
    return Double.parseDouble(digits) * factor;
  }

  int seconds(String what) {
    return (int) (millis(what) / 1000);
  }

  boolean onOff() {
    String word = next("on or off");
    return switch (word) {
      case "on" -> true;
      case "off" -> false;
      default -> throw new IllegalArgumentException("'" + word + "' where on or off is expected");
    };
  }

  /** Reads a constant of an enumeration, ignoring case. */
  <E extends Enum<E>> E constant(Class<E> type) {
    String word = next("one of " + type.getSimpleName());
    try {
      return Enum.valueOf(type, word.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException _) {
      throw new IllegalArgumentException(
          "'"
              + word
              + "' isn't one of "
              + type.getSimpleName()
              + ": "
              + Arrays.toString(type.getEnumConstants()));
    }
  }

  /** Checks that nothing is left. */
  void end() {
    if (!words.isEmpty()) {
      throw new IllegalArgumentException("'" + words.peek() + "' isn't understood here");
    }
  }
}
