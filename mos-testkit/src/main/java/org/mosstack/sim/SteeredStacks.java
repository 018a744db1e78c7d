package org.mosstack.sim;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.zip.CRC32;
import org.mosstack.MosStack;
import org.mosstack.StackCore;
import org.mosstack.config.CoreMask;
import org.mosstack.config.MosConfig;
import org.mosstack.device.DeviceFactory;
import org.mosstack.device.FaultInjector;
import org.mosstack.device.Faults;
import org.mosstack.device.NetDevice;
import org.mosstack.device.WireHub;
import org.mosstack.stats.Counter;
import org.mosstack.testkit.FrameTap;

/**
 * Two many-core stacks, whose ends of the wire may have fewer queues, in virtual time: one thread
 * takes turns between all cores.
 */
final class SteeredStacks implements AutoCloseable {
  static final int SERVER_ADDRESS = 0x0A00_0001;
  static final int CLIENT_ADDRESS = 0x0A00_0002;
  private static final long TURN_NANOS = 10_000;

  final MosStack server;
  final MosStack client;

  /** The server's own end of the wire. */
  NetDevice serverPort;

  /** Both ends' taps, through which tests inject frames. */
  private FrameTap serverTap;

  private FrameTap clientTap;

  /** Called for each frame that either stack receives from the wire. */
  private Consumer<byte[]> watcher = _ -> {};

  private final SplittableRandom seeds;
  private final CRC32 trace = new CRC32();
  private final List<StackCore> running = new ArrayList<>();
  private long now = 1_000_000_000_000L;
  private long frames;

  /**
   * Starts both stacks.
   *
   * @param serverWire options of the server's end, such as {@code queues=1}; likewise the client's
   * @param faults in what both receive
   */
  SteeredStacks(
      int serverCores,
      String serverWire,
      int clientCores,
      String clientWire,
      Faults faults,
      long seed) {
    this(
        serverCores,
        serverWire,
        clientCores,
        clientWire,
        faults,
        seed,
        1000,
        "",
        UnaryOperator.identity());
  }

  /**
   * Starts both stacks.
   *
   * @param maxConcurrency of each core of the server
   * @param serverKeys more lines of the server's configuration
   * @param around wraps the server's device
   */
  SteeredStacks(
      int serverCores,
      String serverWire,
      int clientCores,
      String clientWire,
      Faults faults,
      long seed,
      int maxConcurrency,
      String serverKeys,
      UnaryOperator<NetDevice> around) {
    seeds = new SplittableRandom(seed);
    WireHub hub = new WireHub(seeds.split());
    DeviceFactory factory =
        (name, arguments, queues) -> {
          NetDevice device = hub.create(name, arguments, queues);
          serverPort = serverPort == null ? device : serverPort;
          FrameTap tap =
              new FrameTap(
                  new FaultInjector(device, faults, Faults.NONE, () -> now, seeds.nextLong()));
          tap.onReceived(this::note);
          if (serverTap == null) {
            serverTap = tap;
            return around.apply(tap);
          }
          clientTap = tap;
          return tap;
        };
    String limit = "max_concurrency = " + maxConcurrency + "\n" + serverKeys;
    server = start(serverCores, "10.0.0.1/24 wire=sim," + serverWire, limit, factory);
    client =
        start(clientCores, "10.0.0.2/24 wire=sim," + clientWire, "max_concurrency = 1000", factory);
    for (MosStack stack : List.of(server, client)) {
      for (int i = 0; i < stack.cores(); i++) {
        running.add(stack.core(i));
      }
    }
    running.forEach(StackCore::attach);
  }

  private MosStack start(int cores, String device, String keys, DeviceFactory factory) {
    String text =
        """
        application {
          type = end
          run = simulation
          core_mask = %1$s
        }
        mos {
          %3$s
          tcp_timeout = -1
          tcp_tw_interval = 60
          rmem_size = 65536
          wmem_size = 65536
          netdev {
            dpdk0 %1$s %2$s
          }
        }
        """
            .formatted(CoreMask.range(cores), device, keys);
    return MosStack.builder(MosConfig.parse("steered.conf", text))
        .device(WireHub.WIRE, factory)
        .clock(() -> now)
        .seed(seeds.nextLong())
        .allowOversubscribe(true)
        .start();
  }

  private void note(byte[] frame) {
    frames++;
    trace.update(frame);
    watcher.accept(frame);
  }

  /** Sets a watcher for each frame that either stack receives from the wire. */
  void onReceived(Consumer<byte[]> newWatcher) {
    watcher = newWatcher;
  }

  /** Drops frames before the client receives them. */
  void loseForClient(Predicate<byte[]> which) {
    clientTap.lose(which);
  }

  /** Drops frames before the server receives them. */
  void loseForServer(Predicate<byte[]> which) {
    serverTap.lose(which);
  }

  /** Injects a frame as if the server's port had received it on this queue. */
  void inject(int queue, byte[] frame) {
    serverTap.inject(queue, frame);
  }

  /** Returns count and checksum of the frames from the wire: runs with equal traces are alike. */
  String trace() {
    return frames + " frames, " + Long.toHexString(trace.getValue()) + " at " + now;
  }

  /** Closes a core while the others go on. */
  void kill(StackCore core) {
    running.remove(core);
    core.close();
  }

  /** Takes this many turns without a core, however idle the others are. */
  void stall(StackCore core, int turns) {
    running.remove(core);
    for (int i = 0; i < turns; i++) {
      poll();
    }
    running.add(core);
  }

  private int poll() {
    int work = 0;
    for (StackCore core : running) {
      work += core.poll();
    }
    now += TURN_NANOS;
    return work;
  }

  /** Takes one turn of all cores; if all were idle, time moves on to the next deadline. */
  private void turn() {
    if (poll() == 0) {
      long next = Long.MAX_VALUE;
      for (StackCore core : running) {
        next = Math.min(next, core.nextDeadlineNanos());
      }
      now = Math.clamp(next, now, now + 1_000_000_000L);
    }
  }

  /**
   * Runs until the condition holds.
   *
   * @return whether it did within this much virtual time
   */
  boolean runUntil(BooleanSupplier condition, double seconds) {
    long end = now + (long) (seconds * 1e9);
    while (!condition.getAsBoolean()) {
      if (now - end >= 0) {
        return false;
      }
      turn();
    }
    return true;
  }

  /** Lets virtual time pass. */
  void run(double seconds) {
    runUntil(() -> false, seconds);
  }

  int buffersInUse() {
    return running.stream().mapToInt(StackCore::buffersInUse).sum();
  }

  int timers() {
    return running.stream().mapToInt(StackCore::timers).sum();
  }

  long count(Counter counter) {
    return server.count(counter) + client.count(counter);
  }

  @Override
  public void close() {
    server.close();
    client.close();
  }
}
