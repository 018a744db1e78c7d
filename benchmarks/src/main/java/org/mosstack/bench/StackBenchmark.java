package org.mosstack.bench;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
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
 * The stack alone, with both ends of the wire on one thread: the cost of a packet from the
 * application through TCP, IP and the device to the other application. With {@code -prof gc}, it
 * shows allocations: {@code gc.alloc.rate.norm} is bytes per operation.
 *
 * <p>The stacks aren't closed: the forked JVM ends with them, and JMH would attribute the
 * allocations of closing to the last iteration.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(
    value = 1,
    jvmArgsAppend = {"--enable-native-access=ALL-UNNAMED", "-Xms256m", "-Xmx256m"})
public class StackBenchmark {
  private static final int MESSAGE_BYTES = 64;
  private static final int UNDER_WAY = 256;

  /** As many as a turn handles: more would overflow the listener's SYN queue. */
  private static final int OPENING_AT_ONCE = 16;

  private static final int CHUNK_BYTES = 64 * 1024;

  /** Counters beside the operations; JMH turns them into rates. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  public static class Traffic {
    /** TCP segments sent, in both directions together. */
    public long segments;

    /** Requests answered. */
    public long answers;

    /** Created by JMH. */
    public Traffic() {}

    /** Starts each iteration at 0. */
    @Setup(Level.Iteration)
    public void reset() {
      segments = 0;
      answers = 0;
    }
  }

  /** 64-byte requests and answers on a number of open connections. */
  @State(Scope.Thread)
  public static class PingPong {
    /** Open connections; the requests in flight, at most 256, rotate through them. */
    @Param({"1", "64", "1000"})
    public int connections;

    private final long memory = Arena.global().allocate(2 * MESSAGE_BYTES).address();
    private TwoStacks stacks;
    private final List<TcpConnection> open = new ArrayList<>();
    private int turn;
    private long answers;

    /** Created by JMH. */
    public PingPong() {}

    private final class Echo extends TwoStacks.Handler {
      @Override
      public void readable(TcpConnection c) {
        while (c.available() >= MESSAGE_BYTES) {
          c.read(memory, MESSAGE_BYTES);
          c.write(memory, MESSAGE_BYTES, this);
        }
      }
    }

    /** Sends a request on the next connection for every answer on any. */
    private final class Asking extends TwoStacks.Handler {
      @Override
      public void connected(TcpConnection c) {
        open.add(c);
      }

      private void next() {
        TcpConnection c = open.get(turn);
        turn = turn + 1 == open.size() ? 0 : turn + 1;
        c.write(memory + MESSAGE_BYTES, MESSAGE_BYTES, this);
      }

      @Override
      public void readable(TcpConnection c) {
        while (c.available() >= MESSAGE_BYTES) {
          c.read(memory, MESSAGE_BYTES);
          answers++;
          next();
        }
      }
    }

    /** Opens the connections. */
    @Setup
    public void open() throws IOException {
      stacks = new TwoStacks(8192);
      stacks.listen(new Echo());
      Asking asking = new Asking();
      for (int i = 0; i < connections; i++) {
        stacks.connect(asking);
        if (i % OPENING_AT_ONCE == 0) {
          stacks.turn();
        }
      }
      while (open.size() < connections) {
        stacks.turn();
        stacks.expectNoneClosed();
      }
      for (int i = 0; i < underWay(); i++) {
        asking.next();
      }
    }

    private int underWay() {
      return Math.min(connections, UNDER_WAY);
    }

    private void run() {
      long target = answers + underWay();
      while (answers < target) {
        stacks.turn();
      }
    }
  }

  /** One connection that always has data to send. */
  @State(Scope.Thread)
  public static class Bulk {
    private final long memory = Arena.global().allocate(2 * CHUNK_BYTES).address();
    private TwoStacks stacks;
    private long received;

    /** Created by JMH. */
    public Bulk() {}

    private final class Source extends TwoStacks.Handler {
      @Override
      public void connected(TcpConnection c) {
        writable(c);
      }

      @Override
      public void writable(TcpConnection c) {
        while (c.write(memory, CHUNK_BYTES, this) == CHUNK_BYTES) {
          // as much as is accepted
        }
      }
    }

    private final class Sink extends TwoStacks.Handler {
      @Override
      public void readable(TcpConnection c) {
        int n = c.read(memory + CHUNK_BYTES, CHUNK_BYTES);
        while (n > 0) {
          received += n;
          n = c.read(memory + CHUNK_BYTES, CHUNK_BYTES);
        }
      }
    }

    /** Opens the connection. */
    @Setup
    public void open() throws IOException {
      stacks = new TwoStacks(1 << 20);
      stacks.listen(new Sink());
      stacks.connect(new Source());
      while (received < CHUNK_BYTES) {
        stacks.turn();
      }
    }

    private void run() {
      long target = received + CHUNK_BYTES;
      while (received < target) {
        stacks.turn();
      }
    }
  }

  /** Created by JMH. */
  public StackBenchmark() {}

  /** Takes turns until as many answers have arrived as requests are in flight. */
  @Benchmark
  public void requestResponse(PingPong pingPong, Traffic traffic) {
    long segments = pingPong.stacks.segments();
    long answers = pingPong.answers;
    pingPong.run();
    traffic.segments += pingPong.stacks.segments() - segments;
    traffic.answers += pingPong.answers - answers;
  }

  /** Takes turns until another 64 KiB have arrived. */
  @Benchmark
  public void bulk(Bulk bulk, Traffic traffic) {
    long segments = bulk.stacks.segments();
    bulk.run();
    traffic.segments += bulk.stacks.segments() - segments;
  }
}
