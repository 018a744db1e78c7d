package org.mosstack.config;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.regex.Pattern;

/** What every configuration error must be: a single line that gives its location. */
public final class ConfigCheck {
  /** What is wrong in a file: see {@link ConfigException}. */
  private static final Pattern SENTENCE =
      Pattern.compile(
          ".*: (read \".*\"(\\.\\.\\.)?, (allowed: |but ).+|.+ is missing(, allowed: .+)?)"
              + "|can't be read: .+");

  private ConfigCheck() {}

  /** Checks an error in a text with this name. */
  public static void check(ConfigException e, String name, String text) {
    String message = e.getMessage();
    int line = e.line().orElse(0);
    long lineEnds = text.chars().filter(c -> c == '\n').count();
    long lines = Math.max(1, text.endsWith("\n") ? lineEnds : lineEnds + 1);
    assertTrue(line >= 0 && line <= lines, () -> "line of " + lines + ": " + message);
    String place = line == 0 ? name + ": " : name + ":" + line + ": ";
    assertTrue(message.startsWith(place), message);
    assertTrue(SENTENCE.matcher(message.substring(place.length())).matches(), message);
    assertTrue(message.codePoints().noneMatch(Character::isISOControl), message);
  }
}
