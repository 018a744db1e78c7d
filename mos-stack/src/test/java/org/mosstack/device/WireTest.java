package org.mosstack.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.mosstack.header.EthernetHeader;
import org.mosstack.header.Ipv4Header;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.MbufPool;
import org.mosstack.mbuf.Memory;

class WireTest {
  private static final int MTU = 1500;

  private final List<MbufPool> pools = new ArrayList<>();
  private final long[] burst = new long[4096];

  @AfterEach
  void allBuffersAreBack() {
    for (MbufPool pool : pools) {
      assertEquals(0, pool.inUse());
      pool.close();
    }
  }

  private static Wire wire(int queuesA, int queuesB) {
    return new Wire("wire0", queuesA, queuesB, MTU, new SplittableRandom(42));
  }

  /** Attaches a pool to each queue. */
  private MbufPool[] attach(NetDevice device, int capacity) {
    MbufPool[] own = new MbufPool[device.queues()];
    for (int i = 0; i < own.length; i++) {
      own[i] = new MbufPool(capacity);
      pools.add(own[i]);
      device.attach(i, own[i]);
    }
    return own;
  }

  private static void detach(NetDevice device) {
    for (int i = 0; i < device.queues(); i++) {
      device.detach(i);
    }
    device.close();
  }

  private int send(NetDevice device, int queue, long... mbufs) {
    System.arraycopy(mbufs, 0, burst, 0, mbufs.length);
    return device.transmit(queue, burst, mbufs.length);
  }

  private int receiveAndFree(NetDevice device, int queue, MbufPool pool) {
    int n = device.receive(queue, burst, burst.length);
    for (int i = 0; i < n; i++) {
      pool.free(burst[i]);
    }
    return n;
  }

  @Test
  void carriesPacketsBothWays() {
    Wire wire = wire(1, 1);
    MbufPool[][] own = {attach(wire.end(0), 100), attach(wire.end(1), 100)};
    for (int i = 0; i < 1000; i++) {
      for (int from = 0; from < 2; from++) {
        MbufPool receiver = own[1 - from][0];
        assertEquals(1, send(wire.end(from), 0, FlowFrames.tcp(own[from][0], 5, i, i % 1400)));
        assertEquals(1, wire.end(1 - from).receive(0, burst, 32));
        assertEquals(i, FlowFrames.sequence(burst[0]));
        assertTrue(FlowFrames.isIntact(burst[0]));
        receiver.free(burst[0]);
      }
    }
    assertEquals(0, wire.end(0).receive(0, burst, 32));
    assertEquals(0, wire.end(1).receive(0, burst, 32));
    assertEquals(0, own[0][0].inUse(), "receive reclaims what was sent");
    detach(wire.end(0));
    detach(wire.end(1));
  }

  @Test
  void saysWhatItCanDo() {
    Wire wire = wire(2, 3);
    assertEquals("wire0", wire.end(0).name());
    assertEquals(2, wire.end(0).queues());
    assertEquals(3, wire.end(1).queues());
    assertEquals(MTU, wire.end(0).mtu());
    assertNotEquals(wire.end(0).mac(), wire.end(1).mac());
    assertEquals(0x02, wire.end(0).mac() >>> 40, "locally administered, one station");
    Capabilities capabilities = wire.end(1).capabilities();
    assertFalse(capabilities.rxChecksum());
    assertFalse(capabilities.txChecksum());
    assertTrue(capabilities.wakeups());
    for (int queue : capabilities.rss().orElseThrow().reta()) {
      assertTrue(queue >= 0 && queue < 3);
    }
  }

  @Test
  void flowsArriveWhereTheReceiversHashSays() {
    Wire wire = wire(2, 5);
    MbufPool[] a = attach(wire.end(0), 100);
    MbufPool[] b = attach(wire.end(1), 100);
    Rss rss = wire.end(1).capabilities().rss().orElseThrow();
    for (int flow = 0; flow < 500; flow++) {
      assertEquals(1, send(wire.end(0), flow % 2, FlowFrames.tcp(a[flow % 2], flow, 0, 0)));
      int hash = rss.hash(FlowFrames.CLIENT, FlowFrames.SERVER, flow, FlowFrames.SERVER_PORT);
      for (int queue = 0; queue < 5; queue++) {
        int n = wire.end(1).receive(queue, burst, 10);
        assertEquals(queue == rss.queue(hash) ? 1 : 0, n, "flow " + flow + ", queue " + queue);
        if (n == 1) {
          assertEquals(hash, Mbuf.rssHash(burst[0]));
          b[queue].free(burst[0]);
        }
      }
    }
    detach(wire.end(0));
    detach(wire.end(1));
  }

  private int arrivalQueue(NetDevice device, MbufPool[] own) {
    int found = -1;
    for (int queue = 0; queue < own.length; queue++) {
      if (receiveAndFree(device, queue, own[queue]) == 1) {
        assertEquals(-1, found);
        found = queue;
      }
    }
    return found;
  }

