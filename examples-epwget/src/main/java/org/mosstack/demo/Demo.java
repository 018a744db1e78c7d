package org.mosstack.demo;

import java.io.IOException;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.mosstack.config.ConfigException;
import org.mosstack.epserver.FileStore;
import org.mosstack.epwget.DurationConverter;
import org.mosstack.epwget.EpwgetConfig;
import org.mosstack.epwget.EpwgetOptions;
import org.mosstack.epwget.JsonFile;
import org.mosstack.epwget.Progress;
import org.mosstack.epwget.StopHook;
import org.mosstack.epwget.Summary;
import org.mosstack.examples.SizeConverter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * epserver and epwget in one JVM: two stacks, two addresses, a wire between them, and the two
 * applications' own configuration from {@code conf/demo}. Then the same over the kernel's sockets,
 * for comparison.
 */
@Command(
    name = "demo",
    description =
        "Runs epserver and epwget in one JVM, each over a TCP/IP stack of its own, joined by an"
            + " in-process wire; then over NIO and the kernel's loopback, with the same load."
            + " Needs no root, no DPDK and no network.",
    footerHeading = "%n",
    footer = {
      "Times are seconds, or numbers with s, m or h; sizes have k, m or g.",
      "The configuration is in conf/demo; --pcap's file opens in Wireshark.",
      "With --loss the kernel's loopback is left out: it loses nothing.",
      "Ctrl-C prints the table of what was done.",
      "Exit codes: 0 all flows completed, 1 not all, 2 wrong arguments, 130 Ctrl-C."
    },
    mixinStandardHelpOptions = true,
    version = "demo 0.1",
    sortOptions = false,
    usageHelpAutoWidth = true)
public final class Demo implements Callable<Integer> {
  private static final int OK = 0;
  private static final int NOT_ALL_COMPLETED = 1;
  private static final double PERCENT = 100;
  private static final int WARM_UP_ROUNDS = 2;
  private static final int MAX_SIZE = 1 << 30;
  private static final Duration DEFAULT_DURATION = Duration.ofSeconds(5);

  private final Path conf;
  private final PrintStream out;
  private final PrintStream err;

  @Spec private CommandSpec spec;

  @Option(
      names = {"-d", "--duration"},
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description = "How long to measure each of the two; default: 5s.")
  private Duration duration;

  @Option(
      names = "--warm-up",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      defaultValue = "6s",
      description = "How long to run each before that; default: ${DEFAULT-VALUE}.")
  private Duration warmUp;

  @Option(
      names = "--flows",
      paramLabel = "N",
      description = "Measure so many requests instead, or until the duration that is given.")
  private Long flows;

  @Option(
      names = "--concurrency",
      paramLabel = "N",
      description = "Requests at once; default: total_concurrency of client/epwget.conf, 100.")
  private Integer concurrency;

  @Option(
      names = "--size",
      paramLabel = "SIZE",
      converter = SizeConverter.class,
      description = "Fetch a file of this size, 0 to 1g; default: a page of 8k.")
  private Long size;

  @Option(
      names = "--keep-alive",
      description = "Reuse connections; without it each request has one of its own.")
  private boolean keepAlive;

  @Option(
      names = "--cores",
      paramLabel = "N",
      defaultValue = "1",
      description = "Cores of each stack, and loops of NIO, 1 to 16; default: ${DEFAULT-VALUE}.")
  private int cores;

  @Option(
      names = "--loss",
      paramLabel = "PERCENT",
      defaultValue = "0",
      description = "Packets that the wire loses in each direction, 0 to 50; default: 0.")
  private double loss;

  @Option(names = "--alone", description = "Leave NIO and the kernel's loopback out.")
  private boolean alone;

  @Option(
      names = "--pcap",
      paramLabel = "FILE",
      description = "Capture what the client sends and receives.")
  private Path pcap;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Write the summaries of both to this file, as JSON.")
  private Path json;

  @Option(
      names = {"-v", "--verbose"},
      description = "Print the lines of mTCP's programs, to the standard error stream.")
  private boolean verbose;

  /**
   * The demo.
   *
   * @param conf the folder with its configuration
   * @param out receives what it has to tell
   * @param err receives errors, and the lines of {@code --verbose}
   */
  Demo(Path conf, PrintStream out, PrintStream err) {
    this.conf = conf;
    this.out = out;
    this.err = err;
  }

  /**
   * Runs the demo and ends the JVM with its exit code.
   *
   * @param args the command line
   */
  public static void main(String[] args) {
    Path conf = Path.of(System.getProperty("mos.home", ""), "conf", "demo");
    System.exit(new CommandLine(new Demo(conf, System.out, System.err)).execute(args));
  }

  @Override
  public Integer call() throws InterruptedException {
    require("--cores", cores, 1, 16);
    require("--loss", loss, 0, 50);
    require("--size", size == null ? 0 : size, 0, MAX_SIZE);
    try (StopHook hook = new StopHook();
        JsonFile file = JsonFile.open(json)) {
      if (duration != null) {
        DurationConverter.aboveZero("-d", duration);
      }
      return size == null ? run(conf.resolve("www"), file, hook) : withOneFile(file, hook);
    } catch (ConfigException | IllegalArgumentException | IOException e) {
      err.println("demo: " + e.getMessage());
      return ConfigException.EXIT_CODE;
    }
  }

