package org.mosstack.agent;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The agent's lines in the platform's log, whose logger is {@value #NAME}. None is said twice: what
 * happens at each channel would fill the log. Until {@link #open}, lines wait: an application sets
 * up its logging in its {@code main}, and what is logged before would set it up otherwise. Any
 * thread.
 */
final class AgentLog {
  /** The logger's name. */
  static final String NAME = "org.mosstack.agent";

  /** A process that has more to say has said enough. */
  private static final int MAX_LINES = 1_000;

  private final Set<String> said = ConcurrentHashMap.newKeySet();

  /** Lines that wait; null once the log is open. Guarded by this. */
  private List<Runnable> waiting = new ArrayList<>();

  void info(String line) {
    once(System.Logger.Level.INFO, line);
  }

  void warn(String line) {
    once(System.Logger.Level.WARNING, line);
  }

  private void once(System.Logger.Level level, String line) {
    if (said.size() < MAX_LINES && said.add(line) && !waits(level, line)) {
      System.getLogger(NAME).log(level, line);
    }
  }

  private synchronized boolean waits(System.Logger.Level level, String line) {
    return waiting != null && waiting.add(() -> System.getLogger(NAME).log(level, line));
  }

  /** Says what waits, and from now on all else at once. */
  void open() {
    List<Runnable> lines;
    synchronized (this) {
      lines = waiting == null ? List.of() : waiting;
      waiting = null;
    }
    lines.forEach(Runnable::run);
  }
}
