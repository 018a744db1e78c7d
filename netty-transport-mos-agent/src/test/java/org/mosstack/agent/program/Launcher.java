package org.mosstack.agent.program;

import java.io.File;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Runs a program as a fat jar does: by a class loader of its own, all of whose classes the system's
 * doesn't see. Arguments: a path, a class, and that class's own.
 */
public final class Launcher {
  private Launcher() {}

  /** Runs it. */
  public static void main(String[] arguments) throws Exception {
    List<URL> urls = new ArrayList<>();
    for (String element : arguments[0].split(File.pathSeparator)) {
      urls.add(new File(element).toURI().toURL());
    }
    try (URLClassLoader loader =
        new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getSystemClassLoader())) {
      Thread.currentThread().setContextClassLoader(loader);
      loader
          .loadClass(arguments[1])
          .getMethod("main", String[].class)
          .invoke(null, (Object) Arrays.copyOfRange(arguments, 2, arguments.length));
    }
  }
}
