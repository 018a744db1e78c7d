package org.mosstack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.mosstack.config.MosConfig;
import org.mosstack.device.DeviceFactory;
import org.mosstack.device.WireHub;
import org.mosstack.os.OffHeap;
import org.mosstack.socket.Endpoint;
import org.mosstack.socket.SocketOptions;
import org.mosstack.socket.TcpConnection;
import org.mosstack.testkit.Endpoints;
import org.mosstack.testkit.QuietHandler;
import org.mosstack.testkit.StackPair;

/** When a core's thread may sleep, and that it is woken. */
class StackCoreSleepTest {
  private static final int PORT = 80;

  private static TcpConnection connect(StackCore core) throws IOException {
    return core.connect(Endpoints.of(StackPair.SERVER_ADDRESS, PORT), new QuietHandler());
  }

  @Test
  void sleepsWhenIdleAndIsWokenByAPacketOnce() throws IOException {
    try (StackPair pair = StackPair.tapped(1, 1)) {
      StackCore server = pair.server.core(0);
      int[] wakeups = new int[1];
      server.onArrival(() -> wakeups[0]++);
      pair.settle();
      assertEquals(Long.MAX_VALUE, server.sleepNanos(0));
      assertTrue(server.prepareSleep());
      connect(pair.client.core(0));
      pair.client.core(0).flush();
      assertTrue(wakeups[0] > 0, "a packet came");
      server.finishSleep();
      int before = wakeups[0];
      assertFalse(server.prepareSleep(), "a packet waits");
      pair.client.core(0).poll();
      connect(pair.client.core(0));
      pair.client.core(0).flush();
      assertEquals(before, wakeups[0], "nobody sleeps");
    }
  }

  @Test
  void doesNotSleepOnWorkOfItsOwn() throws IOException {
    try (StackPair pair = StackPair.tapped(1, 2);
        OffHeap memory = OffHeap.map(64)) {
      List<TcpConnection> accepted = new ArrayList<>();
      pair.server.listen(
          Endpoint.any(PORT),
          4,
          SocketOptions.DEFAULT,
          -1,
          (l, core) -> accepted.add(l.accept(core)));
      StackCore client = pair.client.core(0);
      pair.settle();
      assertTrue(client.prepareSleep());
      client.finishSleep();
      TcpConnection c = connect(client);
      assertFalse(client.prepareSleep(), "an ARP request waits to be sent");
      pair.settle();
      assertTrue(client.prepareSleep());
      client.finishSleep();
      c.write(memory.address(), 10, "data");
      assertFalse(client.prepareSleep(), "data waits to be sent");
      client.flush();
      assertTrue(client.prepareSleep());
      client.finishSleep();
      c.abort();
      assertFalse(client.prepareSleep(), "the handler is still to be told");
    }
  }

  @Test
  void aSteeredPacketWakesAnotherCore() {
    try (StackPair pair = StackPair.tapped(2, 3)) {
      pair.settle();
      int[] wakeups = new int[1];
      StackCore second = pair.server.core(1);
      second.onArrival(() -> wakeups[0]++);
      assertTrue(second.prepareSleep());
      pair.serverTap.inject(0, pair.announcement());
      assertEquals(0, wakeups[0]);
      pair.server.core(0).poll();
      assertEquals(1, wakeups[0]);
      second.finishSleep();
      assertFalse(second.prepareSleep(), "the copy waits in the ring");
      second.poll();
      assertTrue(second.prepareSleep());
      second.finishSleep();
    }
  }

  @Test
  void asksForItsNextTimer() throws IOException {
    try (StackPair pair = StackPair.tapped(1, 4)) {
      pair.serverTap.lose(_ -> true);
      StackCore client = pair.client.core(0);
      pair.settle();
      assertEquals(Long.MAX_VALUE, client.nextDeadlineNanos());
      connect(client);
      long in = client.nextDeadlineNanos() - client.clock().nanoTime();
      assertTrue(in > 0 && in <= 1_001_000_000, "ARP or the SYN again in " + in);
    }
  }

  // ---- Two threads ----

