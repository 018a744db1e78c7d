package org.mosstack.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The demo's command line, with the configuration in {@code conf/demo} but without its logs. */
@Timeout(60)
class DemoTest {
  private static final Path DEMO = Path.of("..", "conf", "demo");

  @TempDir private Path folder;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @BeforeEach
  void configure() throws IOException {
    for (String end : List.of("server", "client")) {
      Path conf = Files.createDirectories(folder.resolve(end)).resolve("mos.conf");
      Files.writeString(
          conf, Files.readString(DEMO.resolve(end).resolve("mos.conf")).replace("mos_log", "#"));
    }
    Files.copy(DEMO.resolve("client/epwget.conf"), folder.resolve("client/epwget.conf"));
    Path www = Files.createDirectory(folder.resolve("www"));
    Files.copy(DEMO.resolve("www/index-8192.html"), www.resolve("index-8192.html"));
  }

  private int execute(String... arguments) {
    PrintStream errors = new PrintStream(err, true, StandardCharsets.UTF_8);
    Demo demo = new Demo(folder, new PrintStream(out, true, StandardCharsets.UTF_8), errors);
    return new CommandLine(demo).setErr(new PrintWriter(errors, true)).execute(arguments);
  }

  private String printed() {
    return out.toString(StandardCharsets.UTF_8);
  }

  /** The same load at both places, and their figures side by side. */
  @Test
  void bothPlaces() throws IOException {
    Path json = folder.resolve("both.json");
    assertEquals(
        0,
        execute("--warm-up=0", "--flows=300", "--concurrency=10", "--json=" + json),
        () -> printed() + err);
    List<String> lines = printed().lines().toList();
    assertEquals(
        "8,192 bytes a request, a connection each, 10 at once, 1 core(s) or loop(s) on each side",
        lines.getFirst());
    assertTrue(printed().contains("completed                           300          300"));
    assertEquals("", err.toString(StandardCharsets.UTF_8));
    JsonNode both = new ObjectMapper().readTree(Files.readString(json));
    for (String place : List.of("stack", "kernel")) {
      assertEquals(300, both.get(place).get("completed").asLong(), place);
      assertEquals(300, both.get(place).get("connections").asLong(), place);
      assertEquals(300 * 8192, both.get(place).get("bytes").asLong(), place);
    }
  }

  /** It ends by time, with a warm-up before, and the page of the size that was asked for. */
  @Test
  void byTime() {
    assertEquals(
        0,
        execute("--warm-up=0.2", "-d", "0.7s", "--size=64k", "--keep-alive"),
        () -> printed() + err);
    assertTrue(printed().startsWith("65,536 bytes a request, connections reused, 100 at once"));
    assertTrue(printed().contains("Warming up, 0.2 s for each ...\n"), this::printed);
    assertTrue(printed().contains("   1 s "), this::printed);
  }

  /** A warm-up too short for its rounds is none: no time would mean without end. */
  @Test
  void aWarmUpOfANanosecond() {
    assertEquals(
        0,
        execute("--warm-up=0.000000001", "--flows=100", "--alone", "--concurrency=5"),
        () -> printed() + err);
    assertFalse(printed().contains("Warming up"), this::printed);
  }

  /** In one line, and both stacks are closed. */
  @Test
  void aCaptureThatCannotBeWritten() {
    Path pcap = folder.resolve("none/x.pcap");
    assertEquals(2, execute("--warm-up=0", "--alone", "--pcap=" + pcap));
    assertEquals(
        "demo: --pcap: " + pcap + " can't be written: no such directory\n",
        err.toString(StandardCharsets.UTF_8));
  }

  /** What is captured is told where the demo's errors are; the demo goes on. */
  @Test
  void aCaptureThatTheDiskHasNoRoomFor() {
    assertEquals(
        0,
        execute("--warm-up=0", "--flows=100", "--alone", "--pcap=/dev/full"),
        () -> printed() + err);
    assertEquals(
        "demo: /dev/full: the capture has ended: No space left on device\n",
        err.toString(StandardCharsets.UTF_8));
  }

  /** What the wire lost is told, and the kernel's loopback, which loses nothing, isn't run. */
  @Test
  void losses() {
    assertEquals(
        0,
        execute("--warm-up=0", "--flows=500", "--keep-alive", "--loss=1", "--concurrency=5"),
        () -> printed() + err);
    assertFalse(printed().contains("kernel"));
    String last = printed().lines().toList().getLast();
    assertTrue(
        last.matches(
            "lost on the wire: [1-9][0-9]* of [0-9,]+ packets \\([0-9.]+ %\\);"
                + " sent again: [1-9][0-9]* segments, \\d+ timeouts"),
        last);
  }

  /** The original's lines, of stack, client and server, in place of plain ones. */
  @Test
  void verbose() {
    assertEquals(0, execute("--warm-up=0", "--flows=100", "--verbose"), () -> printed() + err);
    String original = err.toString(StandardCharsets.UTF_8);
    assertTrue(
        original.contains("Thread 0 handles 100 flows, 100 at once, connecting to 10.0.0.1"));
    assertTrue(original.contains("Completed 100 connections, errors: 0 incompletes: 0"));
    assertTrue(original.contains("epserver: requests: 100, bytes: 819200, responses: 200: 100"));
    assertFalse(printed().contains("mean"));
  }

  /** Before anything runs. */
  @Test
  void aFileThatCannotBeWritten() {
    Path json = folder.resolve("none/both.json");
    assertEquals(2, execute("--json=" + json));
    assertEquals(
        "demo: --json: " + json + " can't be written: no such directory\n",
        err.toString(StandardCharsets.UTF_8));
    assertEquals("", printed());
  }

  /** On a terminal of 80 columns no sentence is broken. */
  @Test
  void help() {
    String help =
        new CommandLine(new Demo(folder, System.out, System.err))
            .getUsageMessage(CommandLine.Help.Ansi.OFF);
    for (String line : Demo.class.getAnnotation(CommandLine.Command.class).footer()) {
      assertTrue(help.contains("\n" + line + "\n"), line + " is broken in\n" + help);
    }
  }

  @Test
  void wrongArguments() {
    assertEquals(2, execute("-d", "0"));
    assertEquals("demo: -d: read 0, allowed: more than 0\n", err.toString(StandardCharsets.UTF_8));
    assertEquals(2, execute("--size=2g"));
    assertEquals(2, execute("--loss=51"));
    assertEquals(2, execute("--cores=0"));
    assertEquals(2, execute("--flows=0"));
    assertEquals(2, execute("--warm-up=soon"));
    assertEquals("", printed());
  }
}
