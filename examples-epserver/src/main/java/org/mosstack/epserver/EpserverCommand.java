package org.mosstack.epserver;

import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.mosstack.config.ConfigException;
import org.mosstack.os.ProcessUser;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The command line of epserver, for any transport.
 *
 * <p>Exit codes: 0 after SIGINT or SIGTERM, 2 for a wrong command line or configuration, or a start
 * that failed.
 */
@Command(
    name = "epserver",
    description =
        "Serves the files of a folder over HTTP/1.0 and HTTP/1.1, from memory, through the"
            + " user-level TCP/IP stack.",
    footerHeading = "%n",
    footer = {
      "The folder is www_main of epserver.conf; it is read once, at the start: restart the server",
      "after changes. A folder is answered with its index.html.",
      "Ctrl-C ends the server: it stops accepting, lets the responses under way finish (5 seconds",
      "at most) and prints a summary. A second Ctrl-C ends it at once.",
      "Exit codes: 0 ended by a signal, 2 wrong command line or configuration, or can't start."
    },
    mixinStandardHelpOptions = true,
    version = "epserver 0.1",
    sortOptions = false,
    usageHelpAutoWidth = true)
public final class EpserverCommand implements Callable<Integer> {
  private static final int OK = 0;
  private static final int MAX_PORT = 65535;

  /** What a running server waits for. */
  @FunctionalInterface
  interface Stop {
    /** Returns when the server is to end. */
    void await() throws InterruptedException;
  }

  private final ServerTransport.Opener opener;
  private final PrintStream out;
  private final PrintStream err;
  private final Supplier<Stop> stops;

  @Spec private CommandSpec spec;

  @Option(
      names = {"-f", "--mos-conf"},
      paramLabel = "FILE",
      defaultValue = "conf/mos.conf",
      description = "The stack's configuration; default: ${DEFAULT-VALUE}.")
  private Path mosConf;

  @Option(
      names = {"-c", "--conf"},
      paramLabel = "FILE",
      defaultValue = "conf/epserver.conf",
      description =
          "What to serve (www_main) and on how many cores (core_limit); default: ${DEFAULT-VALUE}.")
  private Path conf;

  @Option(
      names = "--port",
      paramLabel = "N",
      defaultValue = "80",
      description = "The TCP port, 0 to 65535; 0: any that is free; default: ${DEFAULT-VALUE}.")
  private int port;

  @Option(
      names = "--allow-oversubscribe",
      description = "Start even if the core mask names more cores than there are; unpinned.")
  private boolean allowOversubscribe;

  /**
   * Runs until SIGINT or SIGTERM, and prints to the process's own streams.
   *
   * @param opener opens the transport, once the command line and epserver.conf are found valid
   */
  public EpserverCommand(ServerTransport.Opener opener) {
    this(opener, System.out, System.err, EpserverCommand::catchSignals);
  }

  EpserverCommand(
      ServerTransport.Opener opener, PrintStream out, PrintStream err, Supplier<Stop> stops) {
    this.opener = opener;
    this.out = out;
    this.err = err;
    this.stops = stops;
  }

  /**
   * Runs the server.
   *
   * @return the process's exit code
   */
  @Override
  public Integer call() throws InterruptedException {
    if (port < 0 || port > MAX_PORT) {
      throw new ParameterException(
          spec.commandLine(), "--port: read " + port + ", allowed: 0 to " + MAX_PORT);
    }
    try {
      EpserverConfig config = EpserverConfig.load(conf);
      try (FileStore files = FileStore.load(config.wwwMain(), config.dotFiles());
          ServerTransport transport =
              opener.open(mosConf, config.coreLimit(), allowOversubscribe)) {
        run(transport, files, config);
      }
      return OK;
    } catch (ConfigException | IOException e) {
      err.println(e.getMessage());
      return ConfigException.EXIT_CODE;
    }
  }

  private void run(ServerTransport transport, FileStore files, EpserverConfig config)
      throws IOException, InterruptedException {
    Epserver server =
        Epserver.start(
            transport.group(),
            transport.channels(),
            transport.bindPerLoop(),
            new InetSocketAddress(port),
            files);
    try (server) {
      // Before the line that says the server is up: from then on, a signal may arrive.
      Stop stop = stops.get();
      becomeUser(config);
      out.printf(
          Locale.ROOT,
          "epserver: serving %d files (%d bytes) of %s on port %d%n",
          files.fileCount(),
          files.byteCount(),
          config.wwwMain(),
          server.localAddress().getPort());
      out.flush();
      stop.await();
    }
    out.println(server.summary().toLine());
    out.flush();
  }

  /** The last step of the start, when nothing more needs privileges. */
  private static void becomeUser(EpserverConfig config) throws IOException {
    if (config.user().isEmpty()) {
      return;
    }
    ProcessUser user = config.user().get();
    try {
      user.become();
    } catch (IOException e) {
      throw new IOException(
          "epserver: can't become user " + user.name() + ": " + e.getMessage(), e);
    }
  }

  private static Stop catchSignals() {
    StopSignal signal = new StopSignal();
    if (!signal.install()) {
      System.err.println("epserver: this JVM can't catch signals, so there will be no summary");
    }
    return signal::await;
  }
}
