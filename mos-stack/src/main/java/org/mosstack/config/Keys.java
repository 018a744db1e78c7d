package org.mosstack.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The {@code key = value} statements of one block or file: each key is known and given once. */
final class Keys {
  private final String fileName;
  private final String context;
  private final List<String> known;
  private final Map<String, Value> values = new LinkedHashMap<>();

  /**
   * @param context how messages name the block
   * @param known the keys that may stand in it, in the order in which messages list them
   */
  Keys(String fileName, String context, List<String> known) {
    this.fileName = fileName;
    this.context = context;
    this.known = known;
  }

  /** Adds a statement. */
  void add(Block.Statement statement) {
    String text = statement.text();
    int equals = text.indexOf('=');
    if (equals < 0) {
      throw new ConfigException(
          fileName, statement.line(), context, text, "key = value, with one of the keys " + list());
    }
    String key = Lexer.trim(text.substring(0, equals));
    if (!known.contains(key)) {
      String near = Nearest.of(key, known).map(k -> "; did you mean " + k + "?").orElse("");
      throw new ConfigException(
          fileName, statement.line(), context, key, "the keys " + list() + near);
    }
    Value value =
        new Value(fileName, statement.line(), key, Lexer.trim(text.substring(equals + 1)));
    Value earlier = values.putIfAbsent(key, value);
    if (earlier != null) {
      throw value.error(key + " once; it was given in line " + earlier.line());
    }
  }

  /** Returns the value given for a key. */
  Optional<Value> get(String key) {
    return Optional.ofNullable(values.get(key));
  }

  /** A number of things, or {@code otherwise} when the key wasn't given. */
  int count(String key, int min, int max, int otherwise, String what) {
    return get(key).map(v -> v.count(min, max, what)).orElse(otherwise);
  }

  /** Returns all given keys and values, in the order of the file. */
  Map<String, Value> all() {
    return values;
  }

  private String list() {
    return String.join(", ", known);
  }
}
