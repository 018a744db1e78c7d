package org.mosstack.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.mosstack.MosStack;
import org.mosstack.StackCore;
import org.mosstack.config.CoreMask;
import org.mosstack.config.MosConfig;
import org.mosstack.config.MosConfigBuilder;
import org.mosstack.config.MosKeys;
import org.mosstack.device.DeviceFactory;
import org.mosstack.device.FaultInjector;
import org.mosstack.device.Faults;
import org.mosstack.device.NetDevice;
import org.mosstack.device.WireHub;
import org.mosstack.stats.Counter;
import org.mosstack.time.Clock;

/**
 * Two stacks, joined by a wire or a {@link Cable}, in virtual time: one thread takes turns between
 * their cores, and when all are idle, time moves on to the next deadline. Each seed gives one run.
 */
public final class StackPair implements AutoCloseable {
  /** The server's address. */
  public static final int SERVER_ADDRESS = 0x0A00_0001;

  /** The client's address. */
  public static final int CLIENT_ADDRESS = 0x0A00_0002;

  /** When a run starts. */
  public static final long START_NANOS = 1_000_000_000_000L;

  private static final long TURN_NANOS = 10_000;

  /** The client's stack. */
  public final MosStack client;

  /** The server's stack; another one after {@link #restartServer}. */
  public MosStack server;

  /** The tap of a {@linkplain Setup#tapped tapped} server. */
  public FrameTap serverTap;

  /** The tap of a {@linkplain Setup#tapped tapped} client. */
  public FrameTap clientTap;

  /** Number of packets whose processing is expected to throw. */
  public int expectedExceptions;

  private final Setup setup;
  private final WireHub hub;
  private final Cable cable;
  private final SplittableRandom seeds;
  private final List<StackCore> running = new ArrayList<>();
  private long now = START_NANOS;

  /** What joins two stacks instead of a wire: their devices. */
  public interface Cable {
    /** Returns the server's device. */
    NetDevice server();

    /** Returns the client's device. */
    NetDevice client();
  }

  /** As on a cable, unless a test wants it otherwise: what it sends is to be verified. */
  private static final String CHECKSUMS = ",checksum=1";

  private static String withChecksums(String wireOptions) {
    return wireOptions.contains("checksum=") ? wireOptions : wireOptions + CHECKSUMS;
  }

  /** How one of the stacks differs. */
  private static final class End {
    final String address;
    int cores = 1;
    String keys = "";
    String wireOptions = CHECKSUMS;
    int maxConnections = 20_000;
    UnaryOperator<NetDevice> port = UnaryOperator.identity();
    UnaryOperator<NetDevice> around = UnaryOperator.identity();

    End(String address) {
      this.address = address;
    }
  }

  /** How a pair differs from two single-core stacks on a fault-free wire, with default sizes. */
  public static final class Setup {
    private final long seed;
    private final End server = new End("10.0.0.1/24");
    private final End client = new End("10.0.0.2/24");
    private int maxBuffers = 20_000;
    private UnaryOperator<MosConfigBuilder> program;
    private Function<Clock, ? extends Cable> cable;
    private Runnable afterTurn = () -> {};
    private Faults faults = Faults.NONE;
    private boolean tapped;

    /** Creates one without differences. */
    public Setup(long seed) {
      this.seed = seed;
    }

    /** Sets the numbers of cores. */
    public Setup cores(int serverCores, int clientCores) {
      server.cores = serverCores;
      client.cores = clientCores;
      return this;
    }

    /** Injects faults into what both receive. */
    public Setup faults(Faults both) {
      faults = both;
      return this;
    }

    /** Adds lines to the {@code mos} block of both. */
    public Setup mos(String lines) {
      return serverMos(lines).clientMos(lines);
    }

    /** Adds lines to the {@code mos} block of the server. */
    public Setup serverMos(String lines) {
      server.keys += lines + "\n";
      return this;
    }

    /** Adds lines to the {@code mos} block of the client. */
    public Setup clientMos(String lines) {
      client.keys += lines + "\n";
      return this;
    }

    /**
     * Has a program build the configurations, whose defaults aren't those of a file. Lines for the
     * {@code mos} block have no effect then.
     *
     * @param keys sets keys of both
     */
    public Setup program(UnaryOperator<MosConfigBuilder> keys) {
      program = keys;
      return this;
    }

    /** Appends options to the wire's name at both ends, with a leading comma. */
    public Setup wireOptions(String both) {
      return wireOptions(both, both);
    }

