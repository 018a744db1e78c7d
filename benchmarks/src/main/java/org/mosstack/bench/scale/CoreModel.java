package org.mosstack.bench.scale;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.mosstack.bench.report.Figure;
import org.mosstack.bench.report.JmhFigures;

/**
 * Models how a stack scales with its cores, from the measured cost of a request on one core; its
 * assumptions are in docs/benchmarks.md. Each core is a queue with one server, Poisson arrivals and
 * a constant service time (M/D/1). Receive-side scaling assigns flows to cores at random, and all
 * flows are equally busy: so the core with the most flows saturates first, and the stack with it.
 */
public final class CoreModel {
  private static final int[] CORES = {1, 2, 4, 8, 16};
  private static final int[] FLOWS = {64, 1000, 100_000};
  private static final String CONNECTIONS = "10000";

  /**
   * A core receives a request and sends the answer: half the cost of two segments, as the measured
   * cost is for both ends.
   */
  private static final int SEGMENTS_PER_REQUEST = 2;

  private static final double ENDS = 2;
  private static final int DRAWS = 1000;
  private static final double LOAD = 0.8;
  private static final double NANOS_PER_MICRO = 1e3;
  private static final double NANOS = 1e9;

  private CoreModel() {}

  /**
   * Returns the model's figures.
   *
   * @param jmh JMH's outcome of StackBenchmark's requests, as JSON
   * @throws IOException if it can't be read
   */
  public static List<Figure> of(Path jmh) throws IOException {
    double nanos = SEGMENTS_PER_REQUEST / ENDS * JmhFigures.nanosPerSegment(jmh, CONNECTIONS);
    List<Figure> figures = new ArrayList<>();
    for (int flows : FLOWS) {
      for (int cores : CORES) {
        String title = String.format("By the model, %,d flows over 1 to 16 cores", flows);
        double requests = capacity(cores, flows, new SplittableRandom(cores)) * NANOS / nanos;
        figures.add(new Figure(title, Integer.toString(cores), "requests/s at most", requests));
      }
    }
    double waiting = waiting(nanos, LOAD) / NANOS_PER_MICRO;
    figures.add(new Figure("Waiting at 80 % load", "a core", "us", waiting));
    return figures;
  }

  /**
   * Returns the capacity of this many cores when the fullest is saturated, in units of one core:
   * from {@code flows / cores} flows on the average core, and the mean number on the fullest one.
   */
  static double capacity(int cores, int flows, SplittableRandom random) {
    double sum = 0;
    for (int draw = 0; draw < DRAWS; draw++) {
      sum += flows / (double) most(cores, flows, random);
    }
    return sum / DRAWS;
  }

  private static int most(int cores, int flows, SplittableRandom random) {
    int[] count = new int[cores];
    int most = 0;
    for (int flow = 0; flow < flows; flow++) {
      most = Math.max(most, ++count[random.nextInt(cores)]);
    }
    return most;
  }

  /**
   * Returns the mean waiting time of an M/D/1 server (Pollaczek and Khinchine), without the
   * service.
   */
  static double waiting(double service, double load) {
    return load * service / (2 * (1 - load));
  }
}
