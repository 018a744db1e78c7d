package org.mosstack.agent;

import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** What the agent logs, from now until it is closed. */
final class AgentLines implements AutoCloseable {
  private final List<String> said = new ArrayList<>();
  private final Logger logger = Logger.getLogger(AgentLog.NAME);
  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord line) {
          said.add(line.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  AgentLines() {
    logger.addHandler(handler);
  }

  /** A log that says all at once. */
  static AgentLog log() {
    AgentLog log = new AgentLog();
    log.open();
    return log;
  }

  List<String> said() {
    return said;
  }

  @Override
  public void close() {
    logger.removeHandler(handler);
  }
}
