package org.mosstack.frameworks.shaded;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mosstack.testkit.program.Testbed;

/** A jar whose Netty maven-shade-plugin has renamed. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class ShadedNettyIT {
  private static final String NETTY = System.getProperty("shaded.netty");
  private static final String NIO = NETTY + ".channel.socket.nio.";
  private static final String MOS = "org.mosstack.netty.";

  private final Testbed testbed = new Testbed("shaded");

  @AfterEach
  void end() {
    testbed.close();
  }

  private String run(String rules) throws IOException, InterruptedException {
    return testbed
        .start(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-javaagent:" + System.getProperty("agent.jar") + "=" + rules,
                "-jar",
                System.getProperty("application.jar")))
        .succeed(Testbed.SOON);
  }

  private static void assertPart(String output, String part) {
    assertTrue(output.contains(part), () -> part + " isn't in\n" + output);
  }

  @Test
  void itMovesByItsName() throws IOException, InterruptedException {
    String output = run("127.0.0.0/8,shaded=" + NETTY);
    assertPart(output, "echoed 10000000 bytes");
    assertPart(output, "client " + MOS + "MosSocketChannel");
    assertPart(output, "server " + MOS + "MosServerSocketChannel");
    assertPart(output, "moved: " + NIO + "NioSocketChannel to 127.0.0.1:");
  }

  /** The agent recognizes names that end in {@code io.netty}, and this isn't one. */
  @Test
  void withoutItsNameItStaysWithTheKernel() throws IOException, InterruptedException {
    String output = run("127.0.0.0/8");
    assertPart(output, "echoed 10000000 bytes");
    assertPart(output, "client " + NIO + "NioSocketChannel");
    assertPart(output, "server " + NIO + "NioServerSocketChannel");
  }
}
