package org.mosstack.config;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * A configuration that can't be used, or a start-up that can't go on. {@link #getMessage()} is one
 * line that can be shown to the user as is; a program then exits with {@link #EXIT_CODE}.
 *
 * <p>The line of an error in a file reads {@code FILE:LINE: KEY: read "WHAT", allowed: WHAT IS
 * ALLOWED}.
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

  /**
   * An error at a place in a file.
   *
   * @param fileName as the user gave it
   * @param line from 1, or 0 when the error belongs to no line
   * @param context the key, block or table entry that is wrong
   * @param read what was read; shown escaped and shortened
   * @param allowed what may stand there
   */
  public ConfigException(String fileName, int line, String context, String read, String allowed) {
    super(place(fileName, line) + context + ": read " + Quote.of(read) + ", allowed: " + allowed);
    this.fileName = fileName;
    this.line = line;
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

  /** The start of a line about a place: {@code FILE:LINE: }. */
  static String place(String fileName, int line) {
    return line == 0 ? fileName + ": " : fileName + ":" + line + ": ";
  }
}
