package org.mosstack.epserver;

import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.mosstack.config.ConfigException;
import org.mosstack.examples.CaptureOptions;
import org.mosstack.examples.StackOptions;
import org.mosstack.examples.Transport;
import org.mosstack.os.ProcessUser;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The command line of epserver, for any transport.
 *
 * <p>Exit codes: 0 after SIGINT, SIGTERM or SIGHUP, 2 for a wrong command line or configuration, or
 * a start that failed.
 */
@Command(
    name = "epserver",
    description =
        "Serves the files of a folder over HTTP/1.0 and HTTP/1.1, from memory, through the"
            + " user-level TCP/IP stack.",
    footerHeading = "%n",
    footer = {
      "Without -f and -c, and without such files in conf, it starts conf/tap/server:",
      "as root, http://10.0.0.1/ then answers on this machine, to curl or a browser.",
      "The folder is www_main of epserver.conf; a folder shows its index.html.",
      "It is read once, at the start: restart the server after changes.",
      "Ctrl-C, SIGTERM or SIGHUP ends the server, and it prints a summary.",
      "Responses under way have 5 seconds to finish; a second signal ends it at once.",
      "Exit codes: 0 ended by a signal, 2 can't start, or not with these arguments."
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

  private final Transport.Opener opener;
  private final PrintStream out;
  private final PrintStream err;
  private final Supplier<Stop> stops;
  private final Path home;

  @Spec private CommandSpec spec;

  @Mixin private final StackOptions stack = new StackOptions("epserver", "server");

  @Option(
      names = {"-c", "--conf"},
      paramLabel = "FILE",
      description =
          "What to serve (www_main) and on how many cores (core_limit); default:"
              + " conf/epserver.conf.")
  private Path conf;

  @Option(
      names = "--port",
      paramLabel = "N",
      defaultValue = "80",
      description = "The TCP port, 0 to 65535; 0: any that is free; default: ${DEFAULT-VALUE}.")
  private int port;

  /**
   * Runs until SIGINT, SIGTERM or SIGHUP, and prints to the process's own streams.
   *
   * @param opener opens the transport, once the command line and epserver.conf are found valid
   */
  public EpserverCommand(Transport.Opener opener) {
    this(opener, System.out, System.err, EpserverCommand::catchSignals, StackOptions.home());
  }

  EpserverCommand(
      Transport.Opener opener, PrintStream out, PrintStream err, Supplier<Stop> stops, Path home) {
    this.opener = opener;
    this.out = out;
    this.err = err;
    this.stops = stops;
    this.home = home;
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
    Optional<ReadyMade> readyMade =
        stack.hasMosConf() || stack.hasProgramConf(conf) ? Optional.empty() : ReadyMade.in(home);
    try {
      Path mosConf =
          readyMade
              .map(ReadyMade::mosConf)
              .orElseGet(() -> stack.mosConf(stack.hasProgramConf(conf)));
      CaptureOptions.Prepared capture = stack.capture(err);
      EpserverConfig config =
          EpserverConfig.load(
              readyMade.map(ReadyMade::epserverConf).orElseGet(() -> stack.programConf(conf, "")));
      try (FileStore files = FileStore.load(config.wwwMain(), config.dotFiles());
          Transport transport =
              opener.open(mosConf, config.coreLimit(), stack.allowOversubscribe(), capture)) {
        run(transport, files, config, readyMade);
      }
      return OK;
    } catch (ConfigException | IOException e) {
      String why = readyMade.map(ReadyMade::explanation).orElse("");
      err.println("epserver: " + e.getMessage() + why);
      return ConfigException.EXIT_CODE;
    }
  }

  private void run(
      Transport transport, FileStore files, EpserverConfig config, Optional<ReadyMade> readyMade)
      throws IOException, InterruptedException {
    Epserver server =
        Epserver.start(
            transport.group(),
            transport.servers(),
            transport.bindPerLoop(),
            new InetSocketAddress(port),
            files);
    try (server) {
      // Before the line that says the server is up: from then on, a signal may arrive.
      Stop stop = stops.get();
      becomeUser(config);
      int listening = server.localAddress().getPort();
      out.printf(
          Locale.ROOT,
          "epserver: serving %d files (%d bytes) of %s on port %d%n",
          files.fileCount(),
          files.byteCount(),
          config.wwwMain(),
          listening);
      readyMade.ifPresent(its -> out.println(its.invitation(listening)));
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
      throw new IOException("can't become user " + user.name() + ": " + e.getMessage(), e);
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