  @Test
  void packetsWithoutPortsGoByAddressesAndTheRestToQueueZero() {
    Wire wire = wire(1, 64);
    MbufPool a = attach(wire.end(0), 10)[0];
    MbufPool[] b = attach(wire.end(1), 4);
    NetDevice to = wire.end(1);
    Rss rss = to.capabilities().rss().orElseThrow();
    int flow = 0;
    int byAddress = rss.queue(rss.hash(FlowFrames.CLIENT, FlowFrames.SERVER));
    while (rss.queue(FlowFrames.CLIENT, FlowFrames.SERVER, flow, FlowFrames.SERVER_PORT)
        == byAddress) {
      flow++;
    }
    int byPorts = rss.queue(FlowFrames.CLIENT, FlowFrames.SERVER, flow, FlowFrames.SERVER_PORT);
    assertNotEquals(0, byPorts);
    assertNotEquals(0, byAddress);
    int ip = EthernetHeader.BYTES;

    assertEquals(1, send(wire.end(0), 0, FlowFrames.tcp(a, flow, 0, 0)));
    assertEquals(byPorts, arrivalQueue(to, b));

    Object[][] cases = {
      {"UDP", ip + 9, Ipv4Header.PROTOCOL_UDP, byPorts},
      {"ICMP", ip + 9, Ipv4Header.PROTOCOL_ICMP, byAddress},
      {"first fragment", ip + 6, 0x20, byAddress},
      {"later fragment", ip + 7, 1, byAddress},
      {"header length below 20", ip, 0x44, byAddress},
      {"header length beyond the frame", ip, 0x4F, byAddress},
      {"version 6", ip, 0x65, 0},
      {"ARP", ip - 1, 0x06, 0},
    };
    for (Object[] c : cases) {
      long mbuf = FlowFrames.tcp(a, flow, 0, 0);
      Memory.putByte(Mbuf.data(mbuf) + (int) c[1], (int) c[2]);
      assertEquals(1, send(wire.end(0), 0, mbuf));
      assertEquals(c[3], arrivalQueue(to, b), (String) c[0]);
    }
    for (int length = 0; length < 54; length++) {
      long mbuf = FlowFrames.tcp(a, flow, 0, 0);
      Mbuf.trimBack(mbuf, 54 - length);
      assertEquals(1, send(wire.end(0), 0, mbuf));
      int expected = length < 34 ? 0 : length < 38 ? byAddress : byPorts;
      assertEquals(expected, arrivalQueue(to, b), "frame of " + length);
    }
    detach(wire.end(0));
    detach(to);
  }

  @Test
  void aFullRingTakesFewerAndLosesNothing() {
    Wire wire = wire(1, 1);
    MbufPool a = attach(wire.end(0), 5000)[0];
    MbufPool b = attach(wire.end(1), 5000)[0];
    int sent = 0;
    long[] waiting = new long[700];
    int waitingCount = 0;
    int refused = 0;
    int received = 0;
    for (int turn = 0; turn < 200; turn++) {
      while (waitingCount < waiting.length) {
        waiting[waitingCount++] = FlowFrames.tcp(a, 1, sent++, 0);
      }
      int taken = wire.end(0).transmit(0, waiting, waitingCount);
      refused += waitingCount - taken;
      System.arraycopy(waiting, taken, waiting, 0, waitingCount - taken);
      waitingCount -= taken;
      int n = wire.end(1).receive(0, burst, 100);
      for (int i = 0; i < n; i++) {
        assertEquals(received++, FlowFrames.sequence(burst[i]));
        b.free(burst[i]);
      }
    }
    assertTrue(refused > 0);
    for (int n; (n = wire.end(1).receive(0, burst, 100)) > 0; ) {
      for (int i = 0; i < n; i++) {
        assertEquals(received++, FlowFrames.sequence(burst[i]));
        b.free(burst[i]);
      }
    }
    assertEquals(sent - waitingCount, received);
    assertEquals(0, wire.end(1).receiveErrors(0));
    for (int i = 0; i < waitingCount; i++) {
      a.free(waiting[i]);
    }
    detach(wire.end(0));
    detach(wire.end(1));
  }

