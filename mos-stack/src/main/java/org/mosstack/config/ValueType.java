package org.mosstack.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * The type of a key's values: how they are read from text, which are allowed, and how they look in
 * messages. What a program sets is checked as it is, and never becomes text to be read again.
 *
 * @param allowed what is allowed, for messages and pages
 * @param parse reads text; throws {@link ConfigException} if the text has another form
 * @param check throws {@link Value#error} of the second argument if the value isn't allowed
 * @param show a value as messages show it
 * @param copy a value as it is kept: one that nobody can change any more
 */
record ValueType<T>(
    String allowed,
    Function<Value, T> parse,
    BiConsumer<T, Value> check,
    Function<T, String> show,
    UnaryOperator<T> copy) {
  private static final int MAX_CORE = 65_535;

  /** A type whose values are immutable. */
  ValueType(
      String allowed,
      Function<Value, T> parse,
      BiConsumer<T, Value> check,
      Function<T, String> show) {
    this(allowed, parse, check, show, UnaryOperator.identity());
  }

  /** Reads text and checks the value. */
  T read(Value text) {
    T value = copy.apply(parse.apply(text));
    check.accept(value, text);
    return value;
  }

  /** Checks a value that a program sets. */
  void check(T value, Value shown) {
    check.accept(value, shown);
  }

  static ValueType<Integer> intNumber(Range range) {
    return number(range, number -> (int) number);
  }

  static ValueType<Long> longNumber(Range range) {
    return number(range, Long::valueOf);
  }

  private static <T extends Number> ValueType<T> number(Range range, LongFunction<T> box) {
    String allowed = range.toString();
    return new ValueType<>(
        allowed,
        text -> {
          long number = text.number(allowed);
          if (!range.contains(number)) {
            throw text.error(allowed); // before it is narrowed
          }
          return box.apply(number);
        },
        (value, shown) -> {
          if (!range.contains(value.longValue())) {
            throw shown.error(allowed);
          }
        },
        Object::toString);
  }

  /** 0 or 1. */
  static ValueType<Boolean> flag() {
    return new ValueType<>("0 or 1", Value::flag, (_, _) -> {}, on -> on ? "1" : "0");
  }

  /** A flag that must be off, as what it would switch on isn't there. */
  static ValueType<Boolean> off(String why) {
    ValueType<Boolean> flag = flag();
    return new ValueType<>(
        "0: " + why,
        flag.parse,
        (on, shown) -> {
          if (on) {
            throw shown.error("0: " + why);
          }
        },
        flag.show);
  }

  /** Also in words. */
  static ValueType<Boolean> yesNo() {
    String allowed = "0 or 1, false or true, no or yes";
    return new ValueType<>(
        allowed,
        text ->
            switch (text.text()) {
              case "1", "true", "yes" -> true;
              case "0", "false", "no" -> false;
              default -> throw text.error(allowed);
            },
        (_, _) -> {},
        on -> on ? "1" : "0");
  }

  /** One of the constants of an enumeration, by its number. */
  static <E extends Enum<E> & Choice> ValueType<E> choice(Class<E> type) {
    List<E> all = Arrays.asList(type.getEnumConstants());
    String allowed =
        all.stream().map(e -> e.number() + " " + e.meaning()).collect(Collectors.joining(", "));
    return new ValueType<>(
        allowed,
        text -> {
          long number = text.number(allowed);
          return all.stream()
              .filter(e -> e.number() == number)
              .findFirst()
              .orElseThrow(() -> text.error(allowed));
        },
        (_, _) -> {},
        e -> Integer.toString(e.number()));
  }

  /** One of some values, by its name. */
  static <E> ValueType<E> named(List<E> values, Function<E, String> name) {
    String allowed = values.stream().map(name).collect(Collectors.joining(", "));
    return new ValueType<>(
        allowed,
        text ->
            values.stream()
                .filter(value -> name.apply(value).equals(text.text()))
                .findFirst()
                .orElseThrow(() -> text.error(allowed)),
        (_, _) -> {},
        name);
  }

  /** Any text but none. */
  static ValueType<String> text(String allowed) {
    return new ValueType<>(
        allowed,
        Value::text,
        (value, shown) -> {
          if (value.isEmpty()) {
            throw shown.error(allowed);
          }
        },
        Function.identity());
  }

  /** What an application is at its connections: only one kind runs here. */
  static ValueType<String> applicationType() {
    String end = "end";
    return new ValueType<>(
        end,
        Value::text,
        (value, shown) -> {
          switch (value) {
            case "end" -> {}
            case "monitor" ->
                throw shown.error("end; monitor is for mOS's middleboxes, which do not run here");
            default -> throw shown.error(end);
          }
        },
        Function.identity());
  }

  /** An application's name and its arguments. */
  static ValueType<List<String>> commandLine() {
    String allowed = "<application> [<argument>...]";
    return new ValueType<>(
        allowed,
        CommandLine::split,
        (words, shown) -> {
          if (words.isEmpty() || words.getFirst().isEmpty()) {
            throw shown.error(allowed);
          }
        },
        words -> String.join(" ", words),
        List::copyOf);
  }

  /** A mask that names at least one core. */
  static ValueType<CoreMask> mask() {
    return new ValueType<>(
        Value.MASK, Value::mask, (mask, shown) -> shown.checkMask(mask), CoreMask::format);
  }

  static ValueType<Path> path(String allowed) {
    return new ValueType<>(
        allowed,
        text -> {
          try {
            return Path.of(text.text());
          } catch (InvalidPathException _) {
            throw text.error(allowed);
          }
        },
        (path, shown) -> {
          if (path.toString().isEmpty()) {
            throw shown.error(allowed);
          }
        },
        Path::toString);
  }

  /** Names of devices, each once. Whether they are there is checked when all devices are known. */
  static ValueType<List<String>> devices() {
    String allowed = "devices of the netdev block";
    return new ValueType<>(
        allowed,
        text -> Lexer.words(text.text()),
        (names, shown) -> {
          if (names.isEmpty()) {
            throw shown.error(allowed);
          }
          Set<String> seen = new HashSet<>();
          for (String name : names) {
            if (!seen.add(name)) {
              throw shown.conflict(name + " is there twice");
            }
          }
        },
        names -> String.join(" ", names),
        List::copyOf);
  }

  static ValueType<Multiprocess> multiprocess() {
    String allowed = "<core> [master], the core from 0 to " + MAX_CORE;
    return new ValueType<>(
        allowed,
        text -> {
          List<Value> words = text.words();
          boolean master = words.size() == 2 && words.get(1).text().equals("master");
          if (words.size() != 1 && !master) {
            throw text.error(allowed);
          }
          return new Multiprocess((int) words.getFirst().number(0, MAX_CORE, allowed), master);
        },
        (process, shown) -> {
          if (process.core() < 0 || process.core() > MAX_CORE) {
            throw shown.error(allowed);
          }
        },
        process -> process.core() + (process.master() ? " master" : ""));
  }
}
