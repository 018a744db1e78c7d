package org.mosstack.ip;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.mosstack.mbuf.MbufPool;
import org.mosstack.stats.Counter;
import org.mosstack.stats.Counters;
import org.mosstack.stats.DeviceCounters;
import org.mosstack.testkit.FakeDevice;
import org.mosstack.testkit.Frames;

class NetInterfaceTest {
  private final MbufPool pool = new MbufPool(64);
  private final Counters counters = new Counters();
  private final DeviceCounters traffic = new DeviceCounters();
  private final FakeDevice device = new FakeDevice("eth0", IpFixture.MAC, 1500);
  private final NetInterface netInterface = netInterface(IpFixture.US, 24, 0, 8);

  private NetInterface netInterface(int address, int prefixLength, int queue, int burst) {
    device.queues = 2;
    device.attach(queue, pool);
    return new NetInterface(device, queue, address, prefixLength, burst, pool, counters, traffic);
  }

  @AfterEach
  void nothingIsLost() {
    netInterface.close();
    device.detach(0);
    int inUse = pool.inUse();
    pool.close();
    assertEquals(0, inUse);
  }

  private boolean transmit(int length) {
    return netInterface.transmit(FakeDevice.mbuf(pool, new byte[length]));
  }

  @Test
  void gathersFramesUntilFlushed() {
    assertTrue(transmit(100));
    assertTrue(transmit(50));
    assertEquals(0, device.sent.size());
    assertEquals(2, netInterface.pending());
    assertEquals(6, netInterface.transmitSpace());
    assertEquals(0, traffic.txPackets());
    netInterface.flush();
    assertEquals(2, device.sent.size());
    assertEquals(0, netInterface.pending());
    assertEquals(8, netInterface.transmitSpace());
    assertEquals(2, traffic.txPackets());
    assertEquals(150, traffic.txBytes());
  }

  @Test
  void largeBurstLeavesByItself() {
    for (int i = 0; i < 4; i++) {
      assertEquals(0, device.sent.size());
      transmit(60);
    }
    assertEquals(4, device.sent.size());
    assertEquals(8, netInterface.transmitSpace());
  }

  @Test
  void keepsInOrderWhatTheRingDoesNotTake() {
    device.ringSpace = 1;
    for (int i = 1; i <= 4; i++) {
      transmit(100 + i);
    }
    assertEquals(1, device.sent.size());
    assertEquals(3, netInterface.pending());
    assertEquals(101, traffic.txBytes());
    device.ringSpace = 2;
    netInterface.flush();
    assertEquals(1, netInterface.pending());
    assertEquals(101 + 102 + 103, traffic.txBytes());
    device.ringSpace = 9;
    netInterface.flush();
    assertEquals(4, traffic.txPackets());
    assertEquals(101 + 102 + 103 + 104, traffic.txBytes());
    for (int i = 0; i < 4; i++) {
      assertEquals(101 + i, device.sent.get(i).length);
    }
  }

  @Test
  void dropsAndCountsWhenBufferAndRingAreFull() {
    device.ringSpace = 0;
    for (int i = 0; i < 8; i++) {
      assertTrue(transmit(60));
    }
    assertEquals(0, netInterface.transmitSpace());
    assertFalse(transmit(61));
    assertEquals(1, counters.get(Counter.DROP_TX_RING_FULL));
    assertEquals(8, pool.inUse());
    device.ringSpace = 1;
    assertTrue(transmit(62));
    assertEquals(1, counters.get(Counter.DROP_TX_RING_FULL));
    device.ringSpace = 10;
    netInterface.flush();
    assertEquals(9, device.sent.size());
    assertEquals(62, device.sent.get(8).length);
  }

  @Test
  void closeFreesWhatTheRingDoesNotTake() {
    device.ringSpace = 1;
    transmit(60);
    transmit(60);
    netInterface.close();
    assertEquals(1, device.sent.size());
    assertEquals(0, netInterface.pending());
  }

  @Test
  void countsWhatArrives() {
    device.arrive(new byte[60]);
    device.arrive(new byte[1000]);
    device.arrive(new byte[7]);
    long[] burst = new long[8];
    assertEquals(2, netInterface.receive(burst, 2));
    assertEquals(2, traffic.rxPackets());
    assertEquals(1060, traffic.rxBytes());
    pool.free(burst[0]);
    pool.free(burst[1]);
    assertEquals(1, netInterface.receive(burst, 8));
    assertEquals(1067, traffic.rxBytes());
    pool.free(burst[0]);
    assertEquals(0, netInterface.receive(burst, 8));
  }

  @Test
  void tellsLossesByTheirCause() {
    device.receiveErrors = 10;
    netInterface.refreshReceiveErrors();
    assertEquals(10, traffic.rxErrors());
    assertEquals(10, traffic.rxBad(), "of a device that knows no causes");
    device.receiveMissed = 7;
    device.receiveNoMbuf = 2;
    netInterface.refreshReceiveErrors();
    assertEquals(7, traffic.rxMissed());
    assertEquals(2, traffic.rxNoMbuf());
    assertEquals(1, traffic.rxBad());
    assertEquals(10, traffic.rxErrors());
    device.receiveErrors = 0; // the port was restarted, with its own counts from 0
    netInterface.refreshReceiveErrors();
    assertEquals(0, traffic.rxBad());
  }

  @Test
  void knowsWhatItIs() {
    assertEquals(IpFixture.MAC, netInterface.mac());
    assertEquals(1500, netInterface.mtu());
    assertEquals(IpFixture.US, netInterface.address());
    assertEquals(24, netInterface.prefixLength());
    assertFalse(netInterface.isLoopback());
    NetInterface lo = netInterface(Frames.ip("127.1.2.3"), 8, 1, 1);
    assertTrue(lo.isLoopback());
    assertEquals(0, lo.mac());
    assertEquals(1, lo.queue());
  }

  @Test
  void refusesWhatCannotBe() {
    assertThrows(IllegalArgumentException.class, () -> netInterface(IpFixture.US, 33, 0, 1));
    assertThrows(IllegalArgumentException.class, () -> netInterface(IpFixture.US, -1, 0, 1));
    assertThrows(IllegalArgumentException.class, () -> netInterface(IpFixture.US, 24, 2, 1));
    assertThrows(IllegalArgumentException.class, () -> netInterface(IpFixture.US, 24, -1, 1));
    assertThrows(IllegalArgumentException.class, () -> netInterface(IpFixture.US, 24, 0, 0));
  }
}
