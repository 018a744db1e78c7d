package org.mosstack.device.steering;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.mosstack.device.FlowFrames;
import org.mosstack.device.NetDevice;
import org.mosstack.device.Rss;
import org.mosstack.device.Wire;
import org.mosstack.mbuf.MbufPool;

/** A steered device on one thread, and the plain one at the other end of its wire. */
abstract class SteeredTestBase {
  static final int MTU = 1500;

  final SplittableRandom random = new SplittableRandom(7);
  private final List<MbufPool> pools = new ArrayList<>();
  final long[] burst = new long[4096];

  /** A steered device, and the plain one at the other end of its wire. */
  final class Fixture {
    final NetDevice portEnd;
    final SteeredDevice steered;
    final NetDevice peer;
    final Rss rss;
    final MbufPool[] pools;
    final MbufPool peerPool;

    Fixture(int queues, int cores, int buffers) {
      Wire wire = new Wire("dpdk0", queues, 1, MTU, random);
      portEnd = wire.end(0);
      peer = wire.end(1);
      steered = new SteeredDevice(portEnd, cores, random);
      rss = steered.capabilities().rss().orElseThrow();
      pools = new MbufPool[cores];
      for (int i = 0; i < cores; i++) {
        pools[i] = pool(buffers);
        steered.attach(i, pools[i]);
      }
      peerPool = pool(20_000);
      peer.attach(0, peerPool);
    }

    /** Sends a packet from the peer, unchanged. */
    void arrive(long mbuf) {
      burst[0] = mbuf;
      assertEquals(1, peer.transmit(0, burst, 1));
    }

    int coreOf(int flow) {
      return rss.queue(FlowFrames.CLIENT, FlowFrames.SERVER, flow, FlowFrames.SERVER_PORT);
    }

    /** Returns a flow of the core. */
    int flowOf(int core) {
      for (int flow = 0; ; flow++) {
        if (coreOf(flow) == core) {
          return flow;
        }
      }
    }

    /** Receives on all cores, owners first, and frees what they get. */
    int[] receiveAll() {
      int[] received = new int[pools.length];
      for (int core = 0; core < pools.length; core++) {
        received[core] = receiveAndFree(steered, core, pools[core]);
      }
      return received;
    }

    int send(int core, int sequence) {
      burst[0] = FlowFrames.tcp(pools[core], core, sequence, 20);
      int taken = steered.transmit(core, burst, 1);
      if (taken == 0) {
        pools[core].free(burst[0]);
      }
      return taken;
    }

    void close() {
      for (int core = 0; core < pools.length; core++) {
        steered.detach(core);
      }
      steered.close();
      peer.detach(0);
      peer.close();
    }
  }

  final MbufPool pool(int capacity) {
    MbufPool pool = new MbufPool(capacity);
    pools.add(pool);
    return pool;
  }

  final int receiveAndFree(NetDevice device, int queue, MbufPool pool) {
    int n = device.receive(queue, burst, burst.length);
    for (int i = 0; i < n; i++) {
      pool.free(burst[i]);
    }
    return n;
  }

  @AfterEach
  final void allBuffersAreBack() {
    for (MbufPool pool : pools) {
      assertEquals(0, pool.inUse());
      pool.close();
    }
  }
}
