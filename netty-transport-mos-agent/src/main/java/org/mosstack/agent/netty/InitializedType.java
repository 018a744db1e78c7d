package org.mosstack.agent.netty;

import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

/**
 * The kind of channel that a handler casts its channel to: what a {@code ChannelInitializer<C>} has
 * for its {@code C}. Any thread.
 */
final class InitializedType {
  private static final ClassValue<Class<?>> KNOWN =
      new ClassValue<>() {
        @Override
        protected Class<?> computeValue(Class<?> handler) {
          return ChannelInitializer.class.isAssignableFrom(handler)
              ? resolve(handler)
              : Channel.class;
        }
      };

  private InitializedType() {}

  /**
   * What a handler wants its channel to be.
   *
   * @param handler a handler's class
   * @return {@link Channel} if it takes any
   */
  static Class<?> of(Class<?> handler) {
    return KNOWN.get(handler);
  }

  /** Follows the type's argument from the direct subclass down to the handler. */
  private static Class<?> resolve(Class<?> handler) {
    Deque<Class<?>> subclasses = new ArrayDeque<>();
    for (Class<?> c = handler; c != ChannelInitializer.class; c = c.getSuperclass()) {
      subclasses.push(c);
    }
    if (subclasses.isEmpty()) {
      return Channel.class;
    }
    Type type = argument(subclasses.peek(), 0);
    while (type instanceof TypeVariable<?> variable) {
      Class<?> declaring = subclasses.pop();
      int index = Arrays.asList(declaring.getTypeParameters()).indexOf(variable);
      if (index < 0 || subclasses.isEmpty()) {
        return erasure(variable.getBounds()[0]);
      }
      type = argument(subclasses.peek(), index);
      if (type == null) {
        return erasure(variable.getBounds()[0]);
      }
    }
    return erasure(type);
  }

  /** What a class passes to its superclass for a parameter; null if it is used raw. */
  private static Type argument(Class<?> type, int index) {
    return type.getGenericSuperclass() instanceof ParameterizedType parent
        ? parent.getActualTypeArguments()[index]
        : null;
  }

  private static Class<?> erasure(Type type) {
    return switch (type) {
      case Class<?> known -> known;
      case ParameterizedType parameterized -> erasure(parameterized.getRawType());
      case TypeVariable<?> variable -> erasure(variable.getBounds()[0]);
      case null, default -> Channel.class;
    };
  }
}
