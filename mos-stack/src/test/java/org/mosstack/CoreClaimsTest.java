package org.mosstack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mosstack.config.CoreMask;
import org.mosstack.config.MosConfig;
import org.mosstack.config.MosKeys;
import org.mosstack.os.CpuAffinity;
import org.mosstack.socket.Endpoint;
import org.mosstack.stats.Counter;
import org.mosstack.testkit.QuietHandler;

/** Who drives a stack's cores. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class CoreClaimsTest {
  private static final String TAKEN =
      "The stack's cores are driven by somebody else already: use that event loop group for"
          + " everything, servers' boss and workers and clients, or start a second stack";

  /** A driver that the test drives, on its own thread. */
  private static final class Driver implements CoreDriver {
    private int freed;

    @Override
    public void coreFreed() {
      freed++;
    }
  }

  private static MosStack stack(int cores) {
    MosConfig config =
        MosConfig.builder()
            .set(MosKeys.CORE_MASK, CoreMask.range(cores))
            .set(MosKeys.MAX_CONCURRENCY, 100)
            .set(MosKeys.MAX_NUM_BUFFERS, 1000)
            .build();
    return MosStack.builder(config).allowOversubscribe(true).start();
  }

  /** The thread that runs the core's next turn. */
  private static Thread driverOf(StackCore core) {
    CompletableFuture<Thread> thread = new CompletableFuture<>();
    assertTrue(core.execute(() -> thread.complete(Thread.currentThread())));
    return thread.join();
  }

  private static int connectionsOf(StackCore core) {
    CompletableFuture<Integer> connections = new CompletableFuture<>();
    assertTrue(core.execute(() -> connections.complete(core.connections())));
    return connections.join();
  }

  private static StackCore claim(MosStack stack, Driver driver) {
    StackCore core = stack.claim(driver);
    core.attach();
    return core;
  }

  @Test
  void coresAreKeptForOneOnly() {
    MosStack stack = stack(2);
    stack.reserve();
    assertEquals(TAKEN, assertThrows(IllegalStateException.class, stack::reserve).getMessage());
    Driver other = new Driver();
    assertNull(stack.claim(other));
    stack.release(other, 0);
    Driver driver = new Driver();
    assertSame(stack.core(1), stack.claim(1, driver));
    assertThrows(IllegalStateException.class, () -> stack.claim(1, driver));
    stack.core(1).attach();
    stack.forgo(0);
    assertEquals("mos-unclaimed", driverOf(stack.core(0)).getName());
    stack.release(driver, 0);
    assertFalse(stack.core(0).execute(() -> {}));
  }

  /** A group that gets none of its threads. */
  @Test
  void aStackForWhichNobodyComesEnds() {
    MosStack stack = stack(2);
    stack.reserve();
    stack.forgo(1);
    stack.forgo(0);
    assertFalse(stack.core(0).execute(() -> {}));
    assertNull(stack.claim(new Driver()));
    assertThrows(IllegalStateException.class, stack::reserve);
  }

  @Test
  void aClaimedStackCannotBeReserved() {
    MosStack stack = stack(2);
    Driver driver = new Driver();
    claim(stack, driver);
    assertEquals(TAKEN, assertThrows(IllegalStateException.class, stack::reserve).getMessage());
    stack.release(driver, 0);
  }

  /** From the first claim on, each core is driven by somebody. */
  @Test
  void unclaimedCoresAreDrivenUntilSomebodyComes() {
    MosStack stack = stack(3);
    List<Driver> drivers = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      Driver driver = new Driver();
      drivers.add(driver);
      assertSame(stack.core(i), claim(stack, driver));
      assertSame(driver, stack.core(i).driver());
      for (int other = i + 1; other < 3; other++) {
        assertEquals("mos-unclaimed", driverOf(stack.core(other)).getName());
        assertNull(stack.core(other).driver());
      }
    }
    drivers.forEach(driver -> stack.release(driver, 0));
    assertFalse(stack.core(2).execute(() -> {}));
  }

  @Test
  void aCoreThatIsLeftGoesToWhoWaitsForOne() {
    MosStack stack = stack(1);
    Driver first = new Driver();
    claim(stack, first);
    Driver second = new Driver();
    assertNull(stack.claim(second));
    assertEquals(0, second.freed);
    stack.release(first, 0);
    assertEquals(1, second.freed);
    assertEquals("mos-unclaimed", driverOf(stack.core(0)).getName());
    assertSame(stack.core(0), claim(stack, second));
    stack.release(second, 0);
    stack.release(second, 0); // more than once
    assertFalse(stack.core(0).execute(() -> {}));
  }

  /** A connection stays where it is while its core goes from thread to thread. */
  @Test
  void connectionsOutliveTheirDriver() throws Exception {
    MosStack stack = stack(1);
    Driver first = new Driver();
    StackCore core = claim(stack, first);
    // Nobody listens: the SYN stays unanswered where no turn is run, and is refused in the next.
    core.connect(Endpoint.of(new InetSocketAddress("127.0.0.1", 9)), new QuietHandler());
    assertEquals(1, core.connections());
    Driver second = new Driver();
    stack.claim(second);
    stack.release(first, 0);
    while (connectionsOf(core) > 0) {
      assertEquals("mos-unclaimed", driverOf(core).getName()); // it is refused on that thread
    }
    stack.release(second, 0);
  }

  /** The last driver gives connections that are being closed their time, but no more than that. */
  @Test
  void theLastOneWaitsForConnectionsToEnd() throws Exception {
    MosStack stack = stack(1);
    Driver driver = new Driver();
    StackCore core = claim(stack, driver);
    core.connect(Endpoint.of(new InetSocketAddress("127.0.0.1", 9)), new QuietHandler());
    stack.release(driver, TimeUnit.SECONDS.toNanos(30));
    assertEquals(0, core.connections());
  }

  @Test
  void aThreadGetsItsCpusBack() {
    int before = CpuAffinity.ofCurrentThread().orElseThrow().cpus();
    assertNotEquals(0, before);
    MosConfig config =
        MosConfig.builder()
            .set(MosKeys.CORE_MASK, CoreMask.range(1))
            .set(MosKeys.MAX_CONCURRENCY, 100)
            .set(MosKeys.MAX_NUM_BUFFERS, 1000)
            .build();
    MosStack stack = MosStack.start(config);
    Driver driver = new Driver();
    claim(stack, driver);
    assertEquals(1, CpuAffinity.ofCurrentThread().orElseThrow().cpus());
    stack.release(driver, 0);
    assertEquals(before, CpuAffinity.ofCurrentThread().orElseThrow().cpus());
  }

  /** Tasks of one thread run in their order; what one throws is counted, and stops nothing. */
  @Test
  void tasksRunInTheirOrder() {
    MosStack stack = stack(1);
    Driver driver = new Driver();
    StackCore core = claim(stack, driver);
    List<Integer> ran = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      int number = i;
      assertTrue(core.execute(() -> ran.add(number)));
    }
    core.execute(
        () -> {
          throw new IllegalStateException("thrown by the test");
        });
    assertFalse(core.prepareSleep());
    while (core.poll() > 0) {
      assertTrue(ran.size() <= 1000);
    }
    assertEquals(1000, ran.size());
    assertEquals(999, ran.getLast());
    assertEquals(1, stack.count(Counter.HANDLER_EXCEPTIONS));
    core.execute(() -> ran.add(-1));
    stack.release(driver, 0);
    assertEquals(-1, ran.getLast());
  }
}
