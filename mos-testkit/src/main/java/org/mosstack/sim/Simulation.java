package org.mosstack.sim;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.mosstack.MosStack;
import org.mosstack.StackCore;
import org.mosstack.config.MosConfig;
import org.mosstack.device.DeviceFactory;
import org.mosstack.device.FaultInjector;
import org.mosstack.device.Faults;
import org.mosstack.device.NetDevice;
import org.mosstack.device.PcapCapture;
import org.mosstack.device.PcapFile;
import org.mosstack.device.WireHub;
import org.mosstack.time.Clock;

/**
 * Two single-core stacks, joined by a wire or a {@link SimLink}, in virtual time: one thread takes
 * turns between them, and when both are idle, time moves on to the next deadline. Each seed gives
 * one run.
 */
final class Simulation implements AutoCloseable {
  static final int CLIENT_ADDRESS = 0x0A00_0002;
  static final int SERVER_ADDRESS = 0x0A00_0001;
  private static final long TURN_NANOS = 10_000;
  static final long START_NANOS = 1_000_000_000_000L;

  private final Setup setup;
  private final WireHub hub;
  private final SimLink link;
  private final SplittableRandom seeds;
  final MosStack client;
  MosStack server;
  private final List<StackCore> cores = new ArrayList<>();
  private long now = START_NANOS;

  /** How a run differs from a fault-free one with default sizes. */
  static final class Setup {
    private final long seed;
    private Faults toClient = Faults.NONE;
    private Faults toServer = Faults.NONE;
    private String mos = "";
    private String wireOptions = "";
    private Path pcap;
    private UnaryOperator<NetDevice> tap = UnaryOperator.identity();
    private UnaryOperator<NetDevice> clientTap = UnaryOperator.identity();
    private Function<Clock, SimLink> link;
    private Runnable afterTurn = () -> {};
    private int maxConnections = 20_000;
    private int maxBuffers = 20_000;

    Setup(long seed) {
      this.seed = seed;
    }

    Setup faults(Faults both) {
      toClient = both;
      toServer = both;
      return this;
    }

    Setup faultsToServer(Faults faults) {
      toServer = faults;
      return this;
    }

    Setup faultsToClient(Faults faults) {
      toClient = faults;
      return this;
    }

    /** Adds lines to the {@code mos} block. */
    Setup mos(String lines) {
      mos += lines + "\n";
      return this;
    }

    /** Appends options to the wire's name at both ends, with a leading comma. */
    Setup wireOptions(String options) {
      wireOptions = options;
      return this;
    }

    /** Joins the stacks by this link instead of a wire. The maker gets the simulation's clock. */
    Setup link(Function<Clock, SimLink> maker) {
      link = maker;
      return this;
    }

    /** Sets a check to call after each turn of both stacks, before time moves on. */
    Setup afterTurn(Runnable check) {
      afterTurn = check;
      return this;
    }

    /** Limits a stack's connections and packets waiting to be read. */
    Setup limits(int connections, int buffers) {
      maxConnections = connections;
      maxBuffers = buffers;
      return this;
    }

    Setup pcap(Path file) {
      pcap = file;
      return this;
    }

    /** Wraps the server's device, next to the wire. */
    Setup tap(UnaryOperator<NetDevice> tap) {
      this.tap = tap;
      return this;
    }

    /** Wraps the client's device, next to the wire. */
    Setup clientTap(UnaryOperator<NetDevice> tap) {
      clientTap = tap;
      return this;
    }

    Simulation start() {
      return new Simulation(this);
    }
  }

  private Simulation(Setup setup) {
    this.setup = setup;
    seeds = new SplittableRandom(setup.seed);
    hub = new WireHub(seeds.split());
    link = setup.link == null ? null : setup.link.apply(() -> now);
    server = server();
    client = stack("10.0.0.2/24", clientPort());
    cores.add(server.core(0));
    cores.add(client.core(0));
    cores.forEach(StackCore::attach);
  }

  private MosStack server() {
    DeviceFactory port = faulty(setup.toServer, setup.tap, null);
    return stack("10.0.0.1/24", link == null ? port : (_, _, _) -> link.server);
  }

  private DeviceFactory clientPort() {
    DeviceFactory port = faulty(setup.toClient, setup.clientTap, setup.pcap);
    return link == null ? port : (_, _, _) -> link.client;
  }

  /** Closes the server's stack, and starts another one in its place that knows nothing. */
  void restartServer() {
    server.close();
    server = server();
    cores.set(0, server.core(0));
    server.core(0).attach();
  }

  private DeviceFactory faulty(Faults received, UnaryOperator<NetDevice> tap, Path pcap) {
    long seed = seeds.nextLong();
    return (name, arguments, queues) -> {
      NetDevice device = tap.apply(hub.create(name, arguments, queues));
      device = new FaultInjector(device, received, Faults.NONE, () -> now, seed);
      return pcap == null ? device : capture(device, pcap);
    };
  }

  private NetDevice capture(NetDevice device, Path file) {
    Instant start = Instant.ofEpochSecond(0, START_NANOS);
    PcapCapture capture = new PcapCapture(device, () -> now, () -> start);
    try {
      capture.start(PcapFile.to(file).waitForDisk().open());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return capture;
  }

  private MosStack stack(String address, DeviceFactory factory) {
    String text =
        """
        application {
          type = end
          run = simulation
          core_mask = 0x1
        }
        mos {
          max_concurrency = %d
          max_num_buffers = %d
          netdev {
            dpdk0 0x1 %s wire=sim%s
          }
        %s
        }
        """
            .formatted(
                setup.maxConnections, setup.maxBuffers, address, setup.wireOptions, setup.mos);
    return MosStack.builder(MosConfig.parse("simulation.conf", text))
        .device(WireHub.WIRE, factory)
        .clock(() -> now)
        .seed(seeds.nextLong())
        .allowOversubscribe(true)
        .start();
  }

  StackCore serverCore() {
    return cores.get(0);
  }

  StackCore clientCore() {
    return cores.get(1);
  }

  long now() {
    return now;
  }

  /** Takes one turn of both cores; advances time, at most to {@code end}. */
  private void turn(long end) {
    int work = 0;
    for (int i = 0; i < cores.size(); i++) { // allocation-free, as AllocationTest requires
      work += cores.get(i).poll();
    }
    setup.afterTurn.run();
    long next = now + TURN_NANOS;
    if (work == 0) {
      next = Math.max(next, Math.min(end, earliestDeadline()));
    }
    now = next;
  }

  private long earliestDeadline() {
    long earliest = Long.MAX_VALUE;
    for (int i = 0; i < cores.size(); i++) {
      earliest = Math.min(earliest, cores.get(i).nextDeadlineNanos());
    }
    return earliest;
  }

  /**
   * Runs until the condition holds.
   *
   * @return whether it did within this much virtual time
   */
  boolean runUntil(BooleanSupplier condition, double seconds) {
    return runTo(condition, now + (long) (seconds * 1e9));
  }

  /**
   * Runs until the condition holds.
   *
   * @return whether it did by this time of the simulation's clock
   */
  boolean runTo(BooleanSupplier condition, long end) {
    while (!condition.getAsBoolean()) {
      if (now - end >= 0) {
        return false;
      }
      turn(end);
    }
    return true;
  }

  /** Lets virtual time pass. */
  void run(double seconds) {
    runUntil(() -> false, seconds);
  }

  @Override
  public void close() {
    server.close();
    client.close();
  }
}
