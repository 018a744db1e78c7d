package org.mosstack.epwget;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.mosstack.config.ConfigException;
import org.mosstack.examples.CaptureOptions;
import org.mosstack.examples.StackOptions;
import org.mosstack.examples.Transport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * The command line of epwget, for any transport.
 *
 * <p>Exit codes: 0 when all flows completed, 1 otherwise, 2 for a wrong command line or
 * configuration. Flows that the end of {@code -d}'s time cut off count neither way ({@link
 * Summary#complete()}), unless there were no others. On SIGINT or SIGTERM the run is stopped and
 * its summary printed, and the JVM ends with 130 or 143.
 */
@Command(
    name = "epwget",
    description =
        "Fetches a URL many times, many at once, checks each body's length, and says how fast it"
            + " went.",
    footerHeading = "%n",
    footer = {
      "With a URL and no file it does as wrk: 10 connections, reused, for 10 seconds.",
      "",
      "  epwget -f mos.conf -c 64 -t 2 -d 10s http://10.0.0.1/index.html",
      "  epwget -f mos.conf -c epwget.conf",
      "",
      "A line about each second goes to stderr, unless nothing moves.",
      "A summary goes to stdout: flows, errors by kind, response times, rates.",
      "A flow is complete when its status is 200 and its body as long as announced.",
      "Times are seconds, or numbers with s, m or h.",
      "Ctrl-C ends the run, and prints the summary of what was done.",
      "A flow that the end of -d cuts off is unfinished, which isn't a failure.",
      "Exit codes: 0 all flows completed, 1 not all, 2 wrong arguments, 130 Ctrl-C."
    },
    mixinStandardHelpOptions = true,
    version = "epwget 0.1",
    sortOptions = false,
    usageHelpAutoWidth = true)
public final class EpwgetCommand implements Callable<Integer> {
  private static final int OK = 0;
  private static final int NOT_ALL_COMPLETED = 1;

  /** How long wrk runs if it isn't told. */
  private static final Duration WRKS_DURATION = Duration.ofSeconds(10);

  private final Transport.Opener opener;
  private final PrintStream out;
  private final PrintStream err;

  @Parameters(
      arity = "0..1",
      paramLabel = "URL",
      description = "What to fetch, instead of the url in epwget.conf; http:// is optional.")
  private String url;

  @Mixin private final StackOptions stack = new StackOptions("epwget", "client");

  @Option(
      names = "-c",
      paramLabel = "N|FILE",
      description = "A whole number: as --concurrency; anything else: as --conf.")
  private List<String> numberOrFile = List.of();

  @Option(
      names = "--conf",
      paramLabel = "FILE",
      description = "What to fetch and how; default: conf/epwget.conf, or none if a URL is given.")
  private Path conf;

  @Option(
      names = {"--concurrency", "--connections"},
      paramLabel = "N",
      description = "Requests at once, instead of total_concurrency.")
  private Integer concurrency;

  @Option(
      names = {"-t", "--cores", "--threads"},
      paramLabel = "N",
      description = "Cores used at most, instead of core_limit.")
  private Integer cores;

  @Option(
      names = {"-d", "--duration"},
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description =
          "Begin requests for so long, instead of total_flows; those under way then have a second"
              + " to complete.")
  private Duration duration;

  @Option(
      names = "--flows",
      paramLabel = "N",
      description = "Requests in all, instead of total_flows.")
  private Long flows;

