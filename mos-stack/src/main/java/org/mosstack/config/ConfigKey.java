package org.mosstack.config;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;

/**
 * A key of a configuration: its name, the type of its values, which of them are allowed, and what
 * holds where it isn't given. Files and programs are both held to it, messages quote it, and tests
 * compare the pages with it. Immutable.
 *
 * <p>A key is a constant in the {@link KeyTable} of its file or block. This declares one, and is
 * all that a new key needs:
 *
 * <pre>{@code
 * private static final KeyTable KEYS = new KeyTable();
 * private static final ConfigKey<Integer> CORE_LIMIT =
 *     KEYS.add(
 *         ConfigKey.number("core_limit", Range.of("cores at most", 1, 65536).or(0, "for all"))
 *             .otherwise(0));
 * }</pre>
 *
 * <p>A new key has no default: see {@link #otherwise} and {@link #required}. One of {@code
 * mos.conf} may have two: what the original did, for files, and what Linux does, for programs.
 *
 * @param <T> the type of its values
 */
public final class ConfigKey<T> {
  /** What holds where a key isn't given. The value is null if there is none. */
  private record Otherwise<T>(String text, Function<Keys, T> value, boolean required) {}

  /** Why, and whether always or only without DPDK's devices, a key has no effect. */
  private record NoEffect(String why, boolean withDpdk) {}

  private final List<String> names;
  private final ValueType<T> type;
  private final Otherwise<T> inFiles;
  private final Otherwise<T> inPrograms;
  private final NoEffect noEffect;

  private ConfigKey(
      List<String> names,
      ValueType<T> type,
      Otherwise<T> inFiles,
      Otherwise<T> inPrograms,
      NoEffect noEffect) {
    this.names = names;
    this.type = type;
    this.inFiles = inFiles;
    this.inPrograms = inPrograms;
    this.noEffect = noEffect;
  }

  /** Makes a key of any type, without a default. */
  static <T> ConfigKey<T> of(String name, ValueType<T> type) {
    Otherwise<T> none = new Otherwise<>("none", null, false);
    return new ConfigKey<>(List.of(name), type, none, none, null);
  }

  /**
   * A whole number, which files give in decimal or, after 0x, in hexadecimal.
   *
   * @param name the key's name
   * @param range the numbers allowed, all of them ints
   * @return the key
   * @throws IllegalArgumentException if one of them isn't
   */
  public static ConfigKey<Integer> number(String name, Range range) {
    if (!range.isOfInts()) {
      throw new IllegalArgumentException(name + ": " + range + ": not all of them are ints");
    }
    return of(name, ValueType.intNumber(range));
  }

  /**
   * A whole number that may be larger than an int.
   *
   * @param name the key's name
   * @param range the numbers allowed; files can give those of up to 15 digits
   * @return the key
   */
  public static ConfigKey<Long> longNumber(String name, Range range) {
    return of(name, ValueType.longNumber(range));
  }

  /**
   * A switch: 0 or 1, false or true, no or yes.
   *
   * @param name the key's name
   * @return the key
   */
  public static ConfigKey<Boolean> yesNo(String name) {
    return of(name, ValueType.yesNo());
  }

  /**
   * Text, which isn't empty.
   *
   * @param name the key's name
   * @param allowed what it may be, for messages
   * @return the key
   */
  public static ConfigKey<String> text(String name, String allowed) {
    return of(name, ValueType.text(allowed));
  }

  /**
   * Gives the key a default.
   *
   * @param value what holds where the key isn't given
   * @return a key with it
   */
  public ConfigKey<T> otherwise(T value) {
    return with(always(value));
  }

  /** Gives the key another default where a program builds the configuration. */
  ConfigKey<T> inPrograms(T value) {
    return otherwiseInPrograms(always(value));
  }

  /** Says what happens where a program doesn't set the key; there is no value for it. */
  ConfigKey<T> withoutInPrograms(String text) {
    return otherwiseInPrograms(new Otherwise<>(text, null, false));
  }

  private ConfigKey<T> otherwiseInPrograms(Otherwise<T> other) {
    return new ConfigKey<>(names, type, inFiles, other, noEffect);
  }

  private Otherwise<T> always(T value) {
    T kept = type.copy().apply(Objects.requireNonNull(value, "value"));
    return new Otherwise<>(type.show().apply(kept), _ -> kept, false);
  }

  /** Gives the key a default that depends on other keys. */
  ConfigKey<T> otherwise(String text, Function<Keys, T> value) {
    return with(new Otherwise<>(text, value, false));
  }

  /** Says what happens where the key isn't given; there is no value for it. */
  ConfigKey<T> without(String text) {
    return with(new Otherwise<>(text, null, false));
  }

  /**
   * Makes the key one that every file must give.
   *
   * @return a key that is required
   */
  public ConfigKey<T> required() {
    return with(new Otherwise<>("required", null, true));
  }

  /** Gives the key a second name. */
  ConfigKey<T> alias(String alias) {
    return new ConfigKey<>(List.of(name(), alias), type, inFiles, inPrograms, noEffect);
  }

  /** Makes the key one that is checked and has no effect, which is noted where it is given. */
  ConfigKey<T> noEffect(String why) {
    return new ConfigKey<>(names, type, inFiles, inPrograms, new NoEffect(why, true));
  }

  /** Makes the key one that has no effect where no device is driven by DPDK. */
  ConfigKey<T> forDpdk() {
    NoEffect none = new NoEffect("no device is driven by DPDK", false);
    return new ConfigKey<>(names, type, inFiles, inPrograms, none);
  }

  private ConfigKey<T> with(Otherwise<T> other) {
    return new ConfigKey<>(names, type, other, other, noEffect);
  }

  /**
   * The key's name.
   *
   * @return as it stands in a file
   */
  public String name() {
    return names.getFirst();
  }

  /** The key's name and, if it has one, its second. */
  List<String> names() {
    return names;
  }

  /**
   * What is allowed.
   *
   * @return as errors say it, for example {@code bytes per socket, 2048 to 1073741824}
   */
  public String allowed() {
    return type.allowed();
  }

  /**
   * What holds where a file doesn't give the key, in words.
   *
   * @return the default as it would stand in a file, or what happens without the key, for example
   *     {@code required}
   */
  public String whenAbsent() {
    return inFiles.text();
  }

  /** What holds where a program doesn't set the key, in words. */
  String whenAbsentInPrograms() {
    return inPrograms.text();
  }

  /**
   * Checks a value that comes from elsewhere, for example from a command line.
   *
   * @param value a value
   * @return the value
   * @throws IllegalArgumentException if it isn't allowed; the message names the key, the value and
   *     what is allowed
   */
  public T require(T value) {
    try {
      type.check(value, new Value(null, 0, name(), type.show().apply(value)));
    } catch (ConfigException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
    return value;
  }

  ValueType<T> type() {
    return type;
  }

  boolean isRequired() {
    return inFiles.required();
  }

  /** The default, which may depend on the values of other keys. */
  Optional<T> defaultValue(Keys keys) {
    Otherwise<T> otherwise = keys.isProgram() ? inPrograms : inFiles;
    return otherwise.value() == null
        ? Optional.empty()
        : Optional.of(otherwise.value().apply(keys));
  }

  /** Why the key has no effect; empty if it has. */
  Optional<String> whyNoEffect(boolean dpdk) {
    return Optional.ofNullable(noEffect).filter(n -> n.withDpdk() || !dpdk).map(NoEffect::why);
  }

  /** The name. */
  @Override
  public String toString() {
    return name();
  }
}
