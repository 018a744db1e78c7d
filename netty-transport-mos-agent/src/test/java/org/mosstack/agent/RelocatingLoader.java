package org.mosstack.agent;

import java.io.IOException;
import java.io.InputStream;
import java.util.Set;

/** Has the classes of a Netty under another name, as an application that was shaded has. */
final class RelocatingLoader extends ClassLoader {
  private final String netty;
  private final Relocation relocation;
  private final Set<String> hidden;

  RelocatingLoader(ClassLoader original, String netty, String... hidden) {
    super(original);
    this.netty = netty;
    this.hidden = Set.of(hidden);
    relocation = new Relocation(netty);
  }

  @Override
  protected Class<?> findClass(String name) throws ClassNotFoundException {
    if (!name.startsWith(netty + ".") || hidden.contains(name)) {
      throw new ClassNotFoundException(name);
    }
    String original = "io/netty" + name.substring(netty.length()).replace('.', '/') + ".class";
    try (InputStream file = getParent().getResourceAsStream(original)) {
      if (file == null) {
        throw new ClassNotFoundException(name);
      }
      byte[] relocated = relocation.apply(file.readAllBytes());
      return defineClass(name, relocated, 0, relocated.length);
    } catch (IOException e) {
      throw new ClassNotFoundException(name, e);
    }
  }
}
