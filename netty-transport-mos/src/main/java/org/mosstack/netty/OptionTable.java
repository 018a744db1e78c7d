package org.mosstack.netty;

import io.netty.channel.ChannelOption;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * The options of one kind of config, each with its getter and setter there. Immutable.
 *
 * @param <C> the config
 */
final class OptionTable<C> {
  /** The property of a config that an option stands for. */
  record Property<C, T>(Function<C, T> getter, BiConsumer<C, T> setter) {}

  private final Map<ChannelOption<?>, Property<C, ?>> properties;
  private final Map<String, Property<C, ?>> byName = new HashMap<>();

  private OptionTable(Map<ChannelOption<?>, Property<C, ?>> properties) {
    this.properties = properties;
    properties.forEach((option, property) -> byName.put(shortName(option), property));
  }

  static <C> Builder<C> builder() {
    return new Builder<>();
  }

  /**
   * The property that the option stands for, or null if the config doesn't know it. Another
   * transport's option of the same name is known, too.
   */
  @SuppressWarnings("unchecked") // Options of one name have values of one type.
  <T> Property<C, T> find(ChannelOption<T> option) {
    Property<C, ?> property = properties.get(option);
    return (Property<C, T>) (property == null ? byName.get(shortName(option)) : property);
  }

  /** The kernel's name for what an option stands for. */
  private static String shortName(ChannelOption<?> option) {
    String name = option.name().substring(option.name().indexOf('#') + 1);
    return switch (name) {
      case "TCP_KEEPINTERVAL" -> "TCP_KEEPINTVL"; // as the JDK calls them
      case "TCP_KEEPCOUNT" -> "TCP_KEEPCNT";
      default -> name;
    };
  }

  ChannelOption<?>[] options() {
    return properties.keySet().toArray(ChannelOption<?>[]::new);
  }

  /** Builds a table. */
  static final class Builder<C> {
    private final Map<ChannelOption<?>, Property<C, ?>> properties = new LinkedHashMap<>();

    <T> Builder<C> add(ChannelOption<T> option, Function<C, T> getter, BiConsumer<C, T> setter) {
      properties.put(option, new Property<>(getter, setter));
      return this;
    }

    OptionTable<C> build() {
      return new OptionTable<>(properties);
    }
  }
}
