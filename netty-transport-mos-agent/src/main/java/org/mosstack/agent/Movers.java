package org.mosstack.agent;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import java.util.function.BiFunction;

/**
 * For each Netty of the process what moves its channels: the transport, loaded against that Netty.
 * Any thread.
 */
final class Movers {
  private static final String BOOTSTRAP = ".bootstrap.AbstractBootstrap";
  private static final String MOVER = "org.mosstack.agent.netty.ChannelMover";
  private static final BiFunction<Object, Object, Object> NONE = (channel, _) -> channel;

  private final Decisions decisions;
  private final AgentLog log;

  /** By the bootstraps' common class; it lives as long as that class. */
  private final ClassValue<BiFunction<Object, Object, Object>> byBootstrap =
      new ClassValue<>() {
        @Override
        protected BiFunction<Object, Object, Object> computeValue(Class<?> bootstrap) {
          return load(bootstrap);
        }
      };

  Movers(Decisions decisions, AgentLog log) {
    this.decisions = decisions;
    this.log = log;
  }

  /** The channel that takes the place of a new one, or itself. Throws nothing. */
  Object move(Object channel, Object bootstrap) {
    try {
      return byBootstrap.get(bootstrapClass(bootstrap)).apply(channel, bootstrap);
    } catch (Throwable failure) { // whatever it is, the application is to go on
      tellOf(channel, failure);
      return channel;
    }
  }

  private void tellOf(Object channel, Throwable failure) {
    try {
      log.warn("left to the kernel: " + channel.getClass().getName() + ", because of " + failure);
    } catch (RuntimeException | Error _) {
      // a log that fails mustn't be the application's failure
    }
  }

  private static Class<?> bootstrapClass(Object bootstrap) {
    Class<?> type = bootstrap.getClass();
    while (type != null && !type.getName().endsWith(BOOTSTRAP)) {
      type = type.getSuperclass();
    }
    if (type == null) {
      throw new IllegalArgumentException("no bootstrap: " + bootstrap.getClass().getName());
    }
    return type;
  }

  @SuppressWarnings("unchecked") // it is so declared
  private BiFunction<Object, Object, Object> load(Class<?> bootstrap) {
    String netty =
        bootstrap.getName().substring(0, bootstrap.getName().length() - BOOTSTRAP.length());
    ClassLoader loader = bootstrap.getClassLoader();
    String version = version(bootstrap);
    if (!has(loader, netty + ".channel.IoHandle")) {
      log.warn("Nothing moves of " + netty + " " + version + ": it isn't Netty 4.2");
      return NONE;
    }
    log.info("found Netty " + version + " as " + netty);
    try {
      return (BiFunction<Object, Object, Object>)
          new TransportLoader(loader, new Relocation(netty))
              .loadClass(MOVER)
              .getConstructor(Decisions.class)
              .newInstance(decisions);
    } catch (ReflectiveOperationException | LinkageError e) {
      log.warn("Nothing moves of " + netty + " " + version + ", because of " + e);
      return NONE;
    }
  }

  private static boolean has(ClassLoader loader, String name) {
    try {
      Class.forName(name, false, loader);
      return true;
    } catch (ClassNotFoundException _) {
      return false;
    }
  }

  /** The version that Netty says it has; "unknown" if it doesn't. */
  private static String version(Class<?> bootstrap) {
    Properties versions = new Properties();
    try (InputStream file =
        bootstrap.getClassLoader().getResourceAsStream("META-INF/io.netty.versions.properties")) {
      if (file != null) {
        versions.load(file);
      }
    } catch (IOException | IllegalArgumentException _) {
      versions.clear();
    }
    String version = bootstrap.getPackage().getImplementationVersion();
    return versions.stringPropertyNames().stream()
        .filter(name -> name.endsWith(".version"))
        .sorted()
        .findFirst()
        .map(versions::getProperty)
        .orElse(version == null ? "unknown" : version);
  }
}
