package org.mosstack.device.steering;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.mosstack.device.FlowFrames;
import org.mosstack.device.NetDevice;
import org.mosstack.device.Wire;
import org.mosstack.mbuf.MbufPool;

/** Software steering when rings and pools are full, cores leave, and threads sleep. */
class SteeredFaultsTest extends SteeredTestBase {
  // ---- Loss ----

  @Test
  void aFullRingToACoreDropsAndCounts() {
    Fixture fixture = new Fixture(1, 3, 8000);
    int slow = fixture.flowOf(2);
    int other = fixture.flowOf(1);
    int sent = 0;
    int received = 0;
    for (int turn = 0; turn < 60; turn++) {
      for (int i = 0; i < 50; i++) {
        fixture.arrive(FlowFrames.tcp(fixture.peerPool, slow, sent++, 0));
      }
      fixture.arrive(FlowFrames.tcp(fixture.peerPool, other, turn, 0));
      receiveAndFree(fixture.steered, 0, fixture.pools[0]);
      received += receiveAndFree(fixture.steered, 1, fixture.pools[1]);
    }
    assertEquals(60, received, "another core isn't disturbed");
    int kept = fixture.steered.receive(2, burst, burst.length);
    assertTrue(kept >= 64, "kept " + kept);
    for (int i = 0; i < kept; i++) {
      assertEquals(i, FlowFrames.sequence(burst[i]));
      fixture.pools[2].free(burst[i]);
    }
    assertEquals(sent - kept, fixture.steered.receiveErrors(0));
    assertEquals(0, fixture.steered.receiveErrors(2));
    fixture.arrive(FlowFrames.tcp(fixture.peerPool, slow, sent, 0));
    assertEquals(1, fixture.receiveAll()[2], "room again");
    fixture.close();
  }

  @Test
  void anEmptyPoolDropsAndCounts() {
    Fixture fixture = new Fixture(1, 2, 4);
    int flow = fixture.flowOf(1);
    for (int i = 0; i < 3; i++) {
      fixture.arrive(FlowFrames.tcp(fixture.peerPool, flow, i, 0));
    }
    long[] hoard = {fixture.pools[1].alloc(), fixture.pools[1].alloc(), fixture.pools[1].alloc()};
    assertEquals(1, fixture.receiveAll()[1]);
    assertEquals(2, fixture.steered.receiveErrors(1));
    assertEquals(0, fixture.steered.receiveErrors(0));
    for (long mbuf : hoard) {
      fixture.pools[1].free(mbuf);
    }
    assertEquals(0, fixture.receiveAll()[0]);
    long[] owners = new long[4];
    for (int i = 0; i < 4; i++) {
      owners[i] = fixture.pools[0].alloc();
      assertTrue(owners[i] != 0, "the owner has its buffers back");
    }
    fixture.arrive(FlowFrames.tcp(fixture.peerPool, flow, 3, 0));
    assertEquals(0, fixture.receiveAll()[1]);
    assertEquals(1, fixture.steered.receiveErrors(0), "the port's own count");
    for (long mbuf : owners) {
      fixture.pools[0].free(mbuf);
    }
    fixture.close();
  }

  // ---- Leaving ----

  @Test
  void aCoreThatLeavesStopsNobody() {
    Fixture fixture = new Fixture(1, 3, 100);
    for (int i = 0; i < 5; i++) {
      fixture.arrive(FlowFrames.tcp(fixture.peerPool, fixture.flowOf(2), i, 0));
    }
    receiveAndFree(fixture.steered, 0, fixture.pools[0]); // on their way to core 2
    assertEquals(1, fixture.send(2, 99)); // and one from it
    fixture.steered.detach(2);
    assertEquals(0, fixture.pools[2].inUse(), "it has its buffers back at once");
    receiveAndFree(fixture.steered, 0, fixture.pools[0]);
    assertEquals(1, fixture.peer.receive(0, burst, 1));
    assertEquals(99, FlowFrames.sequence(burst[0]), "what it sent last goes out");
    fixture.peerPool.free(burst[0]);
    for (int round = 0; round < 2000; round++) {
      fixture.arrive(FlowFrames.tcp(fixture.peerPool, fixture.flowOf(2), round, 0));
      fixture.arrive(FlowFrames.tcp(fixture.peerPool, fixture.flowOf(1), round, 0));
      assertEquals(1, fixture.send(1, round));
      assertEquals(0, receiveAndFree(fixture.steered, 0, fixture.pools[0]));
      assertEquals(1, receiveAndFree(fixture.steered, 1, fixture.pools[1]));
      assertEquals(1, receiveAndFree(fixture.peer, 0, fixture.peerPool));
    }
    assertEquals(2000, fixture.steered.receiveErrors(0), "what came for it is counted");
    fixture.close();
  }

