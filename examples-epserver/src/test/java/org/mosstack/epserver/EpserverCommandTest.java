package org.mosstack.epserver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mosstack.config.ConfigException;
import org.mosstack.config.MosConfig;
import org.mosstack.config.NetdevConfig;
import org.mosstack.examples.CaptureOptions;
import org.mosstack.examples.Transport;
import picocli.CommandLine;

/** The command, over kernel sockets. */
@Timeout(20)
class EpserverCommandTest {
  private static final Pattern LISTENING =
      Pattern.compile("epserver: serving 9 files \\(300038 bytes\\) of (.*) on port (\\d+)\n");

  /** The project's folder, from this module's, in which tests run. */
  private static final Path PROJECT = Path.of("..");

  private static final Transport.Opener BROKEN =
      (_, _, _, _) -> {
        throw new ConfigException("no such device");
      };

  @TempDir Path parent;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final CountDownLatch started = new CountDownLatch(1);
  private final CountDownLatch stop = new CountDownLatch(1);
  private final List<String> opened = new ArrayList<>();
  private final CountDownLatch transportClosed = new CountDownLatch(1);
  private Path conf;
  private Path mosConf;
  private Path home = Path.of("");

  @BeforeEach
  void create() throws IOException {
    WebFolder.create(parent);
    conf = parent.resolve("epserver.conf");
    Files.writeString(conf, "www_main = www\ncore_limit = 3\n");
    mosConf = Files.writeString(parent.resolve("some.conf"), "not read\n");
  }

  private Transport nio(
      Path mosConf, int coreLimit, boolean allowOversubscribe, CaptureOptions.Prepared capture) {
    opened.add(mosConf + " " + coreLimit + " " + allowOversubscribe);
    Transport nio = Transport.nio(1);
    return new Transport(
        nio.group(),
        nio.servers(),
        nio.clients(),
        nio.bindPerLoop(),
        nio.timeout(),
        () -> {
          nio.close();
          transportClosed.countDown();
        });
  }

  /** With a {@code mos.conf} that isn't read: these transports are the kernel's. */
  private int execute(Transport.Opener opener, String... arguments) {
    return executeWithout(
        opener,
        Stream.concat(Stream.of("--mos-conf=" + mosConf), Stream.of(arguments))
            .toArray(String[]::new));
  }

  private int executeWithout(Transport.Opener opener, String... arguments) {
    PrintStream errors = new PrintStream(err, true, StandardCharsets.UTF_8);
    EpserverCommand command =
        new EpserverCommand(
            opener,
            new PrintStream(out, true, StandardCharsets.UTF_8),
            errors,
            () ->
                () -> {
                  started.countDown();
                  stop.await();
                },
            home);
    return new CommandLine(command)
        .setOut(new PrintWriter(out, true, StandardCharsets.UTF_8))
        .setErr(new PrintWriter(errors, true))
        .execute(arguments);
  }