  @Option(
      names = "--keep-alive",
      negatable = true,
      description = "Reuse connections, or open one a request; instead of keep_alive.")
  private Boolean keepAlive;

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
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description =
          "Give a flow up when it can't connect, or no head of a response comes, or nothing more of"
              + " its body, for so long; 0: never; default: tcp_timeout of mos.conf.")
  private Duration timeout;

  @Option(
      names = "--max-time",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description = "Give a flow up that takes longer than this as a whole; 0: never; default: 1h.")
  private Duration maxTime;

  @Option(
      names = "--max-size",
      paramLabel = "BYTES",
      description =
          "Give a flow up whose body is longer than this; default: 1073741824 with -o, else any"
              + " length.")
  private Long maxSize;

  /**
   * Prints to the process's own streams.
   *
   * @param opener opens the transport, once the command line and epwget.conf are found valid
   */
  public EpwgetCommand(Transport.Opener opener) {
    this(opener, System.out, System.err);
  }

  /**
   * Prints elsewhere.
   *
   * @param opener opens the transport
   * @param out receives the summary
   * @param err receives a line each second, and the error if there is one
   */
  public EpwgetCommand(Transport.Opener opener, PrintStream out, PrintStream err) {
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
      for (String value : numberOrFile) {
        numberOrFile(value);
      }
      Path mosConf = stack.mosConf(url != null || stack.hasProgramConf(conf));
      CaptureOptions.Prepared capture = stack.capture(err);
      EpwgetConfig config = config();
      EpwgetOptions options = options();
      try (StopHook hook = new StopHook();
          JsonFile summary = JsonFile.open(json);
          Transport transport =
              opener.open(mosConf, config.coreLimit(), stack.allowOversubscribe(), capture)) {
        Epwget run =
            Epwget.start(
                transport.group(),
                transport.clients(),
                config,
                timeout == null ? options.withTimeout(transport.timeout()) : options);
        // A signal starts the hook while this thread waits for the run.
        hook.stopsBy(run::stop);
        return report(run.summary().join(), summary);
      }
    } catch (ConfigException | IllegalArgumentException e) {
      err.println("epwget: " + e.getMessage());
      return ConfigException.EXIT_CODE;
    }
  }

  /** A value of {@code -c}, which both wrk and the original have. */
  private void numberOrFile(String value) {
    if (!value.chars().allMatch(c -> c >= '0' && c <= '9')) {
      conf = only("files", conf, Path.of(value));
      return;
    }
    try {
      concurrency = only("numbers", concurrency, Integer.valueOf(value));
    } catch (NumberFormatException _) {
      throw new IllegalArgumentException(
          "-c: read \"" + value + "\", allowed: a number of connections, or a file");
    }
  }

  /** The value of two options for one thing, of which the first may not have been given. */
  private static <T> T only(String what, T first, T second) {
    if (first != null && !first.equals(second)) {
      throw new ConfigException(
          "-c: read "
              + second
              + ", allowed: one of its kind, but there are two "
              + what
              + ", this one and "
              + first);
    }
    return second;
  }

  private EpwgetConfig config() {
    EpwgetConfig config = conf == null && url != null ? EpwgetConfig.of(url) : fromFile();
    if (flows != null) {
      config = config.withTotalFlows(flows);
    } else if (duration != null) {
      config = config.withTotalFlows(EpwgetConfig.MAX_FLOWS);
    }
    config = concurrency == null ? config : config.withTotalConcurrency(concurrency);
    config = cores == null ? config : config.withCoreLimit(cores);
    return keepAlive == null ? config : config.withKeepAlive(keepAlive);
  }

  private EpwgetConfig fromFile() {
    EpwgetConfig config = EpwgetConfig.load(stack.programConf(conf, " or a URL"));
    return url == null ? config : config.withUrl(url);
  }

  private EpwgetOptions options() {
    EpwgetOptions options = EpwgetOptions.defaults().withProgress(Progress.original(err));
    options = timeout == null ? options : options.withTimeout(timeout);
    options = maxTime == null ? options : options.withMaxTime(maxTime);
    options = output == null ? options : options.withOutputPrefix(output);
    options = maxSize == null ? options : options.withMaxBodyBytes(maxSize);
    if (duration != null) {
      return options.withDuration(DurationConverter.aboveZero("-d", duration));
    }
    boolean asWrk = conf == null && url != null && flows == null;
    return asWrk ? options.withDuration(WRKS_DURATION) : options;
  }

  private int report(Summary summary, JsonFile file) {
    out.print(summary.toText());
    out.flush();
    try {
      file.write(summary);
    } catch (IOException e) {
      err.println("epwget: " + e.getMessage());
      return NOT_ALL_COMPLETED;
    }
    return summary.complete() ? OK : NOT_ALL_COMPLETED;
  }
}
