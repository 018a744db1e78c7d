package org.mosstack.agent;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.security.CodeSource;
import java.util.Collections;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiFunction;

/**
 * For each Netty of the process what moves its channels: the transport, loaded against that Netty.
 * Any thread.
 */
final class Movers {
  private static final String CHANNEL = ".channel.AbstractChannel";
  private static final String VERSIONS = "META-INF/io.netty.versions.properties";
  private static final String MOVER = "org.mosstack.agent.netty.ChannelMover";
  private static final BiFunction<Object, Object, Object> NONE = (channel, _) -> channel;

  private final Decisions decisions;
  private final AgentLog log;
  private final Runnable whenUsed;
  private final AtomicBoolean used = new AtomicBoolean();

  /** By the channels' common class; it lives as long as that class. */
  private final ClassValue<BiFunction<Object, Object, Object>> byChannel =
      new ClassValue<>() {
        @Override
        protected BiFunction<Object, Object, Object> computeValue(Class<?> abstractChannel) {
          return load(abstractChannel);
        }
      };

  /**
   * Movers that load what they need with the first channel of each Netty.
   *
   * @param whenUsed called once, before the first channel moves or stays
   */
  Movers(Decisions decisions, AgentLog log, Runnable whenUsed) {
    this.decisions = decisions;
    this.log = log;
    this.whenUsed = whenUsed;
  }

  /** The channel that takes the place of a new one, or itself. Throws nothing. */
  Object move(Object channel, Object maker) {
    try {
      use();
      return byChannel.get(abstractChannel(channel)).apply(channel, maker);
    } catch (Throwable failure) { // whatever it is, the application is to go on
      tellOf(channel, failure);
      return channel;
    }
  }

  /** Says that there are channels, or are about to be. */
  void use() {
    if (!used.get() && used.compareAndSet(false, true)) {
      whenUsed.run();
    }
  }

  private void tellOf(Object channel, Throwable failure) {
    try {
      log.warn("left to the kernel: " + channel.getClass().getName() + ", because of " + failure);
    } catch (RuntimeException | Error _) {
      // a log that fails mustn't be the application's failure
    }
  }

  private static Class<?> abstractChannel(Object channel) {
    Class<?> type = channel.getClass();
    while (type != null && !type.getName().endsWith(CHANNEL)) {
      type = type.getSuperclass();
    }
    if (type == null) {
      throw new IllegalArgumentException("it is no AbstractChannel of Netty's");
    }
    return type;
  }

  @SuppressWarnings("unchecked") // it is so declared
  private BiFunction<Object, Object, Object> load(Class<?> abstractChannel) {
    String name = abstractChannel.getName();
    String netty = name.substring(0, name.length() - CHANNEL.length());
    ClassLoader loader = abstractChannel.getClassLoader();
    String version = version(abstractChannel);
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
  private static String version(Class<?> ofNetty) {
    Properties versions = new Properties();
    try {
      for (URL file : Collections.list(ofNetty.getClassLoader().getResources(VERSIONS))) {
        if (file.toString().contains(location(ofNetty))) { // there may be another Netty's
          load(versions, file);
        }
      }
    } catch (IOException | IllegalArgumentException _) {
      versions.clear();
    }
    String version = ofNetty.getPackage().getImplementationVersion();
    return versions.stringPropertyNames().stream()
        .filter(name -> name.endsWith(".version"))
        .sorted()
        .findFirst()
        .map(versions::getProperty)
        .orElse(version == null ? "unknown" : version);
  }

  private static void load(Properties versions, URL file) throws IOException {
    try (InputStream in = file.openStream()) {
      versions.load(in);
    }
  }

  /** Where a class is from; empty, which every place contains, if nobody knows. */
  private static String location(Class<?> type) {
    CodeSource source = type.getProtectionDomain().getCodeSource();
    URL location = source == null ? null : source.getLocation();
    return location == null ? "" : location.toString();
  }
}
