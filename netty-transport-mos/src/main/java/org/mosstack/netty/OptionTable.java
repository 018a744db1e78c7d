package org.mosstack.netty;

import io.netty.channel.ChannelOption;
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

  private OptionTable(Map<ChannelOption<?>, Property<C, ?>> properties) {
    this.properties = properties;
  }

  static <C> Builder<C> builder() {
    return new Builder<>();
  }

  /** The property that the option stands for, or null if the config doesn't know it. */
  @SuppressWarnings("unchecked") // The builder has put it in for this very option.
  <T> Property<C, T> find(ChannelOption<T> option) {
    return (Property<C, T>) properties.get(option);
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