  @Test
  void anEmptyPoolDropsAndCounts() {
    Wire wire = wire(1, 1);
    MbufPool a = attach(wire.end(0), 100)[0];
    MbufPool b = attach(wire.end(1), 3)[0];
    for (int i = 0; i < 10; i++) {
      assertEquals(1, send(wire.end(0), 0, FlowFrames.tcp(a, 1, i, 0)));
    }
    assertEquals(3, wire.end(1).receive(0, burst, 100));
    assertEquals(7, wire.end(1).receiveErrors(0));
    for (int i = 0; i < 3; i++) {
      assertEquals(i, FlowFrames.sequence(burst[i]));
      b.free(burst[i]);
    }
    assertEquals(1, send(wire.end(0), 0, FlowFrames.tcp(a, 1, 10, 0)));
    assertEquals(1, receiveAndFree(wire.end(1), 0, b));
    assertEquals(7, wire.end(1).receiveErrors(0));
    assertEquals(7, wire.end(1).receiveNoMbuf(0));
    assertEquals(0, wire.end(1).receiveMissed(0));
    detach(wire.end(0));
    detach(wire.end(1));
  }

  @Test
  void noSenderKeepsTheOthersFromBeingHeard() {
    Wire wire = wire(3, 1);
    MbufPool[] a = attach(wire.end(0), 500);
    MbufPool b = attach(wire.end(1), 100)[0];
    for (int i = 0; i < 100; i++) {
      assertEquals(1, send(wire.end(0), 0, FlowFrames.tcp(a[0], 1, i, 0)));
    }
    assertEquals(1, send(wire.end(0), 2, FlowFrames.tcp(a[2], 9, 0, 0)));
    boolean heard = false;
    for (int turn = 0; turn < 3; turn++) {
      int n = wire.end(1).receive(0, burst, 10);
      for (int i = 0; i < n; i++) {
        heard |= FlowFrames.flow(burst[i]) == 9;
        b.free(burst[i]);
      }
    }
    assertTrue(heard);
    detach(wire.end(0));
    detach(wire.end(1));
  }

  @Test
  void aQueueThatNobodyAttachedDoesntStopTheOthers() {
    Wire wire = wire(1, 2);
    MbufPool a = attach(wire.end(0), 5000)[0];
    MbufPool b = new MbufPool(5000);
    pools.add(b);
    wire.end(1).attach(1, b); // queue 0's core hasn't started
    Rss rss = wire.end(1).capabilities().rss().orElseThrow();
    int received = 0;
    int expected = 0;
    for (int i = 0; i < 20_000; i++) {
      assertEquals(1, send(wire.end(0), 0, FlowFrames.tcp(a, i, i, 0)));
      expected += rss.queue(FlowFrames.CLIENT, FlowFrames.SERVER, i, FlowFrames.SERVER_PORT);
      received += receiveAndFree(wire.end(1), 1, b);
    }
    assertEquals(expected, received);
    detach(wire.end(0));
    detach(wire.end(1));
  }

  @Test
  void wakesASleeperOnce() {
    Wire wire = wire(1, 1);
    MbufPool a = attach(wire.end(0), 100)[0];
    MbufPool b = attach(wire.end(1), 100)[0];
    NetDevice sleeper = wire.end(1);
    int[] wakeups = new int[1];
    sleeper.onArrival(0, () -> wakeups[0]++);

    assertEquals(1, send(wire.end(0), 0, FlowFrames.tcp(a, 1, 0, 0)));
    assertEquals(0, wakeups[0], "it is awake");
    assertFalse(sleeper.prepareSleep(0), "a packet waits");
    assertEquals(1, send(wire.end(0), 0, FlowFrames.tcp(a, 1, 1, 0)));
    assertEquals(0, wakeups[0], "it didn't go to sleep");
    assertEquals(2, receiveAndFree(sleeper, 0, b));

    assertTrue(sleeper.prepareSleep(0));
    long[] three = {
      FlowFrames.tcp(a, 1, 2, 0), FlowFrames.tcp(a, 2, 3, 0), FlowFrames.tcp(a, 3, 4, 0)
    };
    assertEquals(3, wire.end(0).transmit(0, three, 3));
    assertEquals(1, wakeups[0], "one wake-up for a burst");
    assertEquals(1, send(wire.end(0), 0, FlowFrames.tcp(a, 1, 5, 0)));
    assertEquals(1, wakeups[0], "it has been told");
    sleeper.finishSleep(0);
    assertEquals(4, receiveAndFree(sleeper, 0, b));

    assertTrue(sleeper.prepareSleep(0));
    sleeper.finishSleep(0);
    assertEquals(1, send(wire.end(0), 0, FlowFrames.tcp(a, 1, 6, 0)));
    assertEquals(1, wakeups[0], "it gave up sleeping");
    assertEquals(1, receiveAndFree(sleeper, 0, b));
    assertEquals(Long.MAX_VALUE, sleeper.nextDeadlineNanos(0));
    detach(wire.end(0));
    detach(wire.end(1));
  }