  @Test
  void withAnOwnerGoesItsQueueAndNothingElse() {
    Fixture fixture = new Fixture(2, 4, 3000);
    assertEquals(1, fixture.send(2, 1));
    fixture.arrive(FlowFrames.tcp(fixture.peerPool, fixture.flowOf(3), 0, 0));
    for (int core = 0; core < 2; core++) {
      receiveAndFree(fixture.steered, core, fixture.pools[core]); // passed on, or sent
    }
    assertEquals(1, fixture.send(2, 2));
    fixture.steered.detach(0);
    assertEquals(0, fixture.pools[0].inUse(), "it has its buffers back at once");
    assertEquals(
        2, receiveAndFree(fixture.peer, 0, fixture.peerPool), "what was given to it is sent");
    assertEquals(1, receiveAndFree(fixture.steered, 3, fixture.pools[3]), "and arrives");
    for (int round = 0; round < 3000; round++) {
      assertEquals(1, fixture.send(2, round), "lost, not stuck");
      assertEquals(1, fixture.send(3, round));
      assertEquals(1, fixture.send(1, round));
      fixture.steered.receive(1, burst, 64);
      assertEquals(2, receiveAndFree(fixture.peer, 0, fixture.peerPool), "the other owner's");
    }
    fixture.close();
  }

  @Test
  void coresThatNeverCameStopNobody() {
    Wire wire = new Wire("dpdk0", 1, 1, MTU, random);
    NetDevice port = wire.end(0);
    NetDevice peer = wire.end(1);
    SteeredDevice steered = new SteeredDevice(port, 3, random);
    MbufPool one = pool(8000);
    steered.attach(1, one);
    for (int i = 0; i < 5000; i++) {
      burst[0] = FlowFrames.tcp(one, 1, i, 0);
      assertEquals(1, steered.transmit(1, burst, 1));
    }
    steered.detach(1);
    steered.detach(0);
    steered.detach(2);
    steered.close();
  }

  // ---- Sleeping ----

  @Test
  void sleepersAreWokenOnce() {
    Fixture fixture = new Fixture(1, 3, 100);
    int[] wakeups = new int[3];
    for (int core = 0; core < 3; core++) {
      int own = core;
      fixture.steered.onArrival(core, () -> wakeups[own]++);
      assertTrue(fixture.steered.prepareSleep(core));
    }
    fixture.arrive(FlowFrames.tcp(fixture.peerPool, fixture.flowOf(2), 0, 0));
    assertEquals(List.of(1, 0, 0), ints(wakeups), "the port wakes its owner");
    fixture.steered.finishSleep(0);
    assertFalse(fixture.steered.prepareSleep(0), "a packet waits in the port");
    fixture.steered.finishSleep(0);
    assertEquals(0, fixture.steered.receive(0, burst, 64));
    assertEquals(List.of(1, 0, 1), ints(wakeups), "the owner wakes the flow's core");
    fixture.steered.finishSleep(2);
    assertFalse(fixture.steered.prepareSleep(2), "a packet waits in the ring");
    fixture.steered.finishSleep(2);
    assertEquals(1, receiveAndFree(fixture.steered, 2, fixture.pools[2]));

    assertTrue(fixture.steered.prepareSleep(0));
    assertEquals(1, fixture.send(1, 0));
    assertEquals(List.of(2, 0, 1), ints(wakeups), "a core without a queue wakes its owner");
    assertEquals(1, fixture.send(1, 1));
    assertEquals(List.of(2, 0, 1), ints(wakeups), "once");
    fixture.steered.finishSleep(0);
    assertFalse(fixture.steered.prepareSleep(0), "packets wait to be sent");
    fixture.steered.finishSleep(0);
    assertEquals(0, fixture.steered.receive(0, burst, 64));
    assertEquals(2, receiveAndFree(fixture.peer, 0, fixture.peerPool));
    assertTrue(fixture.steered.prepareSleep(0));
    fixture.steered.finishSleep(0);
    fixture.close();
  }

  private static List<Integer> ints(int[] values) {
    return Arrays.stream(values).boxed().toList();
  }

  /** What the port refused is retried: its owner stays awake. */
  @Test
  void anOwnerDoesNotSleepOnWhatItHolds() {
    Fixture fixture = new Fixture(1, 2, 8000);
    int sent = 0;
    while (fixture.send(1, sent) == 1) {
      sent++;
      fixture.steered.receive(0, burst, 64);
    }
    assertFalse(fixture.steered.prepareSleep(0));
    fixture.steered.finishSleep(0);
    int received = 0;
    while (!fixture.steered.prepareSleep(0)) {
      fixture.steered.finishSleep(0);
      received += receiveAndFree(fixture.peer, 0, fixture.peerPool);
      fixture.steered.receive(0, burst, 64);
    }
    fixture.steered.finishSleep(0);
    received += receiveAndFree(fixture.peer, 0, fixture.peerPool);
    assertEquals(sent, received);
    fixture.close();
  }

  /** The port is polled further, as a caller that gets nothing takes it for idle. */
  @Test
  void anOwnerTakesWhatHasArrivedForOthers() {
    Fixture fixture = new Fixture(1, 2, 1000);
    int foreign = fixture.flowOf(1);
    for (int i = 0; i < 200; i++) {
      fixture.arrive(FlowFrames.tcp(fixture.peerPool, foreign, i, 0));
    }
    fixture.arrive(FlowFrames.tcp(fixture.peerPool, fixture.flowOf(0), 0, 0));
    int n = fixture.steered.receive(0, burst, 64);
    assertEquals(1, n);
    fixture.pools[0].free(burst[0]);
    assertEquals(200, receiveAndFree(fixture.steered, 1, fixture.pools[1]));
    fixture.close();
  }
}
