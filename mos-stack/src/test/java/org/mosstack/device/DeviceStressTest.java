package org.mosstack.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.mosstack.mbuf.MbufPool;
import org.mosstack.time.Clock;

/** Threads that send to each other and sleep when there is nothing to do. */
@Timeout(120)
class DeviceStressTest {
  private static final int FLOWS = 64;
  private static final int BURST = 32;

  @TempDir Path folder;

  private final AtomicReference<Throwable> failure = new AtomicReference<>();

  /** One thread with one queue: sends packets, checks and counts those that arrive. */
  private final class Worker implements Runnable {
    private final NetDevice device;
    private final int queue;
    private final int toSend;
    private final AtomicInteger missing; // packets that the device's side still expects
    private final CountDownLatch done;
    private final boolean ordered;
    private final MbufPool pool = new MbufPool(8192);
    private final byte[] payload = new byte[1400];
    private final int[] nextSequence = new int[FLOWS];
    private final int[] lastSeen = new int[FLOWS * 16];
    private final long[] burst = new long[BURST];
    private final long[] waiting = new long[BURST];
    private int waitingCount;
    private int sent;
    private Thread thread;

    /** Different senders use different flow numbers. */
    private final int firstFlow;

    Worker(
        NetDevice device,
        int queue,
        int firstFlow,
        int toSend,
        AtomicInteger missing,
        CountDownLatch done,
        boolean ordered) {
      this.device = device;
      this.queue = queue;
      this.firstFlow = firstFlow;
      this.toSend = toSend;
      this.missing = missing;
      this.done = done;
      this.ordered = ordered;
      new SplittableRandom(firstFlow).nextBytes(payload);
      java.util.Arrays.fill(lastSeen, -1);
      // Before any thread starts: what is sent to an unattached queue may get lost.
      device.attach(queue, pool);
    }

    void start() {
      thread = new Thread(this, "worker-" + queue);
      thread.start();
    }

    @Override
    public void run() {
      try {
        device.onArrival(queue, () -> LockSupport.unpark(thread));
        while (failure.get() == null && (turn() || missing.get() > 0)) {
          // until this thread has sent all and its side has received all
        }
        device.detach(queue);
        assertEquals(0, pool.inUse());
        pool.close();
      } catch (Throwable t) {
        failure.compareAndSet(null, t);
      }
    }

    private boolean turn() {
      int received = receive();
      boolean sending = send();
      long deadline = device.nextDeadlineNanos(queue);
      boolean holding = deadline != Long.MAX_VALUE;
      if (received > 0 || sending || missing.get() <= 0) {
        return received > 0 || sending || holding;
      }
      if (device.prepareSleep(queue)) {
        if (holding) {
          LockSupport.parkNanos(this, deadline - Clock.SYSTEM.nanoTime());
        } else {
          LockSupport.park(this); // after a lost wake-up the test times out
        }
      }
      device.finishSleep(queue);
      return true;
    }

    private int receive() {
      int n = device.receive(queue, burst, BURST);
      for (int i = 0; i < n; i++) {
        assertTrue(FlowFrames.isIntact(burst[i]), "corrupted");
        int flow = FlowFrames.flow(burst[i]);
        int sequence = FlowFrames.sequence(burst[i]);
        if (ordered) {
          assertEquals(lastSeen[flow] + 1, sequence, "flow " + flow);
        }
        lastSeen[flow] = sequence;
        pool.free(burst[i]);
      }
      if (n > 0 && missing.addAndGet(-n) <= 0) {
        done.countDown();
      }
      return n;
    }

    private boolean send() {
      while (waitingCount < BURST && sent < toSend) {
        long mbuf = pool.alloc();
        if (mbuf == 0) {
          break;
        }
        int flow = sent % FLOWS;
        int length = sent * 7 % payload.length;
        FlowFrames.tcp(mbuf, firstFlow + flow, nextSequence[flow]++, payload, length);
        waiting[waitingCount++] = mbuf;
        sent++;
      }
      int taken = device.transmit(queue, waiting, waitingCount);
      System.arraycopy(waiting, taken, waiting, 0, waitingCount - taken);
      waitingCount -= taken;
      if (waitingCount > 0 && taken == 0) {
        Thread.yield();
      }
      return sent < toSend || waitingCount > 0;
    }
  }

  private void finish(List<Worker> workers, CountDownLatch... sides) throws InterruptedException {
    for (CountDownLatch side : sides) {
      while (!side.await(1, TimeUnit.MILLISECONDS) && failure.get() == null) {
        // a failure doesn't count down
      }
    }
    for (Worker worker : workers) {
      LockSupport.unpark(worker.thread);
    }
    for (Worker worker : workers) {
      worker.thread.join();
    }
    if (failure.get() != null) {
      throw new AssertionError("in a worker", failure.get());
    }
  }

  @Test
  void twoThreadsExchangePackets() throws InterruptedException {
    int packets = 300_000;
    Wire wire = new Wire("w", 1, 1, 1500, new SplittableRandom(1));
    CountDownLatch[] done = {new CountDownLatch(1), new CountDownLatch(1)};
    List<Worker> workers = new ArrayList<>();
    for (int end = 0; end < 2; end++) {
      AtomicInteger missing = new AtomicInteger(packets);
      workers.add(new Worker(wire.end(end), 0, 0, packets, missing, done[end], true));
    }
    workers.forEach(Worker::start);
    finish(workers, done);
    for (int end = 0; end < 2; end++) {
      assertEquals(0, wire.end(end).receiveErrors(0));
    }
  }