  @Test
  void servesUntilItIsStopped() throws Exception {
    CompletableFuture<Integer> exit =
        CompletableFuture.supplyAsync(
            () ->
                execute(this::nio, "-c", conf.toString(), "--port", "0", "--allow-oversubscribe"));
    started.await();
    Matcher listening = LISTENING.matcher(out.toString(StandardCharsets.UTF_8));
    assertTrue(listening.matches(), () -> out + "" + err);
    assertEquals(parent.resolve("www").toString(), listening.group(1));
    try (Socket socket =
        new Socket(InetAddress.getLoopbackAddress(), Integer.parseInt(listening.group(2)))) {
      socket
          .getOutputStream()
          .write("GET /digits.txt HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      String all = new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
      assertEquals(WebFolder.DIGITS, Response.parse(all).getFirst().body());
    }
    stop.countDown();
    assertEquals(0, exit.get());
    assertEquals(List.of(mosConf + " 3 true"), opened);
    assertEquals(0, transportClosed.getCount());
    assertTrue(
        out.toString(StandardCharsets.UTF_8)
            .contains("epserver: requests: 1, bytes: 10, responses: 200: 1, connections: 1"),
        out::toString);
    assertEquals("", err.toString(StandardCharsets.UTF_8));
  }

  @Test
  void wrongConfigurationIsOneLineAndExitCode2() throws IOException {
    Files.writeString(conf, "www_main = www\ncore_limits = 3\n");
    assertEquals(2, execute(this::nio, "-c", conf.toString()));
    String line = err.toString(StandardCharsets.UTF_8);
    assertTrue(line.startsWith("epserver: " + conf + ":2: "), line);
    assertEquals(1, line.lines().count(), line);
    assertTrue(opened.isEmpty());
  }

  @Test
  void transportThatCannotStartIsOneLineAndExitCode2() {
    assertEquals(2, execute(BROKEN, "-c", conf.toString()));
    assertEquals("epserver: no such device\n", err.toString(StandardCharsets.UTF_8));
  }

  @Test
  void portInUseIsOneLineAndExitCode2() throws IOException {
    try (var taken = new ServerSocket(0)) {
      String port = Integer.toString(taken.getLocalPort());
      assertEquals(2, execute(this::nio, "-c", conf.toString(), "--port", port));
    }
    String line = err.toString(StandardCharsets.UTF_8);
    assertTrue(line.startsWith("epserver: cannot listen on 0.0.0.0/0.0.0.0:"), line);
    assertEquals(1, line.lines().count(), line);
    assertEquals(0, transportClosed.getCount());
  }

  @Test
  void wrongCommandLineIsExitCode2() {
    assertEquals(2, execute(this::nio, "--port", "65536"));
    assertEquals(2, execute(this::nio, "--port", "http"));
    assertEquals(2, execute(this::nio, "--what"));
    assertTrue(
        err.toString(StandardCharsets.UTF_8).contains("--port: read 65536, allowed: 0 to 65535"));
  }

  @Test
  void helpNamesEveryOption() {
    assertEquals(0, execute(this::nio, "--help"));
    String help = out.toString(StandardCharsets.UTF_8);
    for (String part :
        List.of(
            "-f",
            "-c",
            "--port",
            "--allow-oversubscribe",
            "--help",
            "conf/mos.conf",
            "conf/tap",
            "80")) {
      assertTrue(help.contains(part), () -> part + " in " + help);
    }
    for (String line : EpserverCommand.class.getAnnotation(CommandLine.Command.class).footer()) {
      assertTrue(help.contains("\n" + line + "\n"), () -> line + " is broken in " + help);
    }
    assertFalse(help.contains("${"), help);
  }

  /** Where what comes along isn't there either, as in this folder. */
  @Test
  void saysWhatToDoWithoutFiles() {
    assertEquals(2, executeWithout(this::nio));
    assertEquals(
        "epserver: there is no conf/mos.conf here, and no -f that names another: try -f"
            + " conf/memif/server/mos.conf -c conf/memif/server/epserver.conf, or bin/demo, which"
            + " needs neither\n",
        err.toString(StandardCharsets.UTF_8));
    assertTrue(opened.isEmpty());
  }

  /** Of two files that belong together the missing one is named, and nothing else is served. */
  @Test
  void namesTheFileThatIsMissing() {
    home = PROJECT;
    assertEquals(2, executeWithout(this::nio, "-c", conf.toString()));
    assertEquals(2, executeWithout(this::nio, "-f", mosConf.toString()));
    assertEquals(2, executeWithout(this::nio, "-f", "no-such.conf"));
    assertEquals(2, executeWithout(this::nio, "-f", mosConf.toString(), "-c", "no-such.conf"));
    assertEquals(
        """
        epserver: there is no conf/mos.conf here, and no -f that names another: \
        try -f conf/memif/server/mos.conf, or bin/demo, which needs neither
        epserver: there is no conf/epserver.conf here, and no -c that names another: \
        try -c conf/memif/server/epserver.conf
        epserver: -f: there is no file no-such.conf
        epserver: no-such.conf: can't be read: no such file
        """,
        err.toString(StandardCharsets.UTF_8));
    assertTrue(opened.isEmpty());
  }

  @Test
  void servesWhatComesAlongWithoutArguments() throws Exception {
    home = PROJECT;
    CompletableFuture<Integer> exit =
        CompletableFuture.supplyAsync(() -> executeWithout(this::nio, "--port", "0"));
    started.await();
    stop.countDown();
    assertEquals(0, exit.get(), err::toString);
    assertEquals(List.of(PROJECT.resolve("conf/tap/server/mos.conf") + " 1 false"), opened);
    Matcher invitation =
        Pattern.compile("on port (\\d+)\nepserver: try curl http://10\\.0\\.0\\.1:(\\d+)/ on this")
            .matcher(out.toString(StandardCharsets.UTF_8));
    assertTrue(invitation.find(), out::toString);
    assertEquals(invitation.group(1), invitation.group(2));
  }

  /** What the line for the newcomer says, and how the kernel of this machine gets there. */
  @Test
  void whatComesAlongHasTheAddressThatIsShown() {
    ReadyMade files = ReadyMade.in(PROJECT).orElseThrow();
    NetdevConfig device = MosConfig.load(files.mosConf()).netdevs().getFirst();
    assertEquals("10.0.0.1/24", device.address().orElseThrow().toString());
    assertEquals("10.0.0.2/24", device.driver().orElseThrow().peer().orElseThrow().toString());
    assertEquals(
        "epserver: try curl http://10.0.0.1/ on this machine; Ctrl-C ends the server",
        files.invitation(80));
  }

  @Test
  void saysWhatIsNeededWhenWhatComesAlongCannotStart() {
    home = PROJECT;
    assertEquals(2, executeWithout(BROKEN));
    assertEquals(
        "epserver: no such device; without -f and -c it starts ../conf/tap/server/mos.conf, as root"
            + " (sudo bin/epserver) and with DPDK (sudo bin/setup); bin/demo needs neither\n",
        err.toString(StandardCharsets.UTF_8));
  }

  /** A terminal that is closed ends it as Ctrl-C does, with the summary. */
  @ParameterizedTest
  @CsvSource({"HUP, 0", "INT, 1", "TERM, 14"})
  void signalsEndIt(String signal, int bit) throws Exception {
    // What is ignored here, as SIGHUP under nohup, stays ignored in a JVM that is started from
    // here.
    assumeFalse(isIgnored(bit), signal + " is ignored here");
    // In a separate JVM: this one's signals belong to the test runner.
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                SignalledServer.class.getName(),
                conf.toString())
            .redirectErrorStream(true)
            .start();
    try (var reader = process.inputReader()) {
      String line = reader.readLine();
      assertTrue(line != null && line.startsWith("epserver: serving 9 files"), line);
      new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid())).start().waitFor();
      assertEquals(0, process.waitFor());
      String summary = reader.readLine();
      assertTrue(summary.startsWith("epserver: requests: 0, bytes: 0"), summary);
    } finally {
      process.destroyForcibly();
    }
  }

  /** Whether this process ignores a signal: {@code SigIgn} of proc(5). */
  private static boolean isIgnored(int bit) throws IOException {
    String mask =
        Files.readAllLines(Path.of("/proc/self/status")).stream()
            .filter(line -> line.startsWith("SigIgn:"))
            .findFirst()
            .orElseThrow()
            .substring("SigIgn:".length())
            .strip();
    return (Long.parseUnsignedLong(mask, 16) >>> bit & 1) != 0;
  }
}