  @Test
  void wakesEachQueueThatGotPackets() {
    int queues = 16;
    Wire wire = wire(1, queues);
    MbufPool a = attach(wire.end(0), 1000)[0];
    attach(wire.end(1), 100);
    int[] wakeups = new int[queues];
    for (int i = 0; i < queues; i++) {
      int queue = i;
      wire.end(1).onArrival(i, () -> wakeups[queue]++);
      assertTrue(wire.end(1).prepareSleep(i));
    }
    long[] flows = new long[200];
    for (int i = 0; i < flows.length; i++) {
      flows[i] = FlowFrames.tcp(a, i, 0, 0);
    }
    assertEquals(flows.length, wire.end(0).transmit(0, flows, flows.length));
    for (int i = 0; i < queues; i++) {
      assertEquals(1, wakeups[i], "queue " + i);
    }
    detach(wire.end(0));
    detach(wire.end(1));
  }

  @Test
  void packetsInFlightGoBackWhicheverEndLeavesFirst() {
    for (int first = 0; first < 2; first++) {
      Wire wire = wire(2, 3);
      MbufPool[] a = attach(wire.end(0), 500);
      MbufPool[] b = attach(wire.end(1), 500);
      for (int i = 0; i < 300; i++) {
        assertEquals(1, send(wire.end(0), i % 2, FlowFrames.tcp(a[i % 2], i, i, 100)));
        assertEquals(1, send(wire.end(1), i % 3, FlowFrames.tcp(b[i % 3], i, i, 100)));
      }
      detach(wire.end(first));
      for (MbufPool pool : first == 0 ? a : b) {
        assertEquals(0, pool.inUse());
      }
      NetDevice last = wire.end(1 - first);
      MbufPool[] lastPools = first == 0 ? b : a;
      int received = 0;
      for (int queue = 0; queue < last.queues(); queue++) {
        received += receiveAndFree(last, queue, lastPools[queue]);
      }
      assertEquals(300, received, "what was on the cable arrives");
      // What is sent to nobody is taken and lost, forever.
      for (int i = 0; i < 5000; i++) {
        assertEquals(1, send(last, 0, FlowFrames.tcp(lastPools[0], i, i, 0)));
      }
      last.detach(0);
      last.detach(0);
      detach(last);
    }
  }

  @Test
  void aQueueIsAttachedOnceToAPoolThatHoldsItsFrames() {
    Wire wire = wire(2, 1);
    try (MbufPool small = new MbufPool(1, MTU + 13);
        MbufPool right = new MbufPool(1, MTU + 14)) {
      NetDevice end = wire.end(0);
      assertThrows(IllegalArgumentException.class, () -> end.attach(0, small));
      end.attach(0, right);
      assertThrows(IllegalStateException.class, () -> end.attach(0, right));
      end.detach(0);
      assertThrows(IllegalStateException.class, () -> end.attach(0, right));
      end.detach(1); // never attached
    }
  }

  @Test
  void refusesSizesOutOfRange() {
    assertThrows(IllegalArgumentException.class, () -> wire(0, 1));
    assertThrows(IllegalArgumentException.class, () -> wire(1, 0));
    for (int mtu : new int[] {0, 67, 65536}) {
      assertThrows(
          IllegalArgumentException.class, () -> new Wire("w", 1, 1, mtu, new SplittableRandom(1)));
    }
  }

  @Test
  void sixtyFiveQueuesToSixtyFive() {
    Wire wire = wire(65, 65);
    MbufPool[] a = attach(wire.end(0), 200);
    MbufPool[] b = attach(wire.end(1), 2000);
    int sent = 0;
    for (int queue = 0; queue < 65; queue++) {
      for (int flow = 0; flow < 100; flow++) {
        assertEquals(1, send(wire.end(0), queue, FlowFrames.tcp(a[queue], flow, flow, 0)));
        sent++;
      }
    }
    int received = 0;
    for (int queue = 0; queue < 65; queue++) {
      received += receiveAndFree(wire.end(1), queue, b[queue]);
    }
    assertEquals(sent, received);
    detach(wire.end(1));
    detach(wire.end(0));
  }

  @Test
  void loopbackReceivesWhatItSends() {
    Loopback lo = new Loopback("lo", 2, MTU, new SplittableRandom(3));
    MbufPool[] own = attach(lo, 100);
    Rss rss = lo.capabilities().rss().orElseThrow();
    for (int flow = 0; flow < 200; flow++) {
      assertEquals(1, send(lo, 0, FlowFrames.tcp(own[0], flow, flow, 50)));
      int queue = rss.queue(FlowFrames.CLIENT, FlowFrames.SERVER, flow, FlowFrames.SERVER_PORT);
      assertEquals(1, lo.receive(queue, burst, 10));
      assertEquals(flow, FlowFrames.flow(burst[0]));
      own[queue].free(burst[0]);
      assertEquals(0, lo.receive(1 - queue, burst, 10));
    }
    for (int flow = 0; flow < 50; flow++) {
      assertEquals(1, send(lo, flow % 2, FlowFrames.tcp(own[flow % 2], flow, flow, 50)));
    }
    detach(lo);
  }
}
