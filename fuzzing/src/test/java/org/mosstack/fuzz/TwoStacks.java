package org.mosstack.fuzz;

import java.util.function.BooleanSupplier;
import java.util.function.ObjIntConsumer;
import org.mosstack.MosStack;
import org.mosstack.StackCore;
import org.mosstack.config.MosConfig;
import org.mosstack.testkit.FakeDevice;

/**
 * Two single-core stacks under a virtual clock, with a cable between them that shows every frame
 * and loses those it is told to. One thread takes turns between them.
 */
final class TwoStacks implements AutoCloseable {
  static final int SERVER = 0;
  static final int CLIENT = 1;
  static final int SERVER_ADDRESS = 0x0A00_0001;
  static final int CLIENT_ADDRESS = 0x0A00_0002;
  static final long SERVER_MAC = 0x02_00_00_00_00_01L;
  static final long CLIENT_MAC = 0x02_00_00_00_00_02L;

  private static final long TURN_NANOS = 10_000;
  private static final long START_NANOS = 1_000_000_000_000L;

  /** Sees each frame on its way to an end; decides whether it arrives there. */
  interface Middle {
    boolean passes(byte[] frame, int end);
  }

  private final FakeDevice[] ports = new FakeDevice[2];
  private final MosStack[] stacks = new MosStack[2];
  private final StackCore[] cores = new StackCore[2];
  private final Middle middle;
  private long now = START_NANOS;

  /**
   * Starts both. Each has the other's MAC address configured, so that no forged ARP diverts
   * packets.
   */
  TwoStacks(long seed, Middle middle) {
    this.middle = middle;
    ports[SERVER] = new FakeDevice("dpdk0", SERVER_MAC, 1500).onSent(frame -> carry(frame, CLIENT));
    ports[CLIENT] = new FakeDevice("dpdk0", CLIENT_MAC, 1500).onSent(frame -> carry(frame, SERVER));
    stacks[SERVER] = stack("10.0.0.1/24", "10.0.0.2/32 02:00:00:00:00:02", SERVER, seed);
    stacks[CLIENT] = stack("10.0.0.2/24", "10.0.0.1/32 02:00:00:00:00:01", CLIENT, ~seed);
    for (int i = 0; i < cores.length; i++) {
      cores[i] = stacks[i].core(0);
      cores[i].attach();
    }
  }

  private MosStack stack(String address, String neighbour, int end, long seed) {
    String text =
        """
        application {
          type = end
          run = fuzz
          core_mask = 0x1
        }
        mos {
          max_concurrency = 20000
          max_num_buffers = 20000
          tcp_timeout = 60
          tcp_tw_interval = 1
          netdev {
            dpdk0 0x1 %s wire=fuzz
          }
          arp_table {
            %s
          }
        }
        """
            .formatted(address, neighbour);
    return MosStack.builder(MosConfig.parse("fuzz.conf", text))
        .device("wire", (_, _, _) -> ports[end])
        .clock(() -> now)
        .seed(seed)
        .allowOversubscribe(true)
        .start();
  }

  private void carry(byte[] frame, int to) {
    if (middle.passes(frame, to)) {
      ports[to].arrive(frame);
    }
  }

  /** Injects a frame at an end, as if from the cable. */
  void inject(byte[] frame, int end) {
    ports[end].arrive(frame);
  }

  MosStack stack(int end) {
    return stacks[end];
  }

  StackCore core(int end) {
    return cores[end];
  }

  /** Runs an action for each end. */
  void forEach(ObjIntConsumer<StackCore> action) {
    action.accept(cores[SERVER], SERVER);
    action.accept(cores[CLIENT], CLIENT);
  }

  /** Whether no frame is in transit. */
  boolean isQuiet() {
    return ports[SERVER].waiting() + ports[CLIENT].waiting() == 0;
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
      int work = cores[SERVER].poll() + cores[CLIENT].poll();
      long next = now + TURN_NANOS;
      if (work == 0) {
        long due = Math.min(cores[SERVER].nextDeadlineNanos(), cores[CLIENT].nextDeadlineNanos());
        next = Math.max(next, Math.min(end, due));
      }
      now = next;
    }
    return true;
  }

  /** Lets virtual time pass. */
  void run(double seconds) {
    runUntil(() -> false, seconds);
  }

  @Override
  public void close() {
    stacks[SERVER].close();
    stacks[CLIENT].close();
  }
}
