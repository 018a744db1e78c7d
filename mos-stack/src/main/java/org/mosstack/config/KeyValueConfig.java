package org.mosstack.config;

import java.nio.file.Path;
import java.util.Optional;
import org.mosstack.config.Lexer.Token;

/**
 * An application's flat file of {@code key = value} lines with {@code #} comments, for example
 * {@code epserver.conf}. Immutable.
 */
public final class KeyValueConfig {
  private final Keys keys;
  private final int lastLine;

  private KeyValueConfig(Keys keys, int lastLine) {
    this.keys = keys;
    this.lastLine = lastLine;
  }

  /**
   * Reads a file.
   *
   * @param path a text file in UTF-8, of at most 1 MiB
   * @param table the keys that may stand in it
   * @return what it says
   * @throws ConfigException when it can't be read, lacks a required key, or holds something that
   *     isn't {@code key = value}, an unknown key, a key twice or a value that isn't allowed
   */
  public static KeyValueConfig load(Path path, KeyTable table) {
    return parse(path.toString(), ConfigFile.read(path), table);
  }

  /**
   * Reads a file's text.
   *
   * @param fileName the name for messages
   * @param text the text
   * @param table the keys that may stand in it
   * @return what it says
   * @throws ConfigException as {@link #load}
   */
  public static KeyValueConfig parse(String fileName, String text, KeyTable table) {
    Keys keys = Keys.ofFile(fileName, "file", table);
    int lastLine = 1;
    for (Token token : Lexer.tokens(fileName, text)) {
      switch (token.kind()) {
        case STATEMENT -> keys.add(new Block.Statement(token.line(), token.text()));
        case OPEN, CLOSE ->
            throw ConfigException.notAllowed(
                fileName, token.line(), "file", token.text(), "key = value lines without blocks");
        case END -> lastLine = token.line();
      }
    }
    keys.requireAll(lastLine);
    return new KeyValueConfig(keys, lastLine);
  }

  /**
   * The value of a key.
   *
   * @param <T> its type
   * @param key a key of the file's table
   * @return the value that was given, or the key's default
   * @throws java.util.NoSuchElementException if it wasn't given and has no default: see {@link
   *     #find}
   * @throws IllegalArgumentException if it is a key of another table
   */
  public <T> T get(ConfigKey<T> key) {
    return keys.get(key);
  }

  /**
   * The value of a key that may have none.
   *
   * @param <T> its type
   * @param key a key of the file's table
   * @return the value that was given, or the key's default; empty if it has none
   * @throws IllegalArgumentException if it is a key of another table
   */
  public <T> Optional<T> find(ConfigKey<T> key) {
    return keys.find(key);
  }

  /**
   * An error that only the application can find, for example a folder that doesn't exist.
   *
   * @param key a key of the file's table
   * @param allowed what may stand there
   * @return the exception with file, line and what was read, for the caller to throw; where the key
   *     wasn't given, it is missing in the file's last line
   */
  public ConfigException error(ConfigKey<?> key, String allowed) {
    return keys.error(key, lastLine, allowed);
  }

  /**
   * An error about a key whose value is allowed, but for something else.
   *
   * @param key a key that was given
   * @param but what stands against it: a sentence without capital and full stop
   * @return the exception with file, line and what was read, for the caller to throw
   */
  public ConfigException conflict(ConfigKey<?> key, String but) {
    return keys.text(key).conflict(but);
  }
}
