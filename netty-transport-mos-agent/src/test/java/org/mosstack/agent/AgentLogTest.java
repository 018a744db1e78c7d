package org.mosstack.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** When the agent's lines are said, and how often. */
class AgentLogTest {
  private final AgentLines lines = new AgentLines();
  private final AgentLog log = new AgentLog();

  @AfterEach
  void end() {
    lines.close();
  }

  @Test
  void linesWaitUntilTheLogIsOpen() {
    log.info("first");
    log.warn("second");
    assertEquals(List.of(), lines.said());
    log.open();
    assertEquals(List.of("first", "second"), lines.said());
    log.open();
    log.info("third");
    assertEquals(List.of("first", "second", "third"), lines.said());
  }

  @Test
  void noneIsSaidTwice() {
    log.info("first");
    log.info("first");
    log.open();
    log.info("first");
    assertEquals(List.of("first"), lines.said());
  }
}
