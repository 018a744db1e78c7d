package org.mosstack.bench;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.mosstack.socket.TcpConnection;
import org.mosstack.stats.CoreGauges;
import org.mosstack.stats.PrometheusText;
import org.mosstack.stats.StackStats;
import org.mosstack.stats.StatsJson;
import org.mosstack.stats.TurnMeter;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The cost of statistics: for each turn of a core, each snapshot and each line of {@code
 * stats_json}. A turn with work is the yardstick: the shortest one has a single segment.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
    value = 3,
    jvmArgsAppend = {"--enable-native-access=ALL-UNNAMED", "-Xms256m", "-Xmx256m"})
public class StatsBenchmark {
  /** A core's part, updated on each turn. */
  @State(Scope.Thread)
  public static class Core {
    private final TurnMeter turns = new TurnMeter();
    private final CoreGauges gauges = new CoreGauges();
    private long now = 1_000_000;
    private int flows;

    /** Created by JMH. */
    public Core() {}
  }

  /** A server with one core that has counted something. */
  @State(Scope.Thread)
  public static class Server {
    private final StatsJson json = new StatsJson();
    private TwoStacks stacks;
    private StackStats read;

    /** Created by JMH. */
    public Server() {}

    /** Connects a hundred times. */
    @Setup
    public void open() throws IOException {
      stacks = new TwoStacks(8192);
      TwoStacks.Handler nothing =
          new TwoStacks.Handler() {
            @Override
            public void readable(TcpConnection c) {}
          };
      stacks.listen(nothing);
      for (int i = 0; i < 100; i++) {
        stacks.connect(nothing);
        stacks.turn();
      }
      for (int i = 0; i < 1000; i++) {
        stacks.turn();
      }
      read = stacks.serverStats();
    }
  }

  /** Created by JMH. */
  public StatsBenchmark() {}

  /** The statistics work of each turn with work; a turn without does less. */
  @Benchmark
  public void turn(Core core) {
    core.now += 1000 + (core.now & 0xFFF);
    core.turns.begin(core.now);
    core.turns.worked();
    core.gauges.set(core.flows++, core.flows, core.flows);
  }

  /** {@code MosStack.stats()}. */
  @Benchmark
  public StackStats snapshot(Server server) {
    return server.stacks.serverStats();
  }

  /** A snapshot's line. */
  @Benchmark
  public String line(Server server) {
    return server.json.toLine(server.read);
  }

  /** A snapshot's Prometheus text. */
  @Benchmark
  public String prometheus(Server server) {
    return PrometheusText.of(server.read);
  }
}
