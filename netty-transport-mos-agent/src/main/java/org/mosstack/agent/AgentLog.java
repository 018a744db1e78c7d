package org.mosstack.agent;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The agent's lines in the platform's log, whose logger is {@value #NAME}. None is said twice: what
 * happens at each channel would fill the log. Any thread.
 */
final class AgentLog {
  /** The logger's name. */
  static final String NAME = "org.mosstack.agent";

  /** A process that has more to say has said enough. */
  private static final int MAX_LINES = 1_000;

  private final Set<String> said = ConcurrentHashMap.newKeySet();

  void info(String line) {
    once(System.Logger.Level.INFO, line);
  }

  void warn(String line) {
    once(System.Logger.Level.WARNING, line);
  }

  private void once(System.Logger.Level level, String line) {
    if (said.size() < MAX_LINES && said.add(line)) {
      System.getLogger(NAME).log(level, line);
    }
  }
}