  @Test
  void manyQueuesWithManyThreads() throws InterruptedException {
    int packets = 40_000;
    Wire wire = new Wire("w", 2, 3, 1500, new SplittableRandom(2));
    CountDownLatch[] done = {new CountDownLatch(1), new CountDownLatch(1)};
    List<Worker> workers = new ArrayList<>();
    for (int end = 0; end < 2; end++) {
      NetDevice device = wire.end(end);
      int senders = wire.end(1 - end).queues();
      AtomicInteger missing = new AtomicInteger(packets * senders);
      for (int queue = 0; queue < device.queues(); queue++) {
        workers.add(new Worker(device, queue, queue * FLOWS, packets, missing, done[end], true));
      }
    }
    workers.forEach(Worker::start);
    finish(workers, done);
  }

  @Test
  void loopbackWithTwoThreads() throws InterruptedException {
    int packets = 100_000;
    Loopback lo = new Loopback("lo", 2, 1500, new SplittableRandom(3));
    CountDownLatch done = new CountDownLatch(1);
    AtomicInteger missing = new AtomicInteger(2 * packets);
    List<Worker> workers = new ArrayList<>();
    for (int queue = 0; queue < 2; queue++) {
      workers.add(new Worker(lo, queue, queue * FLOWS, packets, missing, done, true));
    }
    workers.forEach(Worker::start);
    finish(workers, done);
  }

  @Test
  void decoratorsStackedOnBothEnds() throws InterruptedException, IOException {
    int packets = 50_000;
    Faults bumpy =
        Faults.NONE.withReorder(0.01, 5, 100_000).withDelay(20_000, 20_000).withRate(0, 100_000);
    Wire wire = new Wire("w", 1, 1, 1500, new SplittableRandom(4));
    CountDownLatch[] done = {new CountDownLatch(1), new CountDownLatch(1)};
    List<Worker> workers = new ArrayList<>();
    List<NetDevice> devices = new ArrayList<>();
    Path[] files = {folder.resolve("0.pcap"), folder.resolve("1.pcap")};
    for (int end = 0; end < 2; end++) {
      NetDevice faulty = new FaultInjector(wire.end(end), bumpy, bumpy, Clock.SYSTEM, end);
      PcapCapture device = new PcapCapture(faulty, Clock.SYSTEM);
      device.start(
          PcapFile.to(files[end])
              .waitForDisk()
              .onEnd(why -> failure.compareAndSet(null, new AssertionError(why)))
              .open());
      devices.add(device);
      AtomicInteger missing = new AtomicInteger(packets);
      workers.add(new Worker(device, 0, 0, packets, missing, done[end], false));
    }
    workers.forEach(Worker::start);
    finish(workers, done);
    long bytes = 0;
    for (int i = 0; i < packets; i++) {
      bytes += 16 + 54 + i * 7 % 1400;
    }
    for (int end = 0; end < 2; end++) {
      devices.get(end).close();
      assertEquals(24 + 2 * bytes, Files.size(files[end]));
    }
  }

  /** Sleeps until the next packet, as an event loop does; after a lost wake-up it never returns. */
  private int awaitPacket(NetDevice device, long[] burst, SplittableRandom random) {
    while (failure.get() == null) {
      int n = device.receive(0, burst, burst.length);
      if (n > 0) {
        return n;
      }
      // The critical moment is here, between checking and going to sleep: prolong it.
      for (int spins = random.nextInt(100); spins > 0; spins--) {
        Thread.onSpinWait();
      }
      if (device.prepareSleep(0)) {
        LockSupport.park(this);
      }
      device.finishSleep(0);
    }
    return 0;
  }

  @Test
  void onePacketToAndFroWakesTheSleeperEachTime() throws InterruptedException {
    int rounds = 20_000;
    Wire wire = new Wire("w", 1, 1, 1500, new SplittableRandom(5));
    List<Thread> threads = new ArrayList<>();
    for (int end = 0; end < 2; end++) {
      boolean starts = end == 0;
      NetDevice device = wire.end(end);
      Thread thread =
          new Thread(
              () -> {
                try (MbufPool pool = new MbufPool(16)) {
                  device.attach(0, pool);
                  long[] burst = new long[4];
                  SplittableRandom random = new SplittableRandom(starts ? 1 : 2);
                  for (int i = 0; i < rounds; i++) {
                    if (!starts || i > 0) {
                      assertEquals(1, awaitPacket(device, burst, random));
                      assertEquals(starts ? i - 1 : i, FlowFrames.sequence(burst[0]));
                      pool.free(burst[0]);
                    }
                    burst[0] = FlowFrames.tcp(pool, 1, i, 0);
                    assertEquals(1, device.transmit(0, burst, 1));
                  }
                  device.detach(0);
                  assertEquals(0, pool.inUse());
                } catch (Throwable t) {
                  failure.compareAndSet(null, t);
                }
              });
      device.onArrival(0, () -> LockSupport.unpark(thread));
      threads.add(thread);
    }
    threads.forEach(Thread::start);
    for (Thread thread : threads) {
      while (!thread.join(java.time.Duration.ofMillis(10)) && failure.get() == null) {
        // a thread whose partner failed would sleep forever
      }
      LockSupport.unpark(thread);
    }
    if (failure.get() != null) {
      throw new AssertionError("in a thread", failure.get());
    }
  }
}
