package org.mosstack.agent;

import java.io.IOException;
import java.io.InputStream;

/**
 * Loads the transport for one Netty: from the agent's jar, with the names that this Netty has.
 * Netty's classes come from Netty's loader. So an application that has a transport of its own keeps
 * it; the stack, of which the process has one, is the agent's.
 */
final class TransportLoader extends ClassLoader {
  /** Where the agent's jar has the transport, out of the class path's sight. */
  static final String FOLDER = "META-INF/mos-transport/";

  private static final String OURS = "org.mosstack.";

  private final Relocation relocation;

  static {
    registerAsParallelCapable();
  }

  /**
   * A loader for one Netty.
   *
   * @param netty Netty's loader
   * @param relocation Netty's name
   */
  TransportLoader(ClassLoader netty, Relocation relocation) {
    super("mos-transport", netty);
    this.relocation = relocation;
  }

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    if (!name.startsWith(OURS)) {
      return super.loadClass(name, resolve);
    }
    synchronized (getClassLoadingLock(name)) {
      Class<?> loaded = findLoadedClass(name);
      return loaded == null ? load(name) : loaded;
    }
  }

  private Class<?> load(String name) throws ClassNotFoundException {
    ClassLoader agent = TransportLoader.class.getClassLoader();
    byte[] original;
    try (InputStream file = agent.getResourceAsStream(FOLDER + name.replace('.', '/') + ".class")) {
      if (file == null) {
        return agent.loadClass(name);
      }
      original = file.readAllBytes();
    } catch (IOException e) {
      throw new ClassNotFoundException(name, e);
    }
    byte[] relocated = relocation.apply(original);
    return defineClass(
        name, relocated, 0, relocated.length, TransportLoader.class.getProtectionDomain());
  }
}
