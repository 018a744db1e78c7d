package org.mosstack.demo;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.mosstack.MosStack;
import org.mosstack.MosStackBuilder;
import org.mosstack.config.ConfigException;
import org.mosstack.config.MosConfig;
import org.mosstack.device.FaultInjector;
import org.mosstack.device.Faults;
import org.mosstack.device.PcapFile;
import org.mosstack.device.WireHub;
import org.mosstack.epserver.Epserver;
import org.mosstack.epserver.FileStore;
import org.mosstack.epwget.Epwget;
import org.mosstack.epwget.EpwgetCommand;
import org.mosstack.epwget.EpwgetConfig;
import org.mosstack.epwget.EpwgetOptions;
import org.mosstack.examples.Transport;
import org.mosstack.time.Clock;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * epserver and epwget in one JVM: two stacks, two addresses, a wire between them, and the two
 * applications' own configuration from {@code conf/demo}.
 */
@Command(
    name = "demo",
    description =
        "Runs epserver and epwget in one JVM, each over a TCP/IP stack of its own, joined by an"
            + " in-process wire. Needs no root, no DPDK and no network.",
    footerHeading = "%n",
    footer = {
      "The configuration is in conf/demo; --pcap's file opens in Wireshark.",
      "Exit codes: 0 all flows completed, 1 not all, 2 wrong command line or configuration;",
      "130 after Ctrl-C, which prints the summary of what was done."
    },
    mixinStandardHelpOptions = true,
    version = "demo 0.1",
    sortOptions = false,
    usageHelpAutoWidth = true)
public final class Demo implements Callable<Integer> {
  private static final int HTTP_PORT = 80;
  private static final int MAX_SIZE = 1 << 30;
  private static final int PERCENT = 100;
  private static final int WARM_UP_FLOWS = 1000;
  private static final int WARM_UP_CONCURRENCY = 20;

  @Spec private CommandSpec spec;

  @Option(
      names = "--flows",
      paramLabel = "N",
      description = "Requests in all; default: total_flows of client/epwget.conf, 20000.")
  private Long flows;

  @Option(
      names = "--concurrency",
      paramLabel = "N",
      description = "Requests at once; default: total_concurrency, 100.")
  private Integer concurrency;

  @Option(
      names = "--size",
      paramLabel = "BYTES",
      description = "Fetch a file of this size, 0 to 1 GiB; default: index-8192.html.")
  private Integer size;

  @Option(
      names = "--keep-alive",
      description = "Reuse connections; without it each request has one of its own.")
  private boolean keepAlive;

  @Option(
      names = "--cores",
      paramLabel = "N",
      defaultValue = "1",
      description = "Cores of each stack, 1 to 16; default: ${DEFAULT-VALUE}.")
  private int cores;

  @Option(
      names = "--loss",
      paramLabel = "PERCENT",
      defaultValue = "0",
      description = "Packets that the wire loses in each direction, 0 to 50; default: 0.")
  private double loss;

  @Option(
      names = "--pcap",
      paramLabel = "FILE",
      description = "Capture what the client sends and receives.")
  private Path pcap;

  @Option(names = "--json", paramLabel = "FILE", description = "Write the summary as JSON.")
  private Path json;

  private final Path conf = Path.of(System.getProperty("mos.home", ""), "conf", "demo");

  private Demo() {}

  /**
   * Runs the demo and ends the JVM with its exit code.
   *
   * @param args the command line
   */
  public static void main(String[] args) {
    System.exit(new CommandLine(new Demo()).execute(args));
  }

  @Override
  public Integer call() throws InterruptedException {
    require("--cores", cores, 1, 16);
    require("--size", size == null ? 0 : size, 0, MAX_SIZE);
    require("--loss", loss, 0, 50);
    try {
      return run();
    } catch (ConfigException | IOException e) {
      System.err.println("demo: " + e.getMessage());
      return ConfigException.EXIT_CODE;
    }
  }

  private void require(String option, double value, double least, double most) {
    if (!(value >= least && value <= most)) {
      String message = String.format("%s: allowed: %.0f to %.0f", option, least, most);
      throw new ParameterException(spec.commandLine(), message);
    }
  }

  private int run() throws IOException, InterruptedException {
    Path www = size == null ? conf.resolve("www") : folderWithOneFile();
    try (FileStore files = FileStore.load(www)) {
      warmUp(files);
      return run(files);
    } finally {
      if (size != null) {
        Files.delete(www.resolve(fileName()));
        Files.delete(www);
      }
    }
  }

