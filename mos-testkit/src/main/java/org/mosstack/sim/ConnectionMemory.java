package org.mosstack.sim;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.Map;
import org.mosstack.testkit.StackPair;

/**
 * Measures the memory of an idle established connection, for the figure in the docs. A program
 * whose argument is the number of connections, by default 10000. Run it from the test classes, with
 * {@code --enable-native-access=ALL-UNNAMED}.
 */
final class ConnectionMemory {
  private ConnectionMemory() {}

  /** Prints the figure and its parts. */
  public static void main(String[] args) throws IOException {
    int count = args.length > 0 ? Integer.parseInt(args[0]) : 10_000;
    measure(count); // loads and compiles everything, so that only connections grow the heap
    measure(count);
  }

  private static void measure(int count) throws IOException {
    StackPair.Setup setup = new StackPair.Setup(1).mos("tcp_timeout = -1");
    try (ManyConnections many = new ManyConnections(setup, count)) {
      Map<String, HeapHistogram.Entry> before = HeapHistogram.take();
      long heapBefore = usedHeap();
      if (!many.open() || !many.exchange(1)) {
        throw new IllegalStateException("not all connections opened");
      }
      many.sim.run(5);
      long heap = usedHeap() - heapBefore;
      Map<String, HeapHistogram.Entry> growth = HeapHistogram.growth(before, HeapHistogram.take());
      int ends = 2 * count;
      System.out.printf("%d connections, %d ends established%n", count, many.established());
      growth.forEach(
          (name, entry) ->
              System.out.printf(
                  "%-55s %8d objects %10d bytes %8.1f per connection%n",
                  name, entry.instances(), entry.bytes(), (double) entry.bytes() / ends));
      System.out.printf(
          "classes of the stack, sum: %.1f bytes per connection%n",
          (double) HeapHistogram.total(growth) / ends);
      System.out.printf(
          "heap in use, difference: %.1f bytes per connection%n", heap / (double) ends);
      System.out.printf(
          "packet buffers held: %d%n",
          many.sim.serverCore().buffersInUse() + many.sim.clientCore().buffersInUse());
    }
  }

  private static long usedHeap() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }
}
