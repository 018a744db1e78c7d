package org.mosstack.device.steering;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.mosstack.device.FlowFrames;
import org.mosstack.device.ForwardingDevice;
import org.mosstack.device.NetDevice;
import org.mosstack.device.Wire;
import org.mosstack.mbuf.MbufPool;

/** Three cores on a one-queue port whose ring is full or whose link is down. */
class SteeredLinkTest {
  private static final int CORES = 3;

  private final Wire wire = new Wire("wire0", 1, 1, 1500, new SplittableRandom(1));
  private final NetDevice far = wire.end(1);
  private final MbufPool farPool = new MbufPool(200);
  private final MbufPool[] pools = new MbufPool[CORES];
  private final long[] burst = new long[64];
  private SteeredDevice device;
  private boolean linkUp = true;
  private boolean refuses;

  @BeforeEach
  void open() {
    NetDevice port =
        new ForwardingDevice(wire.end(0)) {
          @Override
          public boolean linkUp() {
            return linkUp;
          }

          @Override
          public int transmit(int queue, long[] mbufs, int n) {
            return refuses ? 0 : super.transmit(queue, mbufs, n);
          }
        };
    device = new SteeredDevice(port, CORES, new SplittableRandom(2));
    for (int core = 0; core < CORES; core++) {
      pools[core] = new MbufPool(200);
      device.attach(core, pools[core]);
    }
    far.attach(0, farPool);
  }

  @AfterEach
  void allBuffersAreBack() {
    for (int core = 0; core < CORES; core++) {
      device.detach(core);
    }
    far.detach(0);
    for (MbufPool pool : pools) {
      assertEquals(0, pool.inUse());
      pool.close();
    }
    assertEquals(0, farPool.inUse());
    farPool.close();
  }

  private void transmit(int core, int packets) {
    for (int i = 0; i < packets; i++) {
      burst[i] = FlowFrames.tcp(pools[core], 1, i, 100);
    }
    assertEquals(packets, device.transmit(core, burst, packets));
  }

  private void ownerTurn() {
    assertEquals(0, device.receive(0, burst, 64));
  }

  private int arrived() {
    int n = far.receive(0, burst, 64);
    for (int i = 0; i < n; i++) {
      farPool.free(burst[i]);
    }
    return n;
  }

  @Test
  void saysWhatThePortSays() {
    assertTrue(device.linkUp());
    linkUp = false;
    assertFalse(device.linkUp());
  }

  @Test
  void aFullRingKeepsOtherCoresPackets() {
    refuses = true;
    transmit(1, 10);
    ownerTurn();
    assertFalse(device.prepareSleep(0));
    refuses = false;
    ownerTurn();
    assertEquals(10, arrived());
    assertEquals(0, device.receiveErrors(0));
  }

  @Test
  void withoutALinkNothingIsKept() {
    refuses = true;
    transmit(1, 10);
    ownerTurn(); // takes them into its own buffers
    linkUp = false;
    transmit(2, 50);
    transmit(1, 50);
    ownerTurn();
    assertEquals(0, pools[0].inUse());
    assertTrue(device.prepareSleep(0), "the owner is kept awake");
    device.finishSleep(0);
    assertEquals(110, device.receiveErrors(0));
    assertEquals(110, device.receiveMissed(0));
    assertEquals(0, device.receiveNoMbuf(0));
    linkUp = true;
    refuses = false;
    transmit(1, 1);
    ownerTurn();
    assertEquals(1, arrived(), "nothing stale");
  }

  @Test
  void aBurstThatThePortStillTakesIsSent() {
    linkUp = false; // as reported, but the driver still takes packets
    transmit(1, 10);
    ownerTurn();
    assertEquals(10, arrived());
    assertEquals(0, device.receiveErrors(0));
  }
}
