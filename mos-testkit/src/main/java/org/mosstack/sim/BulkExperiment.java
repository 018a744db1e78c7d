package org.mosstack.sim;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.mosstack.os.OffHeap;
import org.mosstack.socket.CongestionAlgorithm;
import org.mosstack.socket.Endpoint;
import org.mosstack.socket.SocketOptions;
import org.mosstack.socket.TcpConnection;
import org.mosstack.testkit.Endpoints;
import org.mosstack.testkit.QuietHandler;
import org.mosstack.testkit.StackPair;

/**
 * One or more flows that send all they can over one link, in virtual time: bytes per second of
 * each, compared with the possible.
 */
final class BulkExperiment {
  private static final int PORT = 80;
  private static final int ETHERNET_BYTES = 14;

  /** IP and TCP headers, with timestamps. */
  private static final int HEADER_BYTES = 52;

  /** Capacity of the shortest queue, in segments. */
  private static final int MIN_QUEUE = 20;

  private static final int MIN_WINDOW = 1 << 18;
  private static final int MAX_WINDOW = 1 << 30;
  private static final int CHUNK = 1 << 16;
  private static final int SPARE_BUFFERS = 10_000;
  private static final double NANOS = 1e9;

  private final Setting setting;
  private final OffHeap memory = OffHeap.map(CHUNK);
  private final byte[] target = new byte[CHUNK];
  private final List<Sink> sinks = new ArrayList<>();

  /**
   * The setting of a measurement.
   *
   * @param algorithm the flows' congestion control
   * @param bitsPerSecond rate of the link, counting whole frames
   * @param mtu of both ends
   * @param rttNanos round-trip time without queueing
   * @param loss probability that a packet to the receiver is lost
   * @param flows number of senders
   * @param queue capacity of the link's queue, as a multiple of the bandwidth-delay product
   * @param marks whether ECN-capable packets are marked once the queue is half full
   * @param warmUpSeconds virtual time before the measurement
   * @param seconds virtual time of the measurement
   */
  record Setting(
      CongestionAlgorithm algorithm,
      long bitsPerSecond,
      int mtu,
      long rttNanos,
      double loss,
      int flows,
      double queue,
      boolean marks,
      double warmUpSeconds,
      double seconds) {
    /** Returns the same setting with another warm-up time. */
    Setting withWarmUp(double warmUp) {
      return new Setting(
          algorithm, bitsPerSecond, mtu, rttNanos, loss, flows, queue, marks, warmUp, seconds);
    }

    /** Returns the bandwidth-delay product in bytes. */
    double bandwidthDelayBytes() {
      return bitsPerSecond / 8.0 * rttNanos / NANOS;
    }

    /** Returns the payload of a full segment. */
    int segmentBytes() {
      return mtu - HEADER_BYTES;
    }

    /** Returns the link's payload bytes per second: the limit for all flows together. */
    double linkLimit() {
      return bitsPerSecond / 8.0 * segmentBytes() / (mtu + ETHERNET_BYTES);
    }

    /**
     * Returns Reno's throughput at this loss, in bytes per second (Mathis and others, 1997), within
     * the link's limit.
     */
    double renoLimit() {
      return loss == 0 ? linkLimit() : withinLink(Math.sqrt(1.5 / loss));
    }

    /** Returns CUBIC's throughput at this loss (RFC 9438 section 5.1), at least Reno's. */
    double cubicLimit() {
      double rttSeconds = rttNanos / NANOS;
      return loss == 0
          ? linkLimit()
          : Math.max(renoLimit(), withinLink(1.054 * Math.pow(rttSeconds / loss, 0.75)));
    }

    /**
     * Returns the throughput at this many segments per round trip and flow, within the link's
     * limit.
     */
    private double withinLink(double segments) {
      return Math.min(linkLimit(), flows * segments * segmentBytes() * NANOS / rttNanos);
    }
  }

  /**
   * The outcome.
   *
   * @param bytesPerSecond received by each flow's application
   */
  record Outcome(List<Double> bytesPerSecond) {
    double total() {
      return bytesPerSecond.stream().mapToDouble(Double::doubleValue).sum();
    }

