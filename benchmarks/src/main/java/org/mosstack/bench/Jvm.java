package org.mosstack.bench;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Commands that start another JVM like this one: of the same JDK, with the same class path. */
public final class Jvm {
  private Jvm() {}

  /**
   * Returns the command for a JVM with this one's flags.
   *
   * @param flags more flags, which take precedence
   * @param main the main class
   * @param arguments for its main method
   */
  public static List<String> command(List<String> flags, Class<?> main, String... arguments) {
    List<String> all = new ArrayList<>(flags());
    all.addAll(flags);
    return commandOf(all, main, arguments);
  }

  /**
   * Returns the command for a JVM.
   *
   * @param flags all of its flags
   * @param main the main class
   * @param arguments for its main method
   */
  public static List<String> commandOf(List<String> flags, Class<?> main, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(flags);
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(main.getName());
    command.addAll(List.of(arguments));
    return command;
  }

  /** Returns the flags of this JVM. */
  public static List<String> flags() {
    return ManagementFactory.getRuntimeMXBean().getInputArguments();
  }
}
