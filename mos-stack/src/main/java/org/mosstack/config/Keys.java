package org.mosstack.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;

/** The values given for the keys of one block or file: each key is known and given once. */
final class Keys {
  /**
   * A value that was given for a key.
   *
   * @param text how it was given, and where
   */
  record Given<T>(Value text, T value) {}

  private final String fileName;
  private final String context;
  private final KeyTable table;
  private final boolean isProgram;
  private final Map<ConfigKey<?>, Given<?>> given = new LinkedHashMap<>();

  private Keys(String fileName, String context, KeyTable table, boolean isProgram) {
    this.fileName = fileName;
    this.context = context;
    this.table = table;
    this.isProgram = isProgram;
  }

  /**
   * Makes those of a file.
   *
   * @param context how messages name the block
   * @param table the keys that may stand in it
   */
  static Keys ofFile(String fileName, String context, KeyTable table) {
    return new Keys(fileName, context, table, false);
  }

  /**
   * Makes those that a program sets.
   *
   * @param name stands where messages about a file have its name
   * @param context how messages name the block
   * @param table the keys that may be set
   */
  static Keys ofProgram(String name, String context, KeyTable table) {
    return new Keys(name, context, table, true);
  }

  /** Whether a program sets them: programs and files have defaults of their own. */
  boolean isProgram() {
    return isProgram;
  }

  /** Reads a statement of a file. */
  void add(Block.Statement statement) {
    int line = statement.line();
    String text = statement.text();
    String all = String.join(", ", table.names());
    int equals = text.indexOf('=');
    if (equals < 0) {
      throw ConfigException.notAllowed(
          fileName, line, context, text, "key = value, with one of the keys " + all);
    }
    String name = Lexer.trim(text.substring(0, equals));
    ConfigKey<?> key = table.find(name);
    if (key == null) {
      String near =
          Nearest.of(name, table.names()).map(k -> "; did you mean " + k + "?").orElse("");
      throw ConfigException.notAllowed(fileName, line, context, name, "the keys " + all + near);
    }
    read(key, new Value(fileName, line, name, Lexer.trim(text.substring(equals + 1))));
  }

  private <T> void read(ConfigKey<T> key, Value text) {
    Given<?> earlier = given.get(key);
    if (earlier != null) {
      String name = earlier.text().context();
      boolean alias = !name.equals(text.context());
      throw text.conflict(
          "line "
              + earlier.text().line()
              + " gives "
              + name
              + (alias ? ", which means the same" : " already"));
    }
    given.put(key, new Given<>(text, key.type().read(text)));
  }

  /** Takes a value that a program sets. */
  <T> void put(ConfigKey<T> key, T value) {
    Value shown = new Value(fileName, 0, key.name(), key.type().show().apply(value));
    key.type().check(value, shown);
    given.put(key, new Given<>(shown, value));
  }

  /** Checks that a file gives what it must, and ends in this line. */
  void requireAll(int lastLine) {
    for (ConfigKey<?> key : table.keys()) {
      if (key.isRequired() && !given.containsKey(key)) {
        throw missing(key, lastLine, key.allowed());
      }
    }
  }

  boolean contains(ConfigKey<?> key) {
    return table.contains(key);
  }

  /** Returns what was given for a key. */
  @SuppressWarnings("unchecked") // read and put have put it in for this very key
  <T> Optional<Given<T>> given(ConfigKey<T> key) {
    if (!contains(key)) {
      throw new IllegalArgumentException(key + " is none of the keys " + table.names());
    }
    return Optional.ofNullable((Given<T>) given.get(key));
  }

  /** Returns a key's value, or its default; empty if there is neither. */
  <T> Optional<T> find(ConfigKey<T> key) {
    return given(key).map(Given::value).or(() -> key.defaultValue(this));
  }

  /** Returns a key's value, or its default. */
  <T> T get(ConfigKey<T> key) {
    return find(key)
        .orElseThrow(() -> new NoSuchElementException(key + " isn't given and has no default"));
  }

  /** Returns an error about a key's value; where it wasn't given, the key is missing. */
  ConfigException error(ConfigKey<?> key, int lastLine, String allowed) {
    return given(key)
        .map(g -> g.text().error(allowed))
        .orElseGet(() -> missing(key, lastLine, allowed));
  }

  private ConfigException missing(ConfigKey<?> key, int lastLine, String allowed) {
    return ConfigException.missing(fileName, lastLine, context, "the key " + key, allowed);
  }

  /** Returns how a key was given and where; no text, and no line, where it wasn't given. */
  Value text(ConfigKey<?> key) {
    return given(key).<Value>map(Given::text).orElse(new Value(fileName, 0, key.name(), ""));
  }

  /**
   * Returns a sentence for each key that was given and has no effect.
   *
   * @param dpdk whether a device is driven by DPDK
   */
  List<String> notes(boolean dpdk) {
    List<String> notes = new ArrayList<>();
    given.forEach(
        (key, value) ->
            key.whyNoEffect(dpdk)
                .ifPresent(why -> notes.add(value.text().note("has no effect: " + why))));
    return notes;
  }

  /** Whether the same was given at the same places. */
  @Override
  public boolean equals(Object other) {
    return other instanceof Keys keys && isProgram == keys.isProgram && given.equals(keys.given);
  }

  @Override
  public int hashCode() {
    return given.hashCode();
  }

  /** The values as they were given. */
  @Override
  public String toString() {
    List<String> statements = new ArrayList<>();
    given.forEach((key, value) -> statements.add(key + " = " + value.text().text()));
    return String.join("; ", statements);
  }
}
