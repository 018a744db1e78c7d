package org.mosstack.device.steering;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mosstack.device.FlowFrames;
import org.mosstack.device.NetDevice;
import org.mosstack.device.Rss;
import org.mosstack.device.Wire;
import org.mosstack.header.EthernetHeader;
import org.mosstack.header.Ipv4Header;
import org.mosstack.header.TcpHeader;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.MbufPool;
import org.mosstack.mbuf.Memory;

/**
 * A thread for each core of a steered device, more than there are CPUs. Each plays ping-pong with
 * the other end of the wire, which sends everything back, and sleeps without limit when nothing
 * arrives: after a lost wake-up the test times out.
 */
@Timeout(120)
class SteeredStressTest {
  private static final int WINDOW = 8; // a core's packets in flight; no ring fills up
  private static final int BURST = 32;

  private final AtomicReference<Throwable> failure = new AtomicReference<>();
  private final CountDownLatch finished = new CountDownLatch(1);

  /** A thread that drives one queue of a device until all have finished. */
  private abstract class Worker implements Runnable {
    final NetDevice device;
    final int queue;
    final MbufPool pool = new MbufPool(4096);
    final long[] burst = new long[BURST];
    final long[] waiting = new long[4096];
    int waitingCount;
    final Thread thread = new Thread(this);

    Worker(NetDevice device, int queue) {
      this.device = device;
      this.queue = queue;
      device.attach(queue, pool);
      device.onArrival(queue, () -> LockSupport.unpark(thread));
    }

    abstract void start();

    abstract void received(long mbuf);

    @Override
    public void run() {
      try {
        start();
        while (finished.getCount() > 0 && failure.get() == null) {
          turn();
        }
        while (waitingCount > 0) {
          pool.free(waiting[--waitingCount]);
        }
        device.detach(queue);
        assertEquals(0, pool.inUse());
        pool.close();
      } catch (Throwable t) {
        failure.compareAndSet(null, t);
      }
    }

    private void turn() {
      int n = device.receive(queue, burst, BURST);
      for (int i = 0; i < n; i++) {
        received(burst[i]);
      }
      int taken = device.transmit(queue, waiting, waitingCount);
      waitingCount -= taken;
      System.arraycopy(waiting, taken, waiting, 0, waitingCount);
      if (n == 0 && waitingCount == 0 && device.prepareSleep(queue)) {
        LockSupport.park(this);
      }
      device.finishSleep(queue);
    }
  }

  /** Sends back what it receives. */
  private final class Mirror extends Worker {
    Mirror(NetDevice device, int queue) {
      super(device, queue);
    }

    @Override
    void start() {}

    @Override
    void received(long mbuf) {
      long ip = Mbuf.data(mbuf) + EthernetHeader.BYTES;
      for (int i = 0; i < 4; i++) {
        swap(ip + 12 + i, ip + 16 + i);
      }
      swap(ip + 20, ip + 22);
      swap(ip + 21, ip + 23);
      waiting[waitingCount++] = mbuf; // the windows of all cores fit
    }

    private static void swap(long a, long b) {
      int byteA = Memory.getByte(a);
      Memory.putByte(a, Memory.getByte(b));
      Memory.putByte(b, byteA);
    }
  }

  /** Keeps a window of packets in flight on a flow whose answers come back to its core. */
  private final class Pinger extends Worker {
    private final int rounds;
    private final AtomicInteger left;
    private final int flow;
    private final byte[] payload = new byte[500];
    private int sent;
    private int seen;

    Pinger(NetDevice device, int core, int rounds, AtomicInteger left) {
      super(device, core);
      this.rounds = rounds;
      this.left = left;
      Rss rss = device.capabilities().rss().orElseThrow();
      int port = 0;
      while (rss.queue(FlowFrames.SERVER, FlowFrames.CLIENT, FlowFrames.SERVER_PORT, port)
          != core) {
        port++;
      }
      flow = port;
      new SplittableRandom(core).nextBytes(payload);
    }

    @Override
    void start() {
      for (int i = 0; i < WINDOW; i++) {
        send();
      }
    }

    private void send() {
      waiting[waitingCount++] = FlowFrames.tcp(pool.alloc(), flow, sent, payload, sent++ % 500);
    }

    @Override
    void received(long mbuf) {
      long tcp = Mbuf.data(mbuf) + EthernetHeader.BYTES + Ipv4Header.MIN_BYTES;
      assertEquals(flow, TcpHeader.destinationPort(tcp), "another core's");
      assertEquals(seen, FlowFrames.sequence(mbuf), "in order, none lost");
      assertTrue(FlowFrames.isIntact(mbuf), "the swap keeps the sums");
      pool.free(mbuf);
      if (++seen == rounds && left.decrementAndGet() == 0) {
        finished.countDown();
      }
      if (sent < rounds) {
        send();
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"1,2,1,30000", "1,5,2,10000", "2,3,1,10000", "3,17,2,4000", "1,17,1,4000"})
  void moreCoresThanQueues(int queues, int cores, int mirrors, int rounds)
      throws InterruptedException {
    SplittableRandom random = new SplittableRandom(cores);
    Wire wire = new Wire("port", queues, mirrors, 1500, random);
    NetDevice port = wire.end(0);
    NetDevice peer = wire.end(1);
    SteeredDevice steered = new SteeredDevice(port, cores, random);
    AtomicInteger left = new AtomicInteger(cores);
    List<Worker> workers = new ArrayList<>();
    for (int core = 0; core < cores; core++) {
      workers.add(new Pinger(steered, core, rounds, left));
    }
    for (int mirror = 0; mirror < mirrors; mirror++) {
      workers.add(new Mirror(peer, mirror));
    }
    workers.forEach(worker -> worker.thread.start());
    while (!finished.await(1, TimeUnit.MILLISECONDS) && failure.get() == null) {
      // a failure doesn't count down
    }
    for (Worker worker : workers) {
      while (!worker.thread.join(java.time.Duration.ofMillis(1))) {
        LockSupport.unpark(worker.thread);
      }
    }
    if (failure.get() != null) {
      throw new AssertionError("in a worker", failure.get());
    }
    for (int core = 0; core < cores; core++) {
      assertEquals(0, steered.receiveErrors(core));
    }
  }
}