    /** Appends options to the wire's name, with a leading comma. */
    public Setup wireOptions(String atServer, String atClient) {
      server.wireOptions = withChecksums(atServer);
      client.wireOptions = withChecksums(atClient);
      return this;
    }

    /** Joins the stacks by this cable instead of a wire. The maker gets the virtual clock. */
    public Setup cable(Function<Clock, ? extends Cable> maker) {
      cable = maker;
      return this;
    }

    /** Sets a check to call after each turn of both stacks, before time moves on. */
    public Setup afterTurn(Runnable check) {
      afterTurn = check;
      return this;
    }

    /** Limits each stack's connections and packets waiting to be read; 0 for the default number. */
    public Setup limits(int connections, int buffers) {
      server.maxConnections = connections;
      client.maxConnections = connections;
      maxBuffers = buffers;
      return this;
    }

    /** Limits the server's connections. */
    public Setup serverConnections(int connections) {
      server.maxConnections = connections;
      return this;
    }

    /** Wraps the server's device, next to the wire. */
    public Setup port(UnaryOperator<NetDevice> wrapper) {
      server.port = wrapper;
      return this;
    }

    /** Wraps the client's device, next to the wire. */
    public Setup clientPort(UnaryOperator<NetDevice> wrapper) {
      client.port = wrapper;
      return this;
    }

    /** Puts a tap between each stack and its device, which sees what the faults have left. */
    public Setup tapped() {
      tapped = true;
      return this;
    }

    /** Wraps what the server's stack gets as its device, outside of all others. */
    public Setup around(UnaryOperator<NetDevice> wrapper) {
      server.around = wrapper;
      return this;
    }

    /** Starts both stacks, their cores attached to this thread. */
    public StackPair start() {
      return new StackPair(this);
    }
  }

  /** Starts stacks of this many cores, {@linkplain Setup#tapped tapped}. */
  public static StackPair tapped(int cores, long seed) {
    return new Setup(seed).cores(cores, cores).limits(1000, 0).tapped().start();
  }

  private StackPair(Setup setup) {
    this.setup = setup;
    seeds = new SplittableRandom(setup.seed);
    hub = new WireHub(seeds.split());
    cable = setup.cable == null ? null : setup.cable.apply(() -> now);
    server = start(setup.server);
    client = start(setup.client);
    attach(server);
    attach(client);
  }

  private MosStack start(End end) {
    DeviceFactory factory = cable == null ? wired(end, seeds.nextLong()) : joined(end);
    return MosStack.builder(setup.program == null ? file(end) : program(end))
        .device(WireHub.WIRE, factory)
        .clock(() -> now)
        .seed(seeds.nextLong())
        .allowOversubscribe(true)
        .start();
  }

  private MosConfig file(End end) {
    String text =
        """
        application {
          type = end
          run = test
          core_mask = %s
        }
        mos {
          max_concurrency = %d
          %s
          netdev {
            %s
          }
        %s
        }
        """
            .formatted(
                CoreMask.range(end.cores),
                end.maxConnections,
                setup.maxBuffers == 0 ? "" : "max_num_buffers = " + setup.maxBuffers,
                netdev(end),
                end.keys);
    return MosConfig.parse("pair.conf", text);
  }

  private MosConfig program(End end) {
    MosConfigBuilder builder =
        MosConfig.builder()
            .set(MosKeys.CORE_MASK, CoreMask.range(end.cores))
            .set(MosKeys.MAX_CONCURRENCY, end.maxConnections)
            .netdev(netdev(end));
    if (setup.maxBuffers != 0) {
      builder.set(MosKeys.MAX_NUM_BUFFERS, setup.maxBuffers);
    }
    return setup.program.apply(builder).build();
  }

  private static String netdev(End end) {
    return "dpdk0 %s %s wire=pair%s"
        .formatted(CoreMask.range(end.cores), end.address, end.wireOptions);
  }

  private DeviceFactory joined(End end) {
    seeds.nextLong(); // the seeds of the stacks are the same whatever joins them
    NetDevice device = end == setup.server ? cable.server() : cable.client();
    return (_, _, _) -> end.around.apply(device);
  }

  private DeviceFactory wired(End end, long faultSeed) {
    return (name, arguments, queues) -> {
      NetDevice device = end.port.apply(hub.create(name, arguments, queues));
      device = new FaultInjector(device, setup.faults, Faults.NONE, () -> now, faultSeed);
      return end.around.apply(setup.tapped ? tap(end, device) : device);
    };
  }

