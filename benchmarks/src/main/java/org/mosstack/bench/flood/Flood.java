package org.mosstack.bench.flood;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.mosstack.MosStack;
import org.mosstack.StackCore;

/**
 * The clients and the flood, on one thread: {@code Flood SOCKET CPU SYNS-PER-SECOND SECONDS
 * SAMPLES}, where {@link FloodServer} writes its samples. The flood lasts this many seconds; the
 * phases before and after it last half as long each.
 */
public final class Flood {
  private static final int ESTABLISHED = 64;
  private static final long SEED = 1;
  private static final long WARM_UP_NANOS = TimeUnit.SECONDS.toNanos(8);
  private static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final StackCore core;
  private final Clients clients;
  private final SynGenerator generator;

  private Flood(StackCore core, SynGenerator generator) {
    this.core = core;
    this.generator = generator;
    clients = new Clients(core);
  }

  /** Measures and keeps the figures. */
  public static void main(String[] args) throws IOException {
    String socket = args[0];
    int cpu = Integer.parseInt(args[1]);
    int perSecond = Integer.parseInt(args[2]);
    int seconds = Integer.parseInt(args[3]);
    MosStack stack = MosStack.builder(FloodLink.clients(socket, cpu)).start();
    SynGenerator generator = new SynGenerator(FloodLink.router(socket, cpu), cpu, SEED);
    StackCore core = stack.core(0);
    core.attach();
    generator.attach();
    Flood flood = new Flood(core, generator);
    List<Phase> phases = flood.run(perSecond, seconds);
    List<Sample> samples = Sample.read(Files.readString(Path.of(args[4])));
    for (Phase phase : phases) {
      phase.keep(samples);
    }
    Runtime.getRuntime().halt(0); // the loop's thread is this one: nothing is left to shut down
  }

  private List<Phase> run(int perSecond, int seconds) throws IOException {
    Phase before = new Phase("before");
    Phase during = new Phase("during");
    Phase after = new Phase("after");
    clients.establish(ESTABLISHED);
    clients.phase(new Phase("warm-up"), System.nanoTime());
    window(WARM_UP_NANOS, true);
    measure(before, seconds / 2, 0);
    measure(during, seconds, perSecond);
    measure(after, seconds / 2, 0);
    window(Clients.MAX_NANOS, false); // for the last ones opened
    return List.of(before, during, after);
  }

  private void measure(Phase phase, int seconds, int perSecond) throws IOException {
    long start = System.nanoTime();
    clients.phase(phase, start);
    generator.rate(perSecond, start);
    phase.begin(System.currentTimeMillis());
    for (int i = 0; i < seconds; i++) {
      long echoes = clients.echoes();
      long syns = generator.sent();
      long answers = generator.answers();
      double took = window(WINDOW_NANOS, true) / (double) WINDOW_NANOS;
      phase.window(
          (clients.echoes() - echoes) / took,
          (generator.sent() - syns) / took,
          (generator.answers() - answers) / took);
    }
    phase.end(System.currentTimeMillis());
  }

  /** Runs for a time; returns its actual length. */
  private long window(long nanos, boolean tryNew) throws IOException {
    long start = System.nanoTime();
    long now = start;
    while (now - start < nanos) {
      core.poll();
      generator.turn(now);
      if (tryNew) {
        clients.turn(now);
      } else {
        clients.giveUp(now);
      }
      now = System.nanoTime();
    }
    return now - start;
  }
}
