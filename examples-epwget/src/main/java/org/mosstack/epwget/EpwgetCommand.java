package org.mosstack.epwget;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.mosstack.config.ConfigException;
import org.mosstack.os.OutputFiles;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The command line of epwget, for any transport.
 *
 * <p>Exit codes: 0 when all flows completed, 1 otherwise, 2 for a wrong command line or
 * configuration. On SIGINT or SIGTERM the run is stopped and its summary printed, and the JVM ends
 * with 130 or 143.
 */
@Command(
    name = "epwget",
    description =
        "Fetches a URL many times, many at once, checks each body's length, and says how fast it"
            + " went.",
    footerHeading = "%n",
    footer = {
      "Each second a line about that second goes to stderr, at the end a summary to stdout:",
      "connections, errors by kind, latency from request to last byte, rates.",
      "A flow is complete when its status is 200 and its body as long as announced.",
      "Exit codes: 0 all flows completed, 1 not all, 2 wrong command line or configuration;",
      "130 after Ctrl-C, which ends the run and prints the summary of what was done."
    },
    mixinStandardHelpOptions = true,
    version = "epwget 0.1",
    sortOptions = false,
    usageHelpAutoWidth = true)
public final class EpwgetCommand implements Callable<Integer> {
  private static final int OK = 0;
  private static final int NOT_ALL_COMPLETED = 1;

  /** How long a signal waits for connections to close and the summary to be printed. */
  private static final int STOP_SECONDS = 10;

  private final ClientTransport.Opener opener;
  private final PrintStream out;
  private final PrintStream err;

  @Option(
      names = {"-f", "--mos-conf"},
      paramLabel = "FILE",
      defaultValue = "conf/mos.conf",
      description = "The stack's configuration; default: ${DEFAULT-VALUE}.")
  private Path mosConf;

  @Option(
      names = {"-c", "--conf"},
      paramLabel = "FILE",
      defaultValue = "conf/epwget.conf",
      description = "What to fetch and how; default: ${DEFAULT-VALUE}.")
  private Path conf;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "PREFIX",
      description = "Write the body of flow N to PREFIX.N.")
  private Path output;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Write the summary to this file, as JSON.")
  private Path json;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      description =
          "Give a flow up when it can't connect, or no head of a response comes, or nothing more of"
              + " its body, for so long; 0: never; default: tcp_timeout of mos.conf.")
  private Double timeout;

  @Option(
      names = "--max-time",
      paramLabel = "SECONDS",
      description =
          "Give a flow up that takes longer than this as a whole; 0: never; default: 3600.")
  private Double maxTime;

  @Option(
      names = "--max-size",
      paramLabel = "BYTES",
      description =
          "Give a flow up whose body is longer than this; default: 1073741824 with -o, else any"
              + " length.")
  private Long maxSize;

  @Option(names = "--url", paramLabel = "URL", description = "Instead of url in epwget.conf.")
  private String url;

  @Option(names = "--flows", paramLabel = "N", description = "Instead of total_flows.")
  private Long flows;

  @Option(names = "--concurrency", paramLabel = "N", description = "Instead of total_concurrency.")
  private Integer concurrency;

  @Option(names = "--cores", paramLabel = "N", description = "Instead of core_limit.")
  private Integer cores;

  @Option(
      names = "--keep-alive",
      negatable = true,
      description = "Instead of keep_alive: reuse connections, or open one a request.")
  private Boolean keepAlive;

  @Option(
      names = "--allow-oversubscribe",
      description = "Start even if the core mask names more cores than there are; unpinned.")
  private boolean allowOversubscribe;

  /**
   * Prints to the process's own streams.
   *
   * @param opener opens the transport, once the command line and epwget.conf are found valid
   */
  public EpwgetCommand(ClientTransport.Opener opener) {
    this(opener, System.out, System.err);
  }

  /**
   * Prints elsewhere.
   *
   * @param opener opens the transport
   * @param out receives the summary
   * @param err receives a line each second, and the error if there is one
   */
  public EpwgetCommand(ClientTransport.Opener opener, PrintStream out, PrintStream err) {
    this.opener = opener;
    this.out = out;
    this.err = err;
  }

  /**
   * Runs the load.
   *
   * @return the process's exit code
   */
  @Override
  public Integer call() {
    try {
      EpwgetConfig config = config();
      EpwgetOptions options = options();
      try (ClientTransport transport =
          opener.open(mosConf, config.coreLimit(), allowOversubscribe)) {
        return run(
            transport,
            config,
            timeout == null ? options.withTimeout(transport.timeout()) : options);
      }
    } catch (ConfigException | IllegalArgumentException e) {
      err.println("epwget: " + e.getMessage());
      return ConfigException.EXIT_CODE;
    }
  }

  private EpwgetConfig config() {
    EpwgetConfig config = EpwgetConfig.load(conf);
    config = url == null ? config : config.withUrl(url);
    config = flows == null ? config : config.withTotalFlows(flows);
    config = concurrency == null ? config : config.withTotalConcurrency(concurrency);
    config = cores == null ? config : config.withCoreLimit(cores);
    return keepAlive == null ? config : config.withKeepAlive(keepAlive);
  }

  private EpwgetOptions options() {
    EpwgetOptions options = EpwgetOptions.defaults().withProgress(err);
    options = timeout == null ? options : options.withTimeout(seconds(timeout));
    options = maxTime == null ? options : options.withMaxTime(seconds(maxTime));
    options = output == null ? options : options.withOutputPrefix(output);
    return maxSize == null ? options : options.withMaxBodyBytes(maxSize);
  }

  private static Duration seconds(double seconds) {
    return Duration.ofNanos(Math.round(seconds * 1e9));
  }

  private int run(ClientTransport transport, EpwgetConfig config, EpwgetOptions options) {
    CountDownLatch reported = new CountDownLatch(1);
    Epwget run = Epwget.start(transport.group(), transport.channels(), config, options);
    // A signal starts the hook while this thread waits below: the hook stops the run, and delays
    // the JVM's end until the summary is printed.
    Thread hook = new Thread(() -> stop(run, reported), "epwget-stop");
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      return report(run.summary().join());
    } finally {
      reported.countDown();
      removeHook(hook);
    }
  }

  private int report(Summary summary) {
    out.print(summary.toText());
    out.flush();
    if (json != null) {
      try (OutputStream file = OutputFiles.stream(json)) {
        file.write(toJson(summary).getBytes(StandardCharsets.UTF_8));
      } catch (IOException e) {
        err.println("epwget: " + json + " can't be written: " + e);
        return NOT_ALL_COMPLETED;
      }
    }
    return summary.complete() ? OK : NOT_ALL_COMPLETED;
  }

  /** The summary as the {@code --json} file has it. */
  static String toJson(Summary summary) throws JsonProcessingException {
    return new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValueAsString(summary)
        + "\n";
  }

  private static void stop(Epwget run, CountDownLatch reported) {
    run.stop();
    try {
      reported.await(STOP_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private static void removeHook(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException _) {
      // The JVM is ending: the hook has run.
    }
  }
}
