package org.mosstack.config;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A configuration that can't be used, or a start-up that can't go on. {@link #getMessage()} is one
 * line that can be shown to the user as is; a program then exits with {@link #EXIT_CODE}.
 *
 * <p>What is wrong in a file is said in one of these ways, {@code PLACE} being {@code FILE:LINE},
 * and {@code KEY} a key, block or table:
 *
 * <ul>
 *   <li>a value that isn't allowed: {@code PLACE: KEY: read "WHAT", allowed: WHAT IS ALLOWED}
 *   <li>something that isn't there: {@code PLACE: KEY: WHAT is missing, allowed: WHAT IS ALLOWED}
 *   <li>a value that would be right, but for something else: {@code PLACE: KEY: read "WHAT", but
 *       WHAT STANDS AGAINST IT}
 *   <li>a file that can't be read: {@code FILE: can't be read: WHY}
 *   <li>a file named by a key that can't be written: {@code PLACE: KEY: can't write "FILE": WHY}
 * </ul>
 */
public final class ConfigException extends RuntimeException {
  /** The process exit code that goes with this exception: 2. */
  public static final int EXIT_CODE = 2;

  private static final long serialVersionUID = 1L;

  private final String fileName;
  private final int line;

  /**
   * An error that has no place in a file, for example a missing permission at start-up.
   *
   * @param message one line
   */
  public ConfigException(String message) {
    this(message, null);
  }

  /**
   * An error that has no place in a file and was caused by another.
   *
   * @param message one line
   * @param cause the cause; may be null
   */
  public ConfigException(String message, Throwable cause) {
    super(message, cause);
    this.fileName = null;
    this.line = 0;
  }

  private ConfigException(String fileName, int line, String sentence) {
    super(place(fileName, line) + sentence);
    this.fileName = fileName;
    this.line = line;
  }

  /**
   * A value that isn't allowed.
   *
   * @param fileName as the user gave it
   * @param line from 1, or 0 when the error belongs to no line
   * @param context the key, block or table entry that is wrong
   * @param read what was read; shown escaped and shortened
   * @param allowed what may stand there
   */
  static ConfigException notAllowed(
      String fileName, int line, String context, String read, String allowed) {
    return new ConfigException(
        fileName, line, context + ": read " + Quote.of(read) + ", allowed: " + allowed);
  }

  /**
   * Something that must be there.
   *
   * @param line where it is found missing
   * @param context the block where it belongs
   * @param what what isn't there
   * @param allowed what may stand there; empty where {@code what} says it
   */
  static ConfigException missing(
      String fileName, int line, String context, String what, String allowed) {
    String end = allowed.isEmpty() ? "" : ", allowed: " + allowed;
    return new ConfigException(fileName, line, context + ": " + what + " is missing" + end);
  }

  /**
   * A value that would be allowed, but for something else.
   *
   * @param but what stands against it, a sentence
   */
  static ConfigException conflict(
      String fileName, int line, String context, String read, String but) {
    return new ConfigException(
        fileName, line, context + ": read " + Quote.of(read) + ", but " + but);
  }

  /** A configuration file that can't be read. */
  static ConfigException unreadable(String fileName, String why) {
    return new ConfigException(fileName, 0, "can't be read: " + why);
  }

  /** A file, named by a key, that can't be written. */
  static ConfigException unwritable(
      String fileName, int line, String context, Path file, String why) {
    String name = Quote.whole(file.toString());
    return new ConfigException(fileName, line, context + ": can't write " + name + ": " + why);
  }

  /**
   * The file in which the error is.
   *
   * @return its name as the user gave it; empty when the error has no place in a file
   */
  public Optional<String> fileName() {
    return Optional.ofNullable(fileName);
  }

  /**
   * The line in which the error is.
   *
   * @return from 1; empty when the error belongs to no line
   */
  public OptionalInt line() {
    return line == 0 ? OptionalInt.empty() : OptionalInt.of(line);
  }

  /** The start of a line about a place: {@code FILE:LINE: }; nothing if the file is null. */
  static String place(String fileName, int line) {
    if (fileName == null) {
      return "";
    }
    return line == 0 ? fileName + ": " : fileName + ":" + line + ": ";
  }
}
