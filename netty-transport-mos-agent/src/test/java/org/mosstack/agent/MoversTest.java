package org.mosstack.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What happens with a Netty that the transport can't be loaded for: nothing, but a line. */
class MoversTest {
  private static final ClassLoader LOADER = MoversTest.class.getClassLoader();

  private final AgentLines lines = new AgentLines();
  private final Movers movers =
      new Movers(
          new Decisions(Rules.parse(""), () -> null, new AgentCounts(), AgentLines.log()),
          AgentLines.log(),
          () -> {});

  @AfterEach
  void end() {
    lines.close();
  }

  @Test
  void anOlderNetty() throws ReflectiveOperationException {
    ClassLoader older = new RelocatingLoader(LOADER, "n", "n.channel.IoHandle");
    Object channel =
        older.loadClass("n.channel.embedded.EmbeddedChannel").getConstructor().newInstance();
    for (int time = 0; time < 2; time++) {
      assertSame(channel, movers.move(channel, "who made it"));
    }
    assertEquals(1, lines.said().size());
    String line = lines.said().getFirst();
    assertEquals("Nothing moves of n 4.2.", line.substring(0, line.indexOf("4.2.") + 4));
  }

  @Test
  void whatGoesWrongLeavesTheChannel() {
    Object channel = new Object();
    for (int time = 0; time < 2; time++) {
      assertSame(channel, movers.move(channel, "who made it"));
    }
    assertEquals(
        List.of(
            "left to the kernel: java.lang.Object, because of"
                + " java.lang.IllegalArgumentException: it is no AbstractChannel of Netty's"),
        lines.said());
  }
}
