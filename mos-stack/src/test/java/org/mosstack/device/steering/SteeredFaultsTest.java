package org.mosstack.device.steering;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.mosstack.device.Frames;
import org.mosstack.device.NetDevice;
import org.mosstack.device.Wire;
import org.mosstack.mbuf.MbufPool;

/** Software steering when rings and pools are full, cores leave, and threads sleep. */
class SteeredFaultsTest extends SteeredTestBase {
  // ---- Loss ----

  @Test
  void aFullRingToACoreDropsAndCounts() {
    Bed bed = new Bed(1, 3, 8000);
    int slow = bed.flowOf(2);
    int other = bed.flowOf(1);
    int sent = 0;
    int received = 0;
    for (int turn = 0; turn < 60; turn++) {
      for (int i = 0; i < 50; i++) {
        bed.arrive(Frames.tcp(bed.peerPool, slow, sent++, 0));
      }
      bed.arrive(Frames.tcp(bed.peerPool, other, turn, 0));
      receiveAndFree(bed.steered, 0, bed.pools[0]);
      received += receiveAndFree(bed.steered, 1, bed.pools[1]);
    }
    assertEquals(60, received, "another core isn't disturbed");
    int kept = bed.steered.receive(2, burst, burst.length);
    assertTrue(kept >= 64, "kept " + kept);
    for (int i = 0; i < kept; i++) {
      assertEquals(i, Frames.sequence(burst[i]));
      bed.pools[2].free(burst[i]);
    }
    assertEquals(sent - kept, bed.steered.receiveErrors(0));
    assertEquals(0, bed.steered.receiveErrors(2));
    bed.arrive(Frames.tcp(bed.peerPool, slow, sent, 0));
    assertEquals(1, bed.receiveAll()[2], "room again");
    bed.close();
  }

  @Test
  void anEmptyPoolDropsAndCounts() {
    Bed bed = new Bed(1, 2, 4);
    int flow = bed.flowOf(1);
    for (int i = 0; i < 3; i++) {
      bed.arrive(Frames.tcp(bed.peerPool, flow, i, 0));
    }
    long[] hoard = {bed.pools[1].alloc(), bed.pools[1].alloc(), bed.pools[1].alloc()};
    assertEquals(1, bed.receiveAll()[1]);
    assertEquals(2, bed.steered.receiveErrors(1));
    assertEquals(0, bed.steered.receiveErrors(0));
    for (long mbuf : hoard) {
      bed.pools[1].free(mbuf);
    }
    assertEquals(0, bed.receiveAll()[0]);
    long[] owners = new long[4];
    for (int i = 0; i < 4; i++) {
      owners[i] = bed.pools[0].alloc();
      assertTrue(owners[i] != 0, "the owner has its buffers back");
    }
    bed.arrive(Frames.tcp(bed.peerPool, flow, 3, 0));
    assertEquals(0, bed.receiveAll()[1]);
    assertEquals(1, bed.steered.receiveErrors(0), "the port's own count");
    for (long mbuf : owners) {
      bed.pools[0].free(mbuf);
    }
    bed.close();
  }

  // ---- Leaving ----

  @Test
  void aCoreThatLeavesStopsNobody() {
    Bed bed = new Bed(1, 3, 100);
    for (int i = 0; i < 5; i++) {
      bed.arrive(Frames.tcp(bed.peerPool, bed.flowOf(2), i, 0));
    }
    receiveAndFree(bed.steered, 0, bed.pools[0]); // on their way to core 2
    assertEquals(1, bed.send(2, 99)); // and one from it
    bed.steered.detach(2);
    assertEquals(0, bed.pools[2].inUse(), "it has its buffers back at once");
    receiveAndFree(bed.steered, 0, bed.pools[0]);
    assertEquals(1, bed.peer.receive(0, burst, 1));
    assertEquals(99, Frames.sequence(burst[0]), "what it sent last goes out");
    bed.peerPool.free(burst[0]);
    for (int round = 0; round < 2000; round++) {
      bed.arrive(Frames.tcp(bed.peerPool, bed.flowOf(2), round, 0));
      bed.arrive(Frames.tcp(bed.peerPool, bed.flowOf(1), round, 0));
      assertEquals(1, bed.send(1, round));
      assertEquals(0, receiveAndFree(bed.steered, 0, bed.pools[0]));
      assertEquals(1, receiveAndFree(bed.steered, 1, bed.pools[1]));
      assertEquals(1, receiveAndFree(bed.peer, 0, bed.peerPool));
    }
    assertEquals(2000, bed.steered.receiveErrors(0), "what came for it is counted");
    bed.close();
  }

