package org.mosstack.epwget;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mosstack.epwget.RawServer.ok;
import static org.mosstack.epwget.RawServer.send;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mosstack.config.ConfigException;
import picocli.CommandLine;

/** The command line, in this process and in a separate one. */
@Timeout(60)
class EpwgetCommandTest {
  @TempDir private Path folder;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @Test
  void completesAndEndsWithZero() throws IOException {
    try (RawServer server = new RawServer((ctx, _) -> send(ctx, ok("hello")))) {
      Path json = folder.resolve("summary.json");
      int code =
          execute(
              NioEpwget::open,
              "-c",
              conf(server.port()).toString(),
              "--json",
              json.toString(),
              "-o",
              folder.resolve("got").toString());
      assertEquals(0, code, err::toString);
      List<String> lines = out.toString(StandardCharsets.UTF_8).lines().toList();
      assertEquals("Completed 12 connections, errors: 0 incompletes: 0", lines.get(0));
      assertTrue(
          lines
              .get(1)
              .matches(
                  "Latency \\(us\\): p50 [0-9.]+, p90 [0-9.]+, p99 [0-9.]+, p99.9 [0-9.]+, max"
                      + " [0-9.]+"),
          lines.get(1));
      assertTrue(
          lines
              .get(2)
              .matches("Duration: [0-9.]+ s, \\d+ flows/s, [0-9.]+ MB/s read, 12 connections"),
          lines.get(2));
      assertEquals(3, lines.size());
      assertTrue(err.toString(StandardCharsets.UTF_8).contains("[ ALL ] connect:"));
      assertEquals("hello", Files.readString(folder.resolve("got.11")));
      JsonNode summary = new ObjectMapper().readTree(Files.readString(json));
      assertEquals(12, summary.get("completed").asLong());
      assertEquals(0, summary.get("errors").asLong());
      assertEquals(0, summary.get("errorsByKind").size());
      assertEquals(60, summary.get("bytes").asLong());
      assertTrue(summary.get("latencyUs").get("p999").asDouble() > 0);
      assertTrue(summary.get("seconds").asDouble() > 0);
    }
  }

  @Test
  void endsWithOneWhenNotAllCompleted() throws IOException {
    try (RawServer server = new RawServer((ctx, _) -> send(ctx, "HTTP/1.1 404 No\r\n\r\n"))) {
      Path json = folder.resolve("summary.json");
      String conf = conf(server.port()).toString();
      assertEquals(1, execute(NioEpwget::open, "-c", conf, "--json", json.toString()));
      String text = out.toString(StandardCharsets.UTF_8);
      assertTrue(text.contains("Completed 0 connections, errors: 12 incompletes: 0"), text);
      assertTrue(text.contains("  status-404: 12"), text);
      JsonNode summary = new ObjectMapper().readTree(Files.readString(json));
      assertEquals(12, summary.get("errorsByKind").get("status-404").asLong());
    }
  }

  @Test
  void optionsOverrideTheFile() throws IOException {
    try (RawServer server = new RawServer((ctx, _) -> send(ctx, ok("hello")))) {
      int code =
          execute(
              NioEpwget::open,
              "-c",
              conf(1).toString(),
              "--url=http://127.0.0.1:" + server.port() + "/other",
              "--flows=30",
              "--concurrency=3",
              "--cores=1",
              "--keep-alive",
              "--timeout=2.5");
      assertEquals(0, code, err::toString);
      assertEquals(30, server.requests.size());
      assertEquals(3, server.connections.get());
      assertTrue(server.requests.getFirst().startsWith("GET /other HTTP/1.1\r\n"));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--url=ftp://x/",
        "--flows=0",
        "--flows=many",
        "--concurrency=-1",
        "--timeout=-1",
        "--max-time=-1",
        "--max-size=-1",
        "--max-size=1G",
        "--no-such-option",
        "-c=missing.conf"
      })
  void endsWithTwoForWhatIsWrong(String option) throws IOException {
    int code = execute(NioEpwget::open, "-c", conf(1).toString(), option);
    assertEquals(2, code, err::toString);
    assertEquals("", out.toString(StandardCharsets.UTF_8));
    assertTrue(err.size() > 0);
  }

  @Test
  void endsWithTwoWhenTheTransportCannotBeOpened() throws IOException {
    int code =
        execute(
            (mosConf, _, allow) -> {
              throw new ConfigException(mosConf + " " + allow);
            },
            "-c",
            conf(1).toString(),
            "-f",
            "my.conf",
            "--allow-oversubscribe");
    assertEquals(2, code);
    assertEquals(
        "epwget: my.conf true" + System.lineSeparator(), err.toString(StandardCharsets.UTF_8));
  }

  @Test
  void helpNamesEveryOption() {
    String help =
        new CommandLine(new EpwgetCommand(NioEpwget::open))
            .getUsageMessage(CommandLine.Help.Ansi.OFF);
    for (String option :
        List.of(
            "-f",
            "-c",
            "-o",
            "--json",
            "--timeout",
            "--url",
            "--flows",
            "--concurrency",
            "--cores",
            "keep-alive",
            "--allow-oversubscribe",
            "--help")) {
      assertTrue(help.contains(option), option + " isn't in\n" + help);
    }
  }

  /** A signal ends the run; the results so far are printed, and no flow counts as failed. */
  @Test
  void printsTheSummaryWhenItIsTerminated() throws IOException, InterruptedException {
    try (RawServer server =
        new RawServer(
            (ctx, n) -> {
              if (n < 3) {
                send(ctx, ok("hello"));
              }
            })) {
      Path stdout = folder.resolve("stdout");
      List<String> command = new ArrayList<>();
      command.add(ProcessHandle.current().info().command().orElseThrow());
      command.add("-cp");
      command.add(System.getProperty("java.class.path"));
      command.add(NioEpwget.class.getName());
      command.add("-c");
      command.add(conf(server.port()).toString());
      command.add("--keep-alive");
      Process process =
          new ProcessBuilder(command)
              .redirectOutput(stdout.toFile())
              .redirectError(folder.resolve("stderr").toFile())
              .start();
      try {
        // Four connections with two answers each; the third request of each stays unanswered.
        LoadFixture.await("12 requests", () -> server.requests.size() == 12);
        process.destroy();
        assertTrue(process.waitFor(20, TimeUnit.SECONDS), "still alive");
      } finally {
        process.destroyForcibly();
      }
      assertEquals(143, process.exitValue());
      List<String> lines = Files.readAllLines(stdout);
      assertEquals("Completed 8 connections, errors: 0 incompletes: 0", lines.get(0));
      assertEquals("Stopped with 4 flows unfinished", lines.get(3));
    }
  }

  private int execute(ClientTransport.Opener opener, String... arguments) {
    CommandLine command =
        new CommandLine(
            new EpwgetCommand(
                opener,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8)));
    StringWriter usage = new StringWriter();
    command.setErr(new PrintWriter(usage, true));
    int code = command.execute(arguments);
    err.writeBytes(usage.toString().getBytes(StandardCharsets.UTF_8));
    return code;
  }

  private Path conf(int port) throws IOException {
    return Files.writeString(
        folder.resolve("epwget.conf"),
        "url = 127.0.0.1/file\ndest_port = "
            + port
            + "\ntotal_flows = 12\ntotal_concurrency = 4\ncore_limit = 2\n");
  }
}