  private void require(String option, double value, double least, double most) {
    if (!(value >= least && value <= most)) {
      String message = String.format(Locale.ROOT, "%s: allowed: %.0f to %.0f", option, least, most);
      throw new ParameterException(spec.commandLine(), message);
    }
  }

  private int withOneFile(JsonFile file, StopHook hook) throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("mos-demo");
    try {
      writeFile(folder);
      return run(folder, file, hook);
    } finally {
      Files.deleteIfExists(folder.resolve(fileName()));
      Files.delete(folder);
    }
  }

  private int run(Path www, JsonFile file, StopHook hook) throws IOException, InterruptedException {
    try (FileStore files = FileStore.load(www)) {
      EpwgetConfig load = load();
      tell(load, www);
      Course course = new Course(files, load);
      // A signal starts the hook while this thread waits for a run.
      hook.stopsBy(course::stop);
      return compare(course, file);
    }
  }

  /** What is fetched at both places. */
  private EpwgetConfig load() {
    EpwgetConfig load =
        EpwgetConfig.load(conf.resolve("client/epwget.conf"))
            .withTotalFlows(flows == null ? EpwgetConfig.MAX_FLOWS : flows)
            .withCoreLimit(cores);
    load = concurrency == null ? load : load.withTotalConcurrency(concurrency);
    load = keepAlive ? load.withKeepAlive(true) : load;
    return size == null ? load : load.withUrl("10.0.0.1/" + fileName());
  }

  private void tell(EpwgetConfig load, Path www) throws IOException {
    out.printf(
        Locale.ROOT,
        "%,d bytes a request, %s, %d at once, %d core(s) or loop(s) on each side%n",
        Files.size(www.resolve(load.target().path().substring(1))),
        load.keepAlive() ? "connections reused" : "a connection each",
        load.totalConcurrency(),
        cores);
  }

  private int compare(Course course, JsonFile file) throws IOException, InterruptedException {
    WiredStacks.Settings settings =
        new WiredStacks.Settings(
            conf, cores, loss / PERCENT, pcap, verbose ? err : WiredStacks.NOWHERE, err);
    boolean withKernel = loss == 0 && !alone;
    warmUp(course, settings, withKernel);
    if (course.isStopped()) {
      out.println("Stopped before anything was measured");
      return NOT_ALL_COMPLETED;
    }
    out.println("epserver 10.0.0.1 <- wire -> epwget 10.0.0.2, a stack of its own for each:");
    WiredStacks stacks = WiredStacks.open(settings);
    Summary stack = measure(course, stacks);
    Summary kernel = null;
    if (withKernel && !course.isStopped()) {
      out.println("epserver and epwget over NIO and the kernel's loopback:");
      kernel = measure(course, KernelLoopback.open(cores));
    }
    out.print(System.lineSeparator() + Table.of(stack, kernel));
    if (loss > 0) {
      out.println(stacks.losses());
    }
    out.flush();
    file.write(summaries(stack, kernel));
    boolean complete = stack.complete() && (kernel == null || kernel.complete());
    return complete ? OK : NOT_ALL_COMPLETED;
  }

  /**
   * Lets the JVM load and compile what is needed, at both places before either is measured: else
   * the first one would be measured with what the compilers cost, and the second one with code that
   * was compiled for the other's channels. In turns, since code that meets new classes is compiled
   * once more.
   */
  private void warmUp(Course course, WiredStacks.Settings settings, boolean withKernel)
      throws IOException, InterruptedException {
    Duration round = warmUp.dividedBy(WARM_UP_ROUNDS);
    if (round.isZero()) {
      return; // as a run's duration that would be none
    }
    out.printf(
        Locale.ROOT, "Warming up, %s s%s ...%n", seconds(warmUp), withKernel ? " for each" : "");
    EpwgetOptions options = EpwgetOptions.defaults().withDuration(round);
    for (int i = 0; i < WARM_UP_ROUNDS && !course.isStopped(); i++) {
      course.run(WiredStacks.open(settings.quiet()), options);
      if (withKernel && !course.isStopped()) {
        course.run(KernelLoopback.open(cores), options);
      }
    }
  }

  private Summary measure(Course course, Place place) throws IOException, InterruptedException {
    Progress progress = verbose ? Progress.original(err) : new PlainProgress(out);
    EpwgetOptions options = EpwgetOptions.defaults().withProgress(progress);
    if (duration != null || flows == null) {
      options = options.withDuration(duration == null ? DEFAULT_DURATION : duration);
    }
    Course.Result result = course.run(place, options);
    if (verbose) {
      err.print(result.client().toText());
      err.println(result.server().toLine());
    }
    return result.client();
  }

  private static String seconds(Duration time) {
    return BigDecimal.valueOf(time.toMillis(), 3).stripTrailingZeros().toPlainString();
  }

  private static Map<String, Summary> summaries(Summary stack, Summary kernel) {
    Map<String, Summary> both = new LinkedHashMap<>();
    both.put("stack", stack);
    if (kernel != null) {
      both.put("kernel", kernel);
    }
    return both;
  }

  private String fileName() {
    return "size-" + size + ".bin";
  }

  private void writeFile(Path folder) throws IOException {
    byte[] bytes = new byte[Math.toIntExact(size)];
    for (int i = 0; i < size; i++) {
      bytes[i] = (byte) ('a' + i % 26);
    }
    Files.write(folder.resolve(fileName()), bytes);
  }
}
