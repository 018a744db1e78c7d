package org.mosstack.demo;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;
import org.mosstack.MosStack;
import org.mosstack.MosStackBuilder;
import org.mosstack.config.ConfigException;
import org.mosstack.config.MosConfig;
import org.mosstack.device.FaultCounts;
import org.mosstack.device.FaultInjector;
import org.mosstack.device.Faults;
import org.mosstack.device.PcapFile;
import org.mosstack.device.WireHub;
import org.mosstack.examples.CaptureOptions;
import org.mosstack.examples.Transport;
import org.mosstack.os.OutputFiles;
import org.mosstack.stats.Counter;
import org.mosstack.time.Clock;

/** Two stacks with an in-process wire between them, which may lose packets. */
final class WiredStacks implements Place {
  /** For lines that nobody wants. */
  static final PrintStream NOWHERE = new PrintStream(OutputStream.nullOutputStream());

  private static final String SERVER_ADDRESS = "10.0.0.1";
  private static final int HTTP_PORT = 80;
  private static final double PERCENT = 100;

  private final WireHub hub = new WireHub(new SecureRandom());
  private final List<FaultInjector> injectors = new ArrayList<>();
  private final Settings settings;
  private final MosStack serverStack;
  private final MosStack clientStack;
  private final Transport server;
  private final Transport client;

  /**
   * What is between the ends, and how they are.
   *
   * @param conf the folder with the configurations of both ends
   * @param cores how many cores each stack has
   * @param loss share of the packets that are lost in each direction, 0 to 1
   * @param pcap file for what the client sends and receives; null for none
   * @param statOutput receives the lines of {@code stat_print}
   * @param err receives a line when the capture ends before the stack
   */
  record Settings(
      Path conf, int cores, double loss, Path pcap, PrintStream statOutput, PrintStream err) {
    /** The same without losses, capture and lines, for a warm-up. */
    Settings quiet() {
      return new Settings(conf, cores, 0, null, NOWHERE, err);
    }
  }

  private WiredStacks(Settings settings) {
    this.settings = settings;
    serverStack = lossy(builder("server")).start();
    server = Transport.over(serverStack);
    try {
      clientStack = lossy(builder("client")).start();
      client = Transport.over(clientStack, this::capture);
    } catch (RuntimeException | Error e) {
      server.close();
      throw e;
    }
  }

  /**
   * Starts both stacks.
   *
   * @throws ConfigException if that can't be done
   */
  static WiredStacks open(Settings settings) {
    return new WiredStacks(settings);
  }

  @Override
  public Transport server() {
    return server;
  }

  @Override
  public Transport client() {
    return client;
  }

  @Override
  public InetSocketAddress listen() {
    return new InetSocketAddress(HTTP_PORT);
  }

  @Override
  public String authority(InetSocketAddress bound) {
    return SERVER_ADDRESS + ":" + bound.getPort();
  }

  /** What the wire lost, and what TCP did about it; after {@link #close} too. */
  String losses() {
    long lost = sum(FaultCounts::lost);
    long packets = lost + sum(FaultCounts::passed);
    return String.format(
        Locale.ROOT,
        "lost on the wire: %,d of %,d packets (%.2f %%); sent again: %,d segments, %,d timeouts",
        lost,
        packets,
        PERCENT * lost / Math.max(1, packets),
        count(Counter.TCP_RETRANSMITS),
        count(Counter.TCP_RTO_EXPIRED));
  }

  private long sum(ToLongFunction<FaultCounts> figure) {
    return injectors.stream()
        .flatMap(i -> IntStream.range(0, i.queues()).mapToObj(i::received))
        .mapToLong(figure)
        .sum();
  }

  private long count(Counter counter) {
    return serverStack.count(counter) + clientStack.count(counter);
  }

  /**
   * One end's stack. Its mask names 16 cores: as many as are asked for share the machine's CPUs.
   */
  private MosStackBuilder builder(String end) {
    return MosStack.builder(MosConfig.load(settings.conf.resolve(end).resolve("mos.conf")))
        .device(WireHub.WIRE, hub)
        .coreLimit(settings.cores)
        .allowOversubscribe(true)
        .statOutput(settings.statOutput);
  }

  private MosStackBuilder lossy(MosStackBuilder builder) {
    if (settings.loss == 0) {
      return builder;
    }
    Faults received = Faults.NONE.withLoss(settings.loss);
    long seed = new SecureRandom().nextLong();
    return builder.decorate(
        port -> {
          FaultInjector injector =
              new FaultInjector(port, received, Faults.NONE, Clock.SYSTEM, seed);
          injectors.add(injector);
          return injector;
        });
  }

  private CaptureOptions.Capture capture(MosStack stack) {
    Path file = settings.pcap;
    if (file == null) {
      return () -> {};
    }
    try {
      PcapFile pcap =
          PcapFile.to(file).waitForDisk().onEnd(why -> settings.err.println("demo: " + why)).open();
      stack.capture(pcap);
      return pcap::close;
    } catch (IOException e) {
      throw new ConfigException(
          "--pcap: " + file + " can't be written: " + OutputFiles.reason(e), e);
    }
  }
}
