package org.mosstack.config;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The keys of a file, or of a block of one, in the order in which messages and pages list them. The
 * class that declares the keys fills the table while it is initialized; afterwards it doesn't
 * change, and any thread may use it.
 */
public final class KeyTable {
  private final List<ConfigKey<?>> keys = new ArrayList<>();
  private final Map<String, ConfigKey<?>> byName = new LinkedHashMap<>();

  /** Creates an empty table. */
  public KeyTable() {}

  /**
   * Adds a key.
   *
   * @param <T> the type of its values
   * @param key a key whose names no other key of the table has
   * @return the key
   * @throws IllegalArgumentException if another key has one of its names
   */
  public <T> ConfigKey<T> add(ConfigKey<T> key) {
    for (String name : key.names()) {
      if (byName.putIfAbsent(name, key) != null) {
        throw new IllegalArgumentException("two keys " + name);
      }
    }
    keys.add(key);
    return key;
  }

  /**
   * The keys.
   *
   * @return in the order in which they were added
   */
  public List<ConfigKey<?>> keys() {
    return List.copyOf(keys);
  }

  /** All names of keys. */
  Collection<String> names() {
    return byName.keySet();
  }

  /** The key that a file means by a name, or null. */
  ConfigKey<?> find(String name) {
    return byName.get(name);
  }

  boolean contains(ConfigKey<?> key) {
    return byName.get(key.name()) == key;
  }
}