  private FrameTap tap(End end, NetDevice device) {
    FrameTap tap = new FrameTap(device);
    if (end == setup.server) {
      serverTap = tap;
    } else {
      clientTap = tap;
    }
    return tap;
  }

  private void attach(MosStack stack) {
    for (int i = 0; i < stack.cores(); i++) {
      stack.core(i).attach();
      running.add(stack.core(i));
    }
  }

  /** Closes the server's stack, and starts another one in its place that knows nothing. */
  public void restartServer() {
    running.clear();
    server.close();
    server = start(setup.server);
    attach(server);
    for (int i = 0; i < client.cores(); i++) {
      running.add(client.core(i));
    }
  }

  /** Closes a core while the others go on. */
  public void kill(StackCore core) {
    running.remove(core);
    core.close();
  }

  /** Takes this many turns without a core, however idle the others are. */
  public void stall(StackCore core, int turns) {
    running.remove(core);
    for (int i = 0; i < turns; i++) {
      turn();
    }
    running.add(core);
  }

  // ---- Queries ----

  /** Returns the server's first core. */
  public StackCore serverCore() {
    return server.core(0);
  }

  /** Returns the client's first core. */
  public StackCore clientCore() {
    return client.core(0);
  }

  /** Returns the virtual time. */
  public long now() {
    return now;
  }

  /** Returns the number of packet buffers in use by all cores that run. */
  public int buffersInUse() {
    return running.stream().mapToInt(StackCore::buffersInUse).sum();
  }

  /** Returns the number of timers of all cores that run. */
  public int timers() {
    return running.stream().mapToInt(StackCore::timers).sum();
  }

  /** Returns the sum of both stacks' counters. */
  public long count(Counter counter) {
    return server.count(counter) + client.count(counter);
  }

  /** Returns the tapped client's gratuitous ARP request, as it sends one at its start. */
  public byte[] announcement() {
    byte[] frame =
        Frames.arp(Frames.BROADCAST, 1, clientTap.mac(), CLIENT_ADDRESS, 0, CLIENT_ADDRESS);
    return Arrays.copyOf(frame, 60);
  }

  // ---- Time ----

  /** Lets time pass in the middle of a turn, as a slow handler does. */
  public void elapse(long nanos) {
    now += nanos;
  }

  /** Takes one turn of all cores; returns the work that was done. Time moves on by a turn. */
  public int turn() {
    int work = poll();
    now += TURN_NANOS;
    return work;
  }

  private int poll() {
    int work = 0;
    for (int i = 0; i < running.size(); i++) { // allocation-free, as AllocationTest requires
      work += running.get(i).poll();
    }
    setup.afterTurn.run();
    return work;
  }

  /** Takes one turn of all cores; if all were idle, time moves on, at most to {@code end}. */
  private void turn(long end) {
    int work = poll();
    long next = now + TURN_NANOS;
    if (work == 0) {
      next = Math.max(next, Math.min(end, earliestDeadline()));
    }
    now = next;
  }

  private long earliestDeadline() {
    long earliest = Long.MAX_VALUE;
    for (int i = 0; i < running.size(); i++) {
      earliest = Math.min(earliest, running.get(i).nextDeadlineNanos());
    }
    return earliest;
  }

  /**
   * Runs until the condition holds.
   *
   * @return whether it did within this much virtual time
   */
  public boolean runUntil(BooleanSupplier condition, double seconds) {
    return runTo(condition, now + (long) (seconds * 1e9));
  }

  /**
   * Runs until the condition holds.
   *
   * @return whether it did by this virtual time
   */
  public boolean runTo(BooleanSupplier condition, long end) {
    while (!condition.getAsBoolean()) {
      if (now - end >= 0) {
        return false;
      }
      turn(end);
    }
    return true;
  }

  /** Lets virtual time pass. */
  public void run(double seconds) {
    runUntil(() -> false, seconds);
  }

  /**
   * Takes turns until the condition holds; none is skipped.
   *
   * @return whether it did within this many turns
   */
  public boolean takeTurns(BooleanSupplier condition, int turns) {
    for (int i = 0; i < turns && !condition.getAsBoolean(); i++) {
      turn();
    }
    return condition.getAsBoolean();
  }

  /** Takes turns until nothing is left to do now. */
  public void settle() {
    for (int idle = 0; idle < 3; ) {
      idle = turn() == 0 ? idle + 1 : 0;
    }
  }

  @Override
  public void close() {
    server.close();
    client.close();
    assertEquals(
        expectedExceptions, count(Counter.PACKET_EXCEPTIONS), "packets whose processing threw");
  }
}