  private static final int ROUND_TRIPS = 5000;

  /** A core's thread that sleeps without limit: only packets wake it; a lost wake-up hangs. */
  private static final class Loop implements Runnable {
    final StackCore core;
    final Runnable start;
    final CountDownLatch done;
    final CountDownLatch attached;
    volatile boolean woken;
    volatile boolean stopped;
    Thread thread;

    Loop(StackCore core, Runnable start, CountDownLatch attached, CountDownLatch done) {
      this.core = core;
      this.start = start;
      this.attached = attached;
      this.done = done;
    }

    void wake() {
      woken = true;
      LockSupport.unpark(thread);
    }

    @Override
    public void run() {
      core.onArrival(this::wake);
      core.attach();
      attached.countDown();
      try {
        attached.await();
      } catch (InterruptedException _) {
        return; // the test is over
      }
      start.run();
      core.flush();
      while (!stopped && !Thread.interrupted()) {
        if (core.poll() == 0 && core.prepareSleep()) {
          while (!woken && !stopped && !Thread.currentThread().isInterrupted()) {
            LockSupport.park(this);
          }
          woken = false;
          core.finishSleep();
        }
      }
      core.close();
    }
  }

  @Test
  void noWakeupIsLost() throws IOException {
    SplittableRandom seeds = new SplittableRandom(5);
    WireHub hub = new WireHub(seeds);
    MosStack server = start("10.0.0.1/24", hub, seeds);
    MosStack client = start("10.0.0.2/24", hub, seeds);
    CountDownLatch attached = new CountDownLatch(2);
    CountDownLatch done = new CountDownLatch(1);
    OffHeap memory = OffHeap.map(64);
    QuietHandler echo =
        new QuietHandler() {
          @Override
          public void readable(TcpConnection c) {
            if (c.read(memory.address(), 1) == 1) {
              c.write(memory.address(), 1, this);
            }
          }
        };
    server.listen(
        Endpoint.any(PORT),
        4,
        SocketOptions.DEFAULT,
        -1,
        (l, core) -> l.accept(core).handler(echo));
    int[] answers = new int[1];
    QuietHandler asking =
        new QuietHandler() {
          @Override
          public void connected(TcpConnection c) {
            c.write(memory.address() + 8, 1, this);
          }

          @Override
          public void readable(TcpConnection c) {
            if (c.read(memory.address() + 16, 1) == 1) {
              if (++answers[0] == ROUND_TRIPS) {
                done.countDown();
              } else {
                c.write(memory.address() + 8, 1, this);
              }
            }
          }
        };
    Runnable ask =
        () -> {
          try {
            client.core(0).connect(Endpoints.of(StackPair.SERVER_ADDRESS, PORT), asking);
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        };
    Loop[] loops = {
      new Loop(server.core(0), () -> {}, attached, done),
      new Loop(client.core(0), ask, attached, done)
    };
    for (Loop loop : loops) {
      loop.thread = Thread.ofPlatform().daemon().unstarted(loop);
    }
    for (Loop loop : loops) {
      loop.thread.start();
    }
    try {
      assertTimeoutPreemptively(
          Duration.ofSeconds(120), () -> done.await(), () -> answers[0] + " answers");
    } finally {
      for (Loop loop : loops) {
        loop.stopped = true;
        LockSupport.unpark(loop.thread);
      }
    }
    assertTimeoutPreemptively(
        Duration.ofSeconds(60),
        () -> {
          for (Loop loop : loops) {
            loop.thread.join();
          }
        });
    server.close();
    client.close();
    memory.close();
  }

  private static MosStack start(String address, DeviceFactory hub, SplittableRandom seeds) {
    String text =
        """
        application {
          type = end
          run = test
          core_mask = 0x1
        }
        mos {
          max_concurrency = 100
          netdev {
            dpdk0 0x1 %s wire=sleep
          }
        }
        """
            .formatted(address);
    return MosStack.builder(MosConfig.parse("sleep.conf", text))
        .device(WireHub.WIRE, hub)
        .seed(seeds.nextLong())
        .allowOversubscribe(true)
        .start();
  }
}
