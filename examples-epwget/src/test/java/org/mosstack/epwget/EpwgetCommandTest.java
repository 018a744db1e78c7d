package org.mosstack.epwget;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mosstack.config.ConfigException;
import org.mosstack.examples.Transport;
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
              "http://127.0.0.1:" + server.port() + "/other",
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
        "ftp://x/",
        "http://[::1]/",
        "-c=99999999999",
        "-d=soon",
        "-d=0",
        "-d=0.000h",
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
            (mosConf, _, allow, _) -> {
              throw new ConfigException(mosConf + " " + allow);
            },
            "-c",
            conf(1).toString(),
            "--allow-oversubscribe");
    assertEquals(2, code);
    assertEquals(
        "epwget: " + mosConf() + " true" + System.lineSeparator(),
        err.toString(StandardCharsets.UTF_8));
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
            "URL",
            "--flows",
            "--concurrency",
            "--connections",
            "--cores",
            "-t",
            "-d",
            "keep-alive",
            "--allow-oversubscribe",
            "--help")) {
      assertTrue(help.contains(option), option + " isn't in\n" + help);
    }
    for (String line : EpwgetCommand.class.getAnnotation(CommandLine.Command.class).footer()) {
      assertTrue(help.contains("\n" + line + "\n"), line + " is broken in\n" + help);
    }
  }

  /**
   * A signal ends the run; the JVM waits until all is closed, a capture for instance; the results
   * so far are printed, and no flow counts as failed.
   */
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
      command.addAll(
          List.of(
              "-f", mosConf().toString(), "-c", conf(server.port()).toString(), "--keep-alive"));
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
      assertEquals("transport closed", lines.getLast());
    }
  }

  /** A URL and numbers are enough: wrk's users type them without thinking. */
  @Test
  void takesWrksHabits() throws IOException {
    try (RawServer server = new RawServer((ctx, _) -> send(ctx, ok("hello")))) {
      String url = "127.0.0.1:" + server.port() + "/file";
      assertEquals(
          0, execute(NioEpwget::open, "-c", "3", "-t", "1", "-d", "0.3s", url), err::toString);
      assertEquals(3, server.connections.get());
      int done = server.requests.size();
      assertTrue(done > 3, "requests: " + done);
      assertEquals(
          "Completed " + done + " connections, errors: 0 incompletes: 0",
          out.toString(StandardCharsets.UTF_8).lines().findFirst().orElseThrow());
      assertTrue(
          err.toString(StandardCharsets.UTF_8)
              .startsWith("Thread 0 handles 0.3 s of flows, 3 at once, connecting to 127.0.0.1:"),
          err::toString);
    }
  }

  /** {@code -c} is wrk's and the original's: one doesn't hinder the other. */
  @Test
  void takesFileAndNumber() throws IOException {
    try (RawServer server = new RawServer((ctx, _) -> send(ctx, ok("hello")))) {
      String conf = conf(server.port()).toString();
      assertEquals(
          0,
          execute(NioEpwget::open, "-c", conf, "-c", "2", "-t", "1", "--keep-alive"),
          err::toString);
      assertEquals(12, server.requests.size());
      assertEquals(2, server.connections.get());
    }
  }

  /** Of two values of one kind none is taken for the other. */
  @Test
  void twoOfAKind() throws IOException {
    try (RawServer server = new RawServer((ctx, _) -> send(ctx, ok("hello")))) {
      String conf = conf(server.port()).toString();
      assertEquals(2, execute(NioEpwget::open, "--conf", conf, "-c", "other.conf"));
      assertEquals(2, execute(NioEpwget::open, "-c", conf, "-c", "other.conf"));
      assertEquals(2, execute(NioEpwget::open, "-c", conf, "--concurrency", "5", "-c", "6"));
      String files =
          "epwget: -c: read other.conf, allowed: one of its kind, but there are two files, this one"
              + " and "
              + conf
              + "\n";
      assertEquals(
          files
              + files
              + "epwget: -c: read 6, allowed: one of its kind, but there are two numbers, this one"
              + " and 5\n",
          err.toString(StandardCharsets.UTF_8));
      assertEquals(0, server.connections.get());
      assertEquals(
          0, execute(NioEpwget::open, "--conf", conf, "-c", conf, "--concurrency=2", "-c", "2"));
      assertEquals(12, server.requests.size());
    }
  }

  /** The run's time ends a run of many flows; and a run of few ends sooner. */
  @Test
  void flowsOrTimeWhicheverIsFirst() throws IOException {
    try (RawServer server = new RawServer((ctx, _) -> send(ctx, ok("hello")))) {
      String url = "127.0.0.1:" + server.port() + "/file";
      assertEquals(0, execute(NioEpwget::open, "-d", "1h", "--flows", "30", url), err::toString);
      assertEquals(30, server.requests.size());
      assertEquals(
          0,
          execute(NioEpwget::open, "-d", "0.1", "--flows", "999999999999999", url),
          err::toString);
    }
  }

  /** Whoever doesn't answer gets a second more, and his flows are no errors. */
  @Test
  void endsInTimeWithoutAnswers() throws IOException {
    try (RawServer server = new RawServer((_, _) -> {})) {
      String url = "127.0.0.1:" + server.port() + "/file";
      assertEquals(1, execute(NioEpwget::open, "-c", "5", "-d", "0.1", url));
      String text = out.toString(StandardCharsets.UTF_8);
      assertTrue(text.contains("Completed 0 connections, errors: 0 incompletes: 0"), text);
      assertTrue(text.contains("Stopped with 5 flows unfinished"), text);
    }
  }

  /** Found out before the run, which may take long, and no file is left. */
  @Test
  void aSummaryThatCannotBeWritten() throws IOException {
    try (RawServer server = new RawServer((ctx, _) -> send(ctx, ok("hello")))) {
      String conf = conf(server.port()).toString();
      Path json = folder.resolve("none/summary.json");
      assertEquals(2, execute(NioEpwget::open, "-c", conf, "--json", json.toString()));
      assertEquals(
          "epwget: --json: " + json + " can't be written: no such directory\n",
          err.toString(StandardCharsets.UTF_8));
      assertEquals(0, server.connections.get());
    }
    Path json = folder.resolve("summary.json");
    Transport.Opener broken =
        (_, _, _, _) -> {
          throw new ConfigException("no such device");
        };
    assertEquals(2, execute(broken, "-c", conf(1).toString(), "--json", json.toString()));
    assertFalse(Files.exists(json));
  }

  /** The kernel's words, without an exception's name. */
  @Test
  void aSummaryThatTheDiskHasNoRoomFor() throws IOException {
    try (RawServer server = new RawServer((ctx, _) -> send(ctx, ok("hello")))) {
      String conf = conf(server.port()).toString();
      assertEquals(1, execute(NioEpwget::open, "-c", conf, "--json", "/dev/full"));
      String text = err.toString(StandardCharsets.UTF_8);
      assertTrue(
          text.endsWith("\nepwget: /dev/full can't be written: No space left on device\n"), text);
    }
  }

  /** Without arguments, and without the files that they would name, it says what to do. */
  @Test
  void saysWhatToDoWithoutFiles() throws IOException {
    String mosConf = mosConf().toString();
    for (String[] arguments :
        new String[][] {
          {},
          {"-f", mosConf},
          {"-c", conf(1).toString()},
          {"http://10.0.0.1/"},
          {"-f", "no-such.conf", "http://10.0.0.1/"}
        }) {
      assertEquals(2, new CommandLine(command(NioEpwget::open)).execute(arguments));
    }
    assertEquals(
        """
        epwget: there is no conf/mos.conf here, and no -f that names another: \
        try -f conf/memif/client/mos.conf -c conf/memif/client/epwget.conf, or bin/demo, which \
        needs neither
        epwget: there is no conf/epwget.conf here, and no -c that names another: \
        try -c conf/memif/client/epwget.conf or a URL
        epwget: there is no conf/mos.conf here, and no -f that names another: \
        try -f conf/memif/client/mos.conf, or bin/demo, which needs neither
        epwget: there is no conf/mos.conf here, and no -f that names another: \
        try -f conf/memif/client/mos.conf, or bin/demo, which needs neither
        epwget: -f: there is no file no-such.conf
        """,
        err.toString(StandardCharsets.UTF_8));
  }

  /** Nothing is read from it: these transports are the kernel's. */
  private Path mosConf() throws IOException {
    return Files.writeString(folder.resolve("my.conf"), "not read\n");
  }

  private int execute(Transport.Opener opener, String... arguments) throws IOException {
    CommandLine command = new CommandLine(command(opener));
    StringWriter usage = new StringWriter();
    command.setErr(new PrintWriter(usage, true));
    int code =
        command.execute(
            Stream.concat(Stream.of("--mos-conf=" + mosConf()), Stream.of(arguments))
                .toArray(String[]::new));
    err.writeBytes(usage.toString().getBytes(StandardCharsets.UTF_8));
    return code;
  }

  private EpwgetCommand command(Transport.Opener opener) {
    return new EpwgetCommand(
        opener,
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8));
  }

  private Path conf(int port) throws IOException {
    return Files.writeString(
        folder.resolve("epwget.conf"),
        "url = 127.0.0.1/file\ndest_port = "
            + port
            + "\ntotal_flows = 12\ntotal_concurrency = 4\ncore_limit = 2\n");
  }
}