  @Test
  void withAnOwnerGoesItsQueueAndNothingElse() {
    Bed bed = new Bed(2, 4, 3000);
    assertEquals(1, bed.send(2, 1));
    bed.arrive(Frames.tcp(bed.peerPool, bed.flowOf(3), 0, 0));
    for (int core = 0; core < 2; core++) {
      receiveAndFree(bed.steered, core, bed.pools[core]); // passed on, or sent
    }
    assertEquals(1, bed.send(2, 2));
    bed.steered.detach(0);
    assertEquals(0, bed.pools[0].inUse(), "it has its buffers back at once");
    assertEquals(2, receiveAndFree(bed.peer, 0, bed.peerPool), "what was given to it is sent");
    assertEquals(1, receiveAndFree(bed.steered, 3, bed.pools[3]), "and arrives");
    for (int round = 0; round < 3000; round++) {
      assertEquals(1, bed.send(2, round), "lost, not stuck");
      assertEquals(1, bed.send(3, round));
      assertEquals(1, bed.send(1, round));
      bed.steered.receive(1, burst, 64);
      assertEquals(2, receiveAndFree(bed.peer, 0, bed.peerPool), "the other owner's");
    }
    bed.close();
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
      burst[0] = Frames.tcp(one, 1, i, 0);
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
    Bed bed = new Bed(1, 3, 100);
    int[] wakeups = new int[3];
    for (int core = 0; core < 3; core++) {
      int own = core;
      bed.steered.onArrival(core, () -> wakeups[own]++);
      assertTrue(bed.steered.prepareSleep(core));
    }
    bed.arrive(Frames.tcp(bed.peerPool, bed.flowOf(2), 0, 0));
    assertEquals(List.of(1, 0, 0), ints(wakeups), "the port wakes its owner");
    bed.steered.finishSleep(0);
    assertFalse(bed.steered.prepareSleep(0), "a packet waits in the port");
    bed.steered.finishSleep(0);
    assertEquals(0, bed.steered.receive(0, burst, 64));
    assertEquals(List.of(1, 0, 1), ints(wakeups), "the owner wakes the flow's core");
    bed.steered.finishSleep(2);
    assertFalse(bed.steered.prepareSleep(2), "a packet waits in the ring");
    bed.steered.finishSleep(2);
    assertEquals(1, receiveAndFree(bed.steered, 2, bed.pools[2]));

    assertTrue(bed.steered.prepareSleep(0));
    assertEquals(1, bed.send(1, 0));
    assertEquals(List.of(2, 0, 1), ints(wakeups), "a core without a queue wakes its owner");
    assertEquals(1, bed.send(1, 1));
    assertEquals(List.of(2, 0, 1), ints(wakeups), "once");
    bed.steered.finishSleep(0);
    assertFalse(bed.steered.prepareSleep(0), "packets wait to be sent");
    bed.steered.finishSleep(0);
    assertEquals(0, bed.steered.receive(0, burst, 64));
    assertEquals(2, receiveAndFree(bed.peer, 0, bed.peerPool));
    assertTrue(bed.steered.prepareSleep(0));
    bed.steered.finishSleep(0);
    bed.close();
  }

  private static List<Integer> ints(int[] values) {
    return Arrays.stream(values).boxed().toList();
  }

  /** What the port refused is retried: its owner stays awake. */
  @Test
  void anOwnerDoesNotSleepOnWhatItHolds() {
    Bed bed = new Bed(1, 2, 8000);
    int sent = 0;
    while (bed.send(1, sent) == 1) {
      sent++;
      bed.steered.receive(0, burst, 64);
    }
    assertFalse(bed.steered.prepareSleep(0));
    bed.steered.finishSleep(0);
    int received = 0;
    while (!bed.steered.prepareSleep(0)) {
      bed.steered.finishSleep(0);
      received += receiveAndFree(bed.peer, 0, bed.peerPool);
      bed.steered.receive(0, burst, 64);
    }
    bed.steered.finishSleep(0);
    received += receiveAndFree(bed.peer, 0, bed.peerPool);
    assertEquals(sent, received);
    bed.close();
  }

  /** The port is polled further, as a caller that gets nothing takes it for idle. */
  @Test
  void anOwnerTakesWhatHasArrivedForOthers() {
    Bed bed = new Bed(1, 2, 1000);
    int foreign = bed.flowOf(1);
    for (int i = 0; i < 200; i++) {
      bed.arrive(Frames.tcp(bed.peerPool, foreign, i, 0));
    }
    bed.arrive(Frames.tcp(bed.peerPool, bed.flowOf(0), 0, 0));
    int n = bed.steered.receive(0, burst, 64);
    assertEquals(1, n);
    bed.pools[0].free(burst[0]);
    assertEquals(200, receiveAndFree(bed.steered, 1, bed.pools[1]));
    bed.close();
  }
}
