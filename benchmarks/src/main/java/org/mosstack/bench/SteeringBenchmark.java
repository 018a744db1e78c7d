package org.mosstack.bench;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.concurrent.TimeUnit;
import org.mosstack.socket.TcpConnection;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The cost of software steering: a server with four cores whose end of the wire has four queues, or
 * one queue, so that three of four packets change cores on the way in and again on the way out. One
 * thread drives all cores: it measures the work, not cache coherence between CPUs.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(
    value = 1,
    jvmArgsAppend = {"--enable-native-access=ALL-UNNAMED", "-Xms256m", "-Xmx256m"})
public class SteeringBenchmark {
  private static final int CORES = 4;
  private static final int CONNECTIONS = 64;

  /**
   * Counters beside the operations; JMH turns them into rates. The thread's CPU time divided by the
   * segments is the cost of a segment, however busy the machine is.
   */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  public static class Traffic {
    /** TCP segments sent, in both directions together. */
    public long segments;

    /** The thread's CPU time in nanoseconds. */
    public long cpuNanos;

    private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();

    /** Created by JMH. */
    public Traffic() {}

    /** Starts each iteration at 0. */
    @Setup(Level.Iteration)
    public void reset() {
      segments = 0;
      cpuNanos = 0;
    }
  }

  /** Messages on a number of connections, answered with as many bytes. */
  @State(Scope.Thread)
  public static class PingPong {
    /** Queues of the server's end of the wire; with 4, one per core. */
    @Param({"4", "1"})
    public int queues;

    /** Size of a message. */
    @Param({"64", "1400"})
    public int bytes;

    private final long memory = Arena.global().allocate(2 * 1400).address();
    private TwoStacks stacks;
    private long answers;

    /** Created by JMH. */
    public PingPong() {}

    private final class Echo extends TwoStacks.Handler {
      @Override
      public void readable(TcpConnection c) {
        while (c.available() >= bytes) {
          c.read(memory, bytes);
          c.write(memory, bytes, this);
        }
      }
    }

    private final class Asking extends TwoStacks.Handler {
      @Override
      public void connected(TcpConnection c) {
        c.write(memory + bytes, bytes, this);
      }

      @Override
      public void readable(TcpConnection c) {
        while (c.available() >= bytes) {
          c.read(memory, bytes);
          answers++;
          c.write(memory + bytes, bytes, this);
        }
      }
    }

    /** Opens the connections. */
    @Setup
    public void open() throws IOException {
      stacks = new TwoStacks(8192, CORES, queues);
      stacks.listen(new Echo());
      Asking asking = new Asking();
      for (int i = 0; i < CONNECTIONS; i++) {
        stacks.connect(asking);
      }
      while (answers < CONNECTIONS * 10L) {
        stacks.turn();
      }
    }

    private void run() {
      long target = answers + CONNECTIONS;
      while (answers < target) {
        stacks.turn();
      }
    }
  }

  /** Created by JMH. */
  public SteeringBenchmark() {}

  /** Takes turns until there are as many answers as connections. */
  @Benchmark
  public void requestResponse(PingPong pingPong, Traffic traffic) {
    long segments = pingPong.stacks.segments();
    long nanos = traffic.threads.getCurrentThreadCpuTime();
    pingPong.run();
    traffic.cpuNanos += traffic.threads.getCurrentThreadCpuTime() - nanos;
    traffic.segments += pingPong.stacks.segments() - segments;
  }
}
