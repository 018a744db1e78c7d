package org.mosstack.agent.program;

import java.util.logging.LogManager;

/** An application server's kind of {@code main}: it brings a log manager of its own. */
public final class LateLogging {
  private LateLogging() {}

  /** A manager that is only used if nobody has logged before. */
  public static final class Manager extends LogManager {}

  /** Runs {@link Echo} with the same arguments. */
  public static void main(String[] arguments) throws Exception {
    System.setProperty("java.util.logging.manager", Manager.class.getName());
    Echo.main(arguments);
    System.out.println("manager " + LogManager.getLogManager().getClass().getName());
  }
}
