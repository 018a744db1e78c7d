package org.mosstack.config;

import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.mosstack.config.Lexer.Token;

/**
 * An application's flat file of {@code key = value} lines with {@code #} comments, for example
 * {@code epserver.conf}. Immutable.
 *
 * <p>The getters throw {@link ConfigException} with file and line when a value is none of those
 * allowed, and {@link IllegalArgumentException} when they are asked for a key that wasn't declared.
 */
public final class KeyValueConfig {
  private final String fileName;
  private final List<String> known;
  private final Keys keys;
  private final int lastLine;

  private KeyValueConfig(String fileName, List<String> known, Keys keys, int lastLine) {
    this.fileName = fileName;
    this.known = known;
    this.keys = keys;
    this.lastLine = lastLine;
  }

  /**
   * Reads a file.
   *
   * @param path a text file in UTF-8, of at most 1 MiB
   * @param known the keys that may stand in it
   * @return what it says
   * @throws ConfigException when it can't be read, or holds something that isn't {@code key =
   *     value}, an unknown key, a key twice or one without a value
   */
  public static KeyValueConfig load(Path path, Collection<String> known) {
    return parse(path.toString(), ConfigFile.read(path), known);
  }

  /**
   * Reads a file's text.
   *
   * @param fileName the name for messages
   * @param text the text
   * @param known the keys that may stand in it
   * @return what it says
   * @throws ConfigException as {@link #load}
   */
  public static KeyValueConfig parse(String fileName, String text, Collection<String> known) {
    // Sorted, because a set's order would make messages differ from run to run.
    List<String> sorted = known.stream().sorted().toList();
    Keys keys = new Keys(fileName, "file", sorted);
    int lastLine = 1;
    for (Token token : Lexer.tokens(fileName, text)) {
      switch (token.kind()) {
        case STATEMENT -> keys.add(new Block.Statement(token.line(), token.text()));
        case OPEN, CLOSE ->
            throw new ConfigException(
                fileName, token.line(), "file", token.text(), "key = value lines without blocks");
        case END -> lastLine = token.line();
      }
    }
    for (Value value : keys.all().values()) {
      if (value.text().isEmpty()) {
        throw value.error("a value after the =");
      }
    }
    return new KeyValueConfig(fileName, sorted, keys, lastLine);
  }

  /**
   * The value of a key.
   *
   * @param key a declared key
   * @return its text, never empty text; empty when the key wasn't given
   */
  public Optional<String> string(String key) {
    return value(key).map(Value::text);
  }

  /**
   * The value of a key that must be there.
   *
   * @param key a declared key
   * @return its text, never empty
   * @throws ConfigException when the key wasn't given
   */
  public String requiredString(String key) {
    return string(key).orElseThrow(() -> error(key, "a line " + key + " = <value>"));
  }

  /**
   * A number.
   *
   * @param key a declared key
   * @param min the least allowed
   * @param max the greatest allowed
   * @param otherwise the result when the key wasn't given
   * @return the number
   */
  public int intValue(String key, int min, int max, int otherwise) {
    return (int) longValue(key, min, max, otherwise);
  }

  /**
   * A number of up to 15 digits.
   *
   * @param key a declared key
   * @param min the least allowed
   * @param max the greatest allowed
   * @param otherwise the result when the key wasn't given
   * @return the number
   */
  public long longValue(String key, long min, long max, long otherwise) {
    return value(key)
        .map(v -> v.number(min, max, "a whole number from " + min + " to " + max))
        .orElse(otherwise);
  }

  /**
   * A switch: 0 or 1, false or true, no or yes.
   *
   * @param key a declared key
   * @param otherwise the result when the key wasn't given
   * @return whether it is on
   */
  public boolean bool(String key, boolean otherwise) {
    return value(key)
        .map(
            v ->
                switch (v.text()) {
                  case "1", "true", "yes" -> true;
                  case "0", "false", "no" -> false;
                  default -> throw v.error("0 or 1, false or true, no or yes");
                })
        .orElse(otherwise);
  }

  /**
   * An error that only the application can find, for example a folder that doesn't exist.
   *
   * @param key a declared key
   * @param allowed what may stand there
   * @return the exception with file, line and what was read, for the caller to throw; for a key
   *     that wasn't given, the line is the file's last
   */
  public ConfigException error(String key, String allowed) {
    return value(key)
        .map(v -> v.error(allowed))
        .orElseGet(() -> new ConfigException(fileName, lastLine, key, "end of file", allowed));
  }

  private Optional<Value> value(String key) {
    if (!known.contains(key)) {
      throw new IllegalArgumentException("the key " + key + " wasn't declared");
    }
    return keys.get(key);
  }
}
