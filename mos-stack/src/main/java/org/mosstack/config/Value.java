package org.mosstack.config;

import java.net.Inet4Address;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.mosstack.header.Ip4Address;
import org.mosstack.header.MacAddress;

/**
 * Text with its place, which can parse itself and report what is wrong with it.
 *
 * @param fileName as the user gave it; null if the text comes from elsewhere
 * @param line from 1, or 0 if it comes from no file
 * @param context the key or table it belongs to
 * @param text without blanks around it
 */
record Value(String fileName, int line, String context, String text) {
  /** The form of a mask of cores. */
  static final String MASK = "a hexadecimal mask of cores, such as 0x00FF";

  /** More digits than any number here has: they can't overflow a long. */
  private static final int MAX_DIGITS = 15;

  /** Returns the exception that says what is wrong here. */
  ConfigException error(String allowed) {
    return ConfigException.notAllowed(fileName, line, context, text, allowed);
  }

  /** Returns the exception that says what stands against this, though it is allowed. */
  ConfigException conflict(String but) {
    return ConfigException.conflict(fileName, line, context, text, but);
  }

  /** Returns the exception that says why a file that is named here can't be written. */
  ConfigException unwritable(Path file, String why) {
    return ConfigException.unwritable(fileName, line, context, file, why);
  }

  /** Returns a sentence for the log about what was read here. */
  String note(String sentence) {
    return ConfigException.place(fileName, line) + context + " " + sentence;
  }

  /** Returns a value for a part of the text, at the same place. */
  Value part(String part) {
    return new Value(fileName, line, context, part);
  }

  /** Returns the same text at the same place, which messages name differently. */
  Value in(String otherContext) {
    return new Value(fileName, line, otherContext, text);
  }

  /** The words of the text, each a value. */
  List<Value> words() {
    return Lexer.words(text).stream().map(this::part).toList();
  }

  /**
   * A whole number, decimal or with 0x hexadecimal, both as in C. A decimal with a leading zero is
   * refused: C takes it for octal, most people don't.
   *
   * @return empty when the text is no such number, or one of more than 15 digits
   */
  OptionalLong number() {
    String digits = text.startsWith("-") ? text.substring(1) : text;
    int radix = 10;
    if (digits.startsWith("0x") || digits.startsWith("0X")) {
      digits = digits.substring(2);
      radix = 16;
    } else if (digits.length() > 1 && digits.startsWith("0")) {
      return OptionalLong.empty();
    }
    if (digits.isEmpty() || digits.length() > MAX_DIGITS) {
      return OptionalLong.empty();
    }
    long value = 0;
    for (int i = 0; i < digits.length(); i++) {
      char c = digits.charAt(i);
      int digit = c < 128 ? Character.digit(c, radix) : -1;
      if (digit < 0) {
        return OptionalLong.empty();
      }
      value = value * radix + digit;
    }
    return OptionalLong.of(text.startsWith("-") ? -value : value);
  }

  /** Returns a number; otherwise throws, with {@code allowed} ending the message. */
  long number(String allowed) {
    boolean octal = text.matches("-?0[0-9]+");
    String form = octal ? allowed + ", written without a leading zero" : allowed;
    return number().orElseThrow(() -> error(form));
  }

  /** Returns a number within limits; otherwise throws, with {@code allowed} ending the message. */
  long number(long min, long max, String allowed) {
    long number = number(allowed);
    if (number < min || number > max) {
      throw error(allowed);
    }
    return number;
  }

  /** 0 or 1. */
  boolean flag() {
    return number(0, 1, "0 or 1") == 1;
  }

  /** An IPv4 address with its prefix, of at least {@code minLength} bits. */
  Ip4Prefix prefix(int minLength, String allowed) {
    Ip4Prefix prefix;
    try {
      prefix = Ip4Prefix.parse(text);
    } catch (IllegalArgumentException _) {
      throw error(allowed);
    }
    if (prefix.prefixLength() < minLength) {
      throw error(allowed);
    }
    return prefix;
  }

  /** An IPv4 address. */
  Inet4Address address(String allowed) {
    try {
      return Ip4Address.toInet(Ip4Address.parse(text));
    } catch (IllegalArgumentException _) {
      throw error(allowed);
    }
  }

  /** The Ethernet address of a station. */
  long station(String allowed) {
    long mac;
    try {
      mac = MacAddress.parse(text);
    } catch (IllegalArgumentException _) {
      throw error(allowed);
    }
    if (mac == 0 || MacAddress.isMulticast(mac)) {
      throw error(allowed);
    }
    return mac;
  }

  /** A mask, which may be empty. */
  CoreMask mask() {
    try {
      return CoreMask.parse(text);
    } catch (IllegalArgumentException _) {
      throw error(MASK);
    }
  }

  /** Checks that the mask which this is names a core. */
  void checkMask(CoreMask mask) {
    if (mask.isEmpty()) {
      throw error("a hexadecimal mask that names at least one core, such as 0x1");
    }
  }

  /** The original read a mask without 0x as a decimal number: says so where that differs. */
  Optional<String> maskNote() {
    return text.matches("[0-9]{2,}")
        ? Optional.of(note("takes the mask " + Quote.of(text) + " as hexadecimal"))
        : Optional.empty();
  }
}
