package org.mosstack.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mosstack.device.steering.SteeredDevice;
import org.mosstack.mbuf.MbufPool;
import org.mosstack.os.PcapInstallation;

/** In the steady state, devices allocate nothing per packet. */
class DeviceAllocationTest {
  private static final int QUEUES = 3;
  private static final int BURST = 32;

  @TempDir Path folder;
  private long now = 1;

  @Test
  void nothingPerPacketThroughAllDevices() throws IOException {
    Faults faults =
        Faults.NONE
            .withLoss(0.05)
            .withDuplicate(0.05)
            .withCorrupt(0.05)
            .withReorder(0.05)
            .withDelay(3, 3)
            .withRate(1_000_000_000_000_000L, 1000);
    Wire wire = new Wire("w", QUEUES, QUEUES, 1500, new SplittableRandom(1));
    NetDevice a = wire.end(0);
    PcapCapture b =
        new PcapCapture(new FaultInjector(wire.end(1), faults, faults, () -> now, 2), () -> now);
    PcapFile.Builder file = PcapFile.to(folder.resolve("a.pcap")).onEnd(Assertions::fail);
    b.start((PcapInstallation.isThere() ? file.filter("tcp and ip[8] = 64") : file).open());
    MbufPool[] poolsA = new MbufPool[QUEUES];
    MbufPool[] poolsB = new MbufPool[QUEUES];
    for (int queue = 0; queue < QUEUES; queue++) {
      poolsA[queue] = new MbufPool(4096);
      poolsB[queue] = new MbufPool(4096);
      a.attach(queue, poolsA[queue]);
      b.attach(queue, poolsB[queue]);
    }
    byte[] payload = new byte[100];
    long[] burst = new long[BURST];
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    int turns = 20_000;
    // The last of several rounds is the steady state: code is compiled, arrays have grown.
    long perRound = 0;
    for (int round = 0; round < 4; round++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int turn = 0; turn < turns; turn++) {
        now++;
        for (int queue = 0; queue < QUEUES; queue++) {
          turn(a, queue, poolsA[queue], burst, payload, turn);
          turn(b, queue, poolsB[queue], burst, payload, turn);
        }
      }
      perRound = threads.getCurrentThreadAllocatedBytes() - before;
    }
    int packets = turns * QUEUES * 2 * 4;
    assertTrue(perRound < packets / 100, perRound + " bytes for " + packets + " packets");
    for (int queue = 0; queue < QUEUES; queue++) {
      a.detach(queue);
      b.detach(queue);
      assertEquals(0, poolsA[queue].inUse());
      assertEquals(0, poolsB[queue].inUse());
      poolsA[queue].close();
      poolsB[queue].close();
    }
    b.close();
  }

  @Test
  void nothingPerPacketThatChangesCores() {
    SplittableRandom random = new SplittableRandom(2);
    WireEnd port = new WireEnd("port", 1, WireOptions.plain("test", 1500, true), random);
    WireEnd b = new WireEnd("peer", 1, WireOptions.plain("test", 1500, true), random);
    WireEnd.connect(port, b);
    SteeredDevice a = new SteeredDevice(port, QUEUES, random);
    MbufPool[] pools = new MbufPool[QUEUES];
    for (int core = 0; core < QUEUES; core++) {
      pools[core] = new MbufPool(4096);
      a.attach(core, pools[core]);
    }
    MbufPool peerPool = new MbufPool(4096);
    b.attach(0, peerPool);
    byte[] payload = new byte[100];
    long[] burst = new long[BURST];
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    int turns = 20_000;
    long perRound = 0;
    for (int round = 0; round < 4; round++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int turn = 0; turn < turns; turn++) {
        for (int core = 0; core < QUEUES; core++) {
          turn(a, core, pools[core], burst, payload, turn);
        }
        turn(b, 0, peerPool, burst, payload, turn);
      }
      perRound = threads.getCurrentThreadAllocatedBytes() - before;
    }
    int packets = turns * (QUEUES + 1) * 4;
    assertTrue(perRound < packets / 100, perRound + " bytes for " + packets + " packets");
    for (int core = 0; core < QUEUES; core++) {
      a.detach(core);
      assertEquals(0, pools[core].inUse());
      pools[core].close();
    }
    b.detach(0);
    assertEquals(0, peerPool.inUse());
    peerPool.close();
  }

  private static void turn(
      NetDevice device, int queue, MbufPool pool, long[] burst, byte[] payload, int turn) {
    int n = device.receive(queue, burst, BURST);
    for (int i = 0; i < n; i++) {
      pool.free(burst[i]);
    }
    for (int i = 0; i < 4; i++) {
      burst[i] = FlowFrames.tcp(pool.alloc(), turn * 4 + i & 0xFFFF, turn, payload, payload.length);
    }
    int taken = device.transmit(queue, burst, 4);
    for (int i = taken; i < 4; i++) {
      pool.free(burst[i]);
    }
    if (device.prepareSleep(queue)) {
      device.finishSleep(queue);
    }
  }
}
