package org.mosstack;

import java.net.URL;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Function;
import org.mosstack.config.ConfigException;
import org.mosstack.config.MosConfig;

/** Finds the configuration of the stack that a process shares. */
final class SharedConfig {
  /** The system property that names a file. */
  static final String PROPERTY = "mos.conf";

  /** The environment variable that names a file, if the property doesn't. */
  static final String VARIABLE = "MOS_CONF";

  /** The class path's resource that is used if neither of them names one. */
  static final String RESOURCE = "mos.conf";

  private SharedConfig() {}

  /**
   * The configuration of this process.
   *
   * @throws ConfigException if there is one that can't be read, or has an error
   */
  static MosConfig find() {
    return find(System.getProperty(PROPERTY), System.getenv(), SharedConfig::resource);
  }

  /**
   * The first that there is of a file, a file, a resource and the defaults.
   *
   * @param property the value of the system property; null without one
   * @param environment the environment's variables
   * @param classPath finds a resource, or returns null
   */
  static MosConfig find(
      String property, Map<String, String> environment, Function<String, URL> classPath) {
    String file = property == null ? environment.get(VARIABLE) : property;
    if (file != null) {
      return MosConfig.load(Path.of(file));
    }
    URL resource = classPath.apply(RESOURCE);
    return resource == null ? MosConfig.builder().build() : MosConfig.load(resource);
  }

  /** The application's resource, which its class loader may have where this class's has none. */
  private static URL resource(String name) {
    ClassLoader context = Thread.currentThread().getContextClassLoader();
    URL found = context == null ? null : context.getResource(name);
    return found == null ? ClassLoader.getSystemResource(name) : found;
  }
}
