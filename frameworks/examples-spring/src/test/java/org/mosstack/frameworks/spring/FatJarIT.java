package org.mosstack.frameworks.spring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mosstack.testkit.program.Program;
import org.mosstack.testkit.program.Testbed;

/** The application as {@code java -jar} starts it. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class FatJarIT {
  private static final String JARS = System.getProperty("application.jars");
  private static final String AGENT = System.getProperty("agent.jar");
  private static final String STACKS = "org.mosstack.netty.MosSocketChannel";
  private static final String ASKED = " of 1 kinds, echoed " + (10 << 20) + " bytes";
  private static final Pattern STARTED = Pattern.compile("Netty started on port (\\d+)");

  private final Testbed testbed = new Testbed("spring");

  @AfterEach
  void end() {
    testbed.close();
  }

  private Program start(String option, String kind, String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", option, "-jar", JARS + "-" + kind + ".jar"));
    command.addAll(List.of(arguments));
    return testbed.start(command);
  }

  private static void assertPart(String output, String part) {
    assertTrue(output.contains(part), () -> part + " isn't in\n" + output);
  }

  private static String get(HttpClient client, int port, String path)
      throws IOException, InterruptedException {
    URI uri = URI.create("http://127.0.0.1:" + port + path);
    return client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString()).body();
  }

  private static int port(Program program) throws InterruptedException {
    program.awaitLine(STARTED.pattern(), Testbed.SOON);
    Matcher matcher = STARTED.matcher(String.join("\n", program.lines()));
    assertTrue(matcher.find());
    return Integer.parseInt(matcher.group(1));
  }

  /** Who comes by the kernel is served there, and the application's own client by the stack. */
  @Test
  void withNothingButTheAgent() throws IOException, InterruptedException {
    Program program = start("-javaagent:" + AGENT + "=127.0.0.0/8", "plain");
    int port = port(program);
    try (HttpClient outside = HttpClient.newHttpClient()) {
      assertEquals(STACKS + ASKED, get(outside, port, "/ask"));
    }
    program.end();
    String output = String.join("\n", program.lines());
    assertPart(output, "found Netty 4.2");
    assertPart(output, "ServerSocketChannel on 127.0.0.1:0");
    assertPart(output, "SocketChannel to 127.0.0.1:" + port);
    assertFalse(output.contains("WARNING"), output);
  }

  @Test
  void withTheStarter() throws IOException, InterruptedException {
    String output = start("-Dmos.enabled=true", "starter", "--once=true").succeed(Testbed.SOON);
    assertPart(output, STACKS + ASKED);
    assertFalse(output.contains("WARNING"), output);
  }

  @Test
  void aConfigurationThatIsMissing() throws IOException, InterruptedException {
    Program program =
        start("-Dmos.enabled=true", "starter", "--once=true", "--mos.conf=nowhere.conf");
    assertEquals(2, program.exitCode(Testbed.SOON));
    assertTrue(program.lines().contains("APPLICATION FAILED TO START"), program.describe(""));
    assertTrue(
        program.lines().contains("nowhere.conf: can't be read: no such file"),
        program.describe(""));
  }
}