  /**
   * Lets the JVM load and compile most of what is needed, over a wire of its own: else the first
   * requests would measure that, and wait for it long enough to be retransmitted.
   */
  private void warmUp(FileStore files) throws IOException, InterruptedException {
    WireHub hub = new WireHub(new SecureRandom());
    EpwgetConfig load =
        EpwgetConfig.load(conf.resolve("client/epwget.conf"))
            .withTotalFlows(WARM_UP_FLOWS)
            .withTotalConcurrency(WARM_UP_CONCURRENCY);
    load = size == null ? load : load.withUrl("10.0.0.1/" + fileName());
    PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream());
    try (Transport server = Transport.over(builder("server", hub).statOutput(nowhere).start());
        Epserver _ = serve(server, files);
        Transport client = Transport.over(builder("client", hub).statOutput(nowhere).start())) {
      Epwget.start(client.group(), client.clients(), load, EpwgetOptions.defaults())
          .summary()
          .join();
    }
  }

  private static Epserver serve(Transport server, FileStore files)
      throws IOException, InterruptedException {
    return Epserver.start(
        server.group(),
        server.servers(),
        server.bindPerLoop(),
        new InetSocketAddress(HTTP_PORT),
        files);
  }

  private int run(FileStore files) throws IOException, InterruptedException {
    WireHub hub = new WireHub(new SecureRandom());
    try (Transport server = Transport.over(lossy(builder("server", hub)).start())) {
      Epserver epserver = serve(server, files);
      try (epserver) {
        System.out.printf(
            "epserver 10.0.0.1:%d ==wire== epwget 10.0.0.2, %d core(s) each%n", HTTP_PORT, cores);
        return fetch(hub);
      } finally {
        System.out.println(epserver.summary().toLine());
      }
    }
  }

  /** epwget as its own command runs it, except for the stack under it. */
  private int fetch(WireHub hub) {
    List<String> args = new ArrayList<>();
    args.add("--conf=" + conf.resolve("client/epwget.conf"));
    args.add("--mos-conf=" + conf.resolve("client/mos.conf"));
    args.add("--cores=" + cores);
    if (keepAlive) {
      args.add("--keep-alive");
    }
    if (size != null) {
      args.add("10.0.0.1/" + fileName());
    }
    if (flows != null) {
      args.add("--flows=" + flows);
    }
    if (concurrency != null) {
      args.add("--concurrency=" + concurrency);
    }
    if (json != null) {
      args.add("--json=" + json);
    }
    EpwgetCommand epwget = new EpwgetCommand((_, _, _) -> client(hub));
    return new CommandLine(epwget).execute(args.toArray(String[]::new));
  }

  private Transport client(WireHub hub) {
    MosStack stack = lossy(builder("client", hub)).start();
    if (pcap != null) {
      capture(stack);
    }
    return Transport.over(stack);
  }

  /**
   * One end's stack. Its mask names 16 cores: as many as are asked for share the machine's CPUs.
   */
  private MosStackBuilder builder(String end, WireHub hub) {
    return MosStack.builder(MosConfig.load(conf.resolve(end).resolve("mos.conf")))
        .device(WireHub.WIRE, hub)
        .coreLimit(cores)
        .allowOversubscribe(true);
  }

  private MosStackBuilder lossy(MosStackBuilder builder) {
    if (loss == 0) {
      return builder;
    }
    Faults received = Faults.NONE.withLoss(loss / PERCENT);
    long seed = new SecureRandom().nextLong();
    return builder.decorate(
        port -> new FaultInjector(port, received, Faults.NONE, Clock.SYSTEM, seed));
  }

  private void capture(MosStack stack) {
    try {
      stack.capture(
          PcapFile.to(pcap).waitForDisk().onEnd(why -> System.err.println("demo: " + why)).open());
    } catch (IOException e) {
      stack.close();
      throw new ConfigException("--pcap: " + pcap + " can't be written: " + e, e);
    }
  }

  private String fileName() {
    return "size-" + size + ".bin";
  }

  private Path folderWithOneFile() throws IOException {
    Path folder = Files.createTempDirectory("mos-demo");
    byte[] bytes = new byte[size];
    for (int i = 0; i < size; i++) {
      bytes[i] = (byte) ('a' + i % 26);
    }
    Files.write(folder.resolve(fileName()), bytes);
    return folder;
  }
}