    /** Returns Jain's fairness index: 1 if all get the same, 1/n if one gets everything. */
    double fairness() {
      double squares = bytesPerSecond.stream().mapToDouble(x -> x * x).sum();
      return squares == 0 ? 0 : total() * total() / (squares * bytesPerSecond.size());
    }
  }

  /** Writes forever. */
  private final class Source extends QuietHandler {
    @Override
    public void connected(TcpConnection c) {
      writable(c);
    }

    @Override
    public void writable(TcpConnection c) {
      int accepted;
      do {
        accepted = c.write(memory.address(), CHUNK, this);
      } while (accepted == CHUNK);
    }
  }

  /** Reads forever. */
  private final class Sink extends QuietHandler {
    private long received;

    @Override
    public void readable(TcpConnection c) {
      for (int n = c.read(target, 0, CHUNK); n > 0; n = c.read(target, 0, CHUNK)) {
        received += n;
      }
    }
  }

  private BulkExperiment(Setting setting) {
    this.setting = setting;
  }

  /** Measures; takes a second or so per million packets. */
  static Outcome run(Setting setting, long seed) throws IOException {
    BulkExperiment experiment = new BulkExperiment(setting);
    try {
      return experiment.measure(seed);
    } finally {
      experiment.memory.close();
    }
  }

  private Outcome measure(long seed) throws IOException {
    double bandwidthDelay = setting.bandwidthDelayBytes();
    // Twice what can be in flight: data is held until the ACK, and read again after a loss.
    int window =
        (int) Math.clamp(4 * bandwidthDelay * (1 + setting.queue()), MIN_WINDOW, MAX_WINDOW);
    int queue =
        (int) Math.max(bandwidthDelay * setting.queue(), (double) MIN_QUEUE * setting.mtu());
    LinkPlan toServer =
        new LinkPlan()
            .rate(setting.bitsPerSecond(), queue)
            .delay(setting.rttNanos() / 2, 0)
            .loss(setting.loss());
    if (setting.marks()) {
      toServer.markFrom(queue / 2);
    }
    LinkPlan toClient = new LinkPlan().delay(setting.rttNanos() / 2, 0);
    StackPair.Setup setup =
        new StackPair.Setup(seed)
            .mos("tcp_timeout = -1")
            .limits(1000, window / setting.segmentBytes() + SPARE_BUFFERS)
            .cable(
                clock ->
                    new SimLink(
                        clock,
                        toServer,
                        toClient,
                        List.of(),
                        setting.mtu(),
                        true,
                        seed,
                        new FaultLog(Set.of()),
                        new Unwatched()));
    SocketOptions options =
        SocketOptions.builder()
            .receiveBuffer(window)
            .sendBuffer(window)
            .congestion(setting.algorithm())
            .build();
    try (StackPair sim = setup.start()) {
      sim.server.listen(Endpoint.any(PORT), 16, options, -1, (l, core) -> accept(l.accept(core)));
      for (int i = 0; i < setting.flows(); i++) {
        sim.clientCore()
            .connect(
                Endpoint.ANY,
                Endpoints.of(StackPair.SERVER_ADDRESS, PORT),
                0,
                options,
                new Source());
        sim.run(0.1); // so that flows aren't in step
      }
      sim.run(setting.warmUpSeconds());
      long[] before = sinks.stream().mapToLong(s -> s.received).toArray();
      sim.run(setting.seconds());
      List<Double> rates = new ArrayList<>();
      for (int i = 0; i < before.length; i++) {
        rates.add((sinks.get(i).received - before[i]) / setting.seconds());
      }
      return new Outcome(rates);
    }
  }

  private void accept(TcpConnection c) {
    Sink sink = new Sink();
    c.handler(sink);
    sinks.add(sink);
  }

  /** Ignores the packets. */
  private static final class Unwatched implements WireWatcher {
    @Override
    public void sent(int direction, FrameView frame) {}

    @Override
    public void fate(String what, boolean isLost) {}
  }
}
