package org.mosstack.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.MbufPool;

class FaultInjectorTest {
  private static final long MILLI = 1_000_000;

  private final MbufPool near = new MbufPool(3000); // behind the injector
  private final MbufPool far = new MbufPool(3000);
  private final long[] burst = new long[4096];
  private long now = 1_000_000_000_000L;
  private NetDevice plain;
  private FaultInjector faulty;

  @AfterEach
  void allBuffersAreBack() {
    faulty.detach(0);
    plain.detach(0);
    assertEquals(0, near.inUse());
    assertEquals(0, far.inUse());
    near.close();
    far.close();
  }

  private void open(Faults rx, Faults tx, long seed) {
    Wire wire = new Wire("w", 1, 1, 1500, new SplittableRandom(seed));
    plain = wire.end(0);
    faulty = new FaultInjector(wire.end(1), rx, tx, () -> now, seed);
    plain.attach(0, far);
    faulty.attach(0, near);
  }

  /** Sends packets numbered from {@code first} on, one burst each, towards the injector. */
  private void sendIn(int first, int count) {
    for (int i = first; i < first + count; i++) {
      burst[0] = FlowFrames.tcp(far, 1, i, 60);
      assertEquals(1, plain.transmit(0, burst, 1));
    }
  }

  /** Receives all that is there, and returns the numbers in order of arrival. */
  private List<Integer> drain(NetDevice from, MbufPool pool) {
    List<Integer> sequences = new ArrayList<>();
    for (int n; (n = from.receive(0, burst, 32)) > 0; ) {
      for (int i = 0; i < n; i++) {
        assertTrue(FlowFrames.isIntact(burst[i]));
        sequences.add(FlowFrames.sequence(burst[i]));
        pool.free(burst[i]);
      }
    }
    return sequences;
  }

  private List<Integer> drainIn() {
    return drain(faulty, near);
  }

  private static List<Integer> numbers(int first, int count) {
    List<Integer> numbers = new ArrayList<>();
    for (int i = first; i < first + count; i++) {
      numbers.add(i);
    }
    return numbers;
  }

  @Test
  void noneChangesNothing() {
    open(Faults.NONE, Faults.NONE, 1);
    sendIn(0, 500);
    assertEquals(numbers(0, 500), drainIn());
    assertEquals(Long.MAX_VALUE, faulty.nextDeadlineNanos(0));
  }

  @Test
  void losesTheShareItIsTold() {
    open(Faults.NONE.withLoss(0.3), Faults.NONE, 2);
    int received = 0;
    for (int i = 0; i < 100; i++) {
      sendIn(i * 100, 100);
      received += drainIn().size();
    }
    // 10,000 draws: the standard deviation is 46.
    assertTrue(received > 6800 && received < 7200, "received " + received);
    assertEquals(received, faulty.received(0).passed());
    assertEquals(10_000 - received, faulty.received(0).lost());
    assertEquals(0, faulty.sent(0).lost());
  }

  @Test
  void losesAll() {
    open(Faults.NONE.withLoss(1), Faults.NONE, 3);
    sendIn(0, 100);
    assertEquals(List.of(), drainIn());
    assertEquals(100, faulty.received(0).lost());
  }

  @Test
  void directionsAreSeparate() {
    open(Faults.NONE, Faults.NONE.withLoss(1), 4);
    sendIn(0, 100);
    assertEquals(numbers(0, 100), drainIn());
    burst[0] = FlowFrames.tcp(near, 1, 0, 0);
    assertEquals(1, faulty.transmit(0, burst, 1));
    assertEquals(List.of(), drain(plain, far));
    assertEquals(1, faulty.sent(0).lost());
  }

  @Test
  void duplicatesEveryPacket() {
    open(Faults.NONE.withDuplicate(1), Faults.NONE, 5);
    sendIn(0, 100);
    List<Integer> expected = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      expected.addAll(List.of(i, i));
    }
    assertEquals(expected, drainIn());
    assertEquals(100, faulty.received(0).duplicated());
    assertEquals(200, faulty.received(0).passed());
  }

  @Test
  void duplicatesNothingWhenThePoolIsEmpty() {
    open(Faults.NONE.withDuplicate(1), Faults.NONE, 6);
    List<Long> hoard = new ArrayList<>();
    while (near.available() > 10) {
      hoard.add(near.alloc());
    }
    sendIn(0, 10);
    assertEquals(10, faulty.receive(0, burst, 10));
    assertEquals(0, faulty.received(0).duplicated());
    for (int i = 0; i < 10; i++) {
      assertEquals(i, FlowFrames.sequence(burst[i]));
      near.free(burst[i]);
    }
    hoard.forEach(near::free);
  }

  @Test
  void corruptsOneByteAnywhereAndChecksumsNotice() {
    open(Faults.NONE.withCorrupt(1), Faults.NONE, 7);
    boolean[] hit = new boolean[54 + 60];
    for (int i = 0; i < 3000; i++) {
      long original = FlowFrames.tcp(far, 1, i, 60);
      byte[] before = FlowFrames.bytes(original);
      burst[0] = original;
      assertEquals(1, plain.transmit(0, burst, 1));
      assertEquals(1, faulty.receive(0, burst, 10));
      byte[] after = FlowFrames.bytes(burst[0]);
      int at = Arrays.mismatch(before, after);
      assertTrue(at >= 0, "packet " + i + " is as before");
      hit[at] = true;
      assertEquals(at < 14, FlowFrames.isIntact(burst[0]), "packet " + i + ", byte " + at);
      after[at] = before[at];
      assertEquals(-1, Arrays.mismatch(before, after), "packet " + i + ": more than one byte");
      near.free(burst[0]);
    }
    for (int at = 0; at < hit.length; at++) {
      assertTrue(hit[at], "never byte " + at);
    }
    assertEquals(3000, faulty.received(0).corrupted());
  }

  @Test
  void aSharedPacketIsCorruptedInACopy() {
    open(Faults.NONE, Faults.NONE.withCorrupt(1), 8);
    long shared = FlowFrames.tcp(near, 1, 5, 60);
    Mbuf.setReferences(shared, 2);
    byte[] before = FlowFrames.bytes(shared);
    burst[0] = shared;
    assertEquals(1, faulty.transmit(0, burst, 1));
    assertEquals(-1, Arrays.mismatch(before, FlowFrames.bytes(shared)));
    assertEquals(1, Mbuf.references(shared));
    assertEquals(1, plain.receive(0, burst, 10));
    assertNotEquals(-1, Arrays.mismatch(before, FlowFrames.bytes(burst[0])));
    far.free(burst[0]);
    near.free(shared);
  }

  @Test
  void anEmptyPacketCantBeCorrupted() {
    open(Faults.NONE, Faults.NONE.withCorrupt(1), 8);
    burst[0] = near.alloc();
    assertEquals(1, faulty.transmit(0, burst, 1));
    assertEquals(1, plain.receive(0, burst, 10));
    far.free(burst[0]);
    assertEquals(0, faulty.sent(0).corrupted());
  }

  @Test
  void hidesChecksumOffloadWhereItWouldHideTheCorruption() {
    open(Faults.NONE, Faults.NONE, 9);
    NetDevice offloading =
        new ForwardingDevice(plain) {
          @Override
          public Capabilities capabilities() {
            return new Capabilities(true, true, false, super.capabilities().rss(), false);
          }
        };
    Faults corrupt = Faults.NONE.withCorrupt(0.1);
    Faults lossy = Faults.NONE.withLoss(0.1);
    for (Faults rx : new Faults[] {corrupt, lossy}) {
      for (Faults tx : new Faults[] {corrupt, lossy}) {
        Capabilities c = new FaultInjector(offloading, rx, tx, () -> now, 1).capabilities();
        assertTrue(c.rxChecksum());
        assertEquals(tx == lossy, c.txChecksum());
        assertFalse(c.wakeups());
        assertEquals(plain.capabilities().rss(), c.rss());
      }
    }
  }

  @Test
  void reorderedPacketsAreOvertakenByAFew() {
    int depth = 4;
    open(Faults.NONE.withReorder(0.2, depth, MILLI), Faults.NONE, 10);
    sendIn(0, 1000);
    List<Integer> arrived = drainIn();
    now += MILLI;
    arrived.addAll(drainIn());
    assertNotEquals(numbers(0, 1000), arrived);
    for (int i = 0; i < arrived.size(); i++) {
      int number = arrived.get(i);
      long overtakers = arrived.subList(0, i).stream().filter(other -> other > number).count();
      // Packets that were held themselves may also come out just before it.
      assertTrue(overtakers <= 2 * depth, number + " was overtaken by " + overtakers);
    }
    List<Integer> sorted = new ArrayList<>(arrived);
    Collections.sort(sorted);
    assertEquals(numbers(0, 1000), sorted);
    long reordered = faulty.received(0).reordered();
    assertTrue(reordered > 150 && reordered < 250, "reordered " + reordered);
  }

  @Test
  void aHeldPacketGoesOnWithoutOthersAfterItsTime() {
    open(Faults.NONE.withReorder(1, 1, 5 * MILLI), Faults.NONE, 11);
    sendIn(0, 1);
    assertEquals(0, faulty.receive(0, burst, 10));
    assertEquals(now + 5 * MILLI, faulty.nextDeadlineNanos(0));
    assertTrue(faulty.prepareSleep(0));
    faulty.finishSleep(0);
    now += 5 * MILLI - 1;
    assertEquals(List.of(), drainIn());
    now++;
    assertFalse(faulty.prepareSleep(0), "it is due");
    assertEquals(List.of(0), drainIn());
    assertEquals(Long.MAX_VALUE, faulty.nextDeadlineNanos(0));
  }

  @Test
  void moreHeldPacketsThanFitPassInOrder() {
    open(Faults.NONE.withReorder(1, 1000, MILLI), Faults.NONE, 12);
    sendIn(0, 200);
    List<Integer> arrived = drainIn();
    assertTrue(arrived.size() >= 200 - 64, "only so many are held: " + arrived.size());
    assertTrue(near.inUse() > 0);
    now += MILLI;
    arrived.addAll(drainIn());
    Collections.sort(arrived);
    assertEquals(numbers(0, 200), arrived);
  }

  @Test
  void delaysBothDirections() {
    open(Faults.NONE.withDelay(3 * MILLI, 0), Faults.NONE.withDelay(7 * MILLI, 0), 13);
    sendIn(0, 100); // more than a burst
    assertEquals(List.of(), drainIn());
    assertEquals(now + 3 * MILLI, faulty.nextDeadlineNanos(0));
    burst[0] = FlowFrames.tcp(near, 1, 500, 0);
    assertEquals(1, faulty.transmit(0, burst, 1));
    now += 3 * MILLI - 1;
    assertEquals(List.of(), drainIn());
    assertTrue(faulty.prepareSleep(0));
    faulty.finishSleep(0);
    now++;
    assertFalse(faulty.prepareSleep(0));
    assertEquals(numbers(0, 100), drainIn());
    assertEquals(now + 4 * MILLI, faulty.nextDeadlineNanos(0));
    now += 4 * MILLI - 1;
    assertEquals(List.of(), drainIn());
    assertEquals(List.of(), drain(plain, far));
    now++;
    assertEquals(List.of(), drainIn());
    assertEquals(List.of(500), drain(plain, far), "receive moves sent packets on as well");
    assertEquals(Long.MAX_VALUE, faulty.nextDeadlineNanos(0));
    assertTrue(faulty.prepareSleep(0));
    faulty.finishSleep(0);
  }

  @Test
  void jitterSpreadsButDoesntReorder() {
    open(Faults.NONE, Faults.NONE.withDelay(MILLI, MILLI), 14);
    for (int i = 0; i < 200; i++) {
      burst[0] = FlowFrames.tcp(near, 1, i, 0);
      assertEquals(1, faulty.transmit(0, burst, 1));
      now += 10_000;
    }
    long sent = now;
    List<Integer> arrived = new ArrayList<>(drain(plain, far));
    int steps = 0;
    for (long next; (next = faulty.nextDeadlineNanos(0)) != Long.MAX_VALUE; steps++) {
      assertTrue(next <= sent + 2 * MILLI);
      now = Math.max(now, next);
      assertEquals(0, faulty.receive(0, burst, 1));
      arrived.addAll(drain(plain, far));
    }
    assertEquals(numbers(0, 200), arrived);
    assertTrue(steps > 10, "they came in " + steps + " steps");
  }

  @Test
  void theRateSpacesPacketsAndTheQueueOverflows() {
    // 114-byte frames at 912 kbit/s: one each millisecond; 10 may wait.
    open(Faults.NONE, Faults.NONE.withRate(912_000, 10), 15);
    for (int i = 0; i < 15; i++) {
      burst[i] = FlowFrames.tcp(near, 1, i, 60);
    }
    assertEquals(15, faulty.transmit(0, burst, 15));
    assertEquals(5, faulty.sent(0).overflowed());
    for (int i = 0; i < 10; i++) {
      assertEquals(List.of(), drain(plain, far));
      now += MILLI;
      assertEquals(now, faulty.nextDeadlineNanos(0));
      assertEquals(0, faulty.receive(0, burst, 1));
      assertEquals(List.of(i), drain(plain, far));
    }
    now += 50 * MILLI; // an idle link accumulates no credit
    burst[0] = FlowFrames.tcp(near, 1, 0, 60);
    assertEquals(1, faulty.transmit(0, burst, 1));
    assertEquals(now + MILLI, faulty.nextDeadlineNanos(0));
  }

  @Test
  void passesBackPressureOnAndLosesNothing() {
    open(Faults.NONE, Faults.NONE.withDuplicate(1e-9), 16);
    int sent = 0;
    int refusals = 0;
    List<Integer> arrived = new ArrayList<>();
    while (refusals < 50) {
      int offered = 0;
      while (offered < 32) {
        burst[offered] = FlowFrames.tcp(near, 1, sent + offered, 0);
        offered++;
      }
      int taken = faulty.transmit(0, burst, 32);
      for (int i = taken; i < 32; i++) {
        near.free(burst[i]);
      }
      sent += taken;
      if (taken < 32) {
        refusals++;
        assertFalse(faulty.prepareSleep(0), "packets that are due wait");
        int n = plain.receive(0, burst, 40);
        for (int i = 0; i < n; i++) {
          arrived.add(FlowFrames.sequence(burst[i]));
          far.free(burst[i]);
        }
      }
    }
    for (int i = 0; i < 100; i++) {
      assertEquals(0, faulty.receive(0, burst, 1));
      arrived.addAll(drain(plain, far));
    }
    assertEquals(numbers(0, sent), arrived);
  }

  @Test
  void aSmallReceiveBurstLosesNothing() {
    open(Faults.NONE.withDuplicate(1), Faults.NONE, 17);
    sendIn(0, 500);
    List<Integer> arrived = new ArrayList<>();
    for (int n; (n = faulty.receive(0, burst, 3)) > 0; ) {
      assertTrue(n <= 3);
      for (int i = 0; i < n; i++) {
        arrived.add(FlowFrames.sequence(burst[i]));
        near.free(burst[i]);
      }
    }
    assertEquals(1000, arrived.size());
    List<Integer> sorted = new ArrayList<>(arrived);
    Collections.sort(sorted);
    assertEquals(sorted, arrived);
  }

  private List<Integer> run(long seed) {
    Faults all =
        Faults.NONE.withLoss(0.1).withDuplicate(0.1).withReorder(0.1).withDelay(MILLI, MILLI);
    open(all, all, seed);
    List<Integer> arrived = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      sendIn(i, 1);
      arrived.addAll(drainIn());
      now += 200_000;
    }
    assertTrue(near.inUse() > 0, "some are still held, and go back when the queue is detached");
    faulty.detach(0);
    plain.detach(0);
    return arrived;
  }

  @Test
  void theSeedDecides() {
    List<Integer> first = run(20);
    assertEquals(first, run(20));
    assertNotEquals(first, run(21));
  }

  @Test
  void whatIsHeldGoesBackToThePool() {
    Faults slow = Faults.NONE.withReorder(0.5, 100, 1000 * MILLI).withDelay(1000 * MILLI, 0);
    open(slow, slow, 22);
    sendIn(0, 200);
    assertEquals(List.of(), drainIn());
    for (int i = 0; i < 200; i++) {
      burst[i] = FlowFrames.tcp(near, 1, i, 0);
    }
    assertEquals(200, faulty.transmit(0, burst, 200));
    assertTrue(near.inUse() > 200);
    faulty.detach(0);
    assertEquals(0, near.inUse());
  }

  @Test
  void probabilitiesAndTimesHaveRanges() {
    open(Faults.NONE, Faults.NONE, 1);
    for (double p : new double[] {-0.01, 1.01, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThrows(IllegalArgumentException.class, () -> Faults.NONE.withLoss(p));
      assertThrows(IllegalArgumentException.class, () -> Faults.NONE.withDuplicate(p));
      assertThrows(IllegalArgumentException.class, () -> Faults.NONE.withCorrupt(p));
      assertThrows(IllegalArgumentException.class, () -> Faults.NONE.withReorder(p));
    }
    assertThrows(IllegalArgumentException.class, () -> Faults.NONE.withReorder(1, 0, 0));
    assertThrows(IllegalArgumentException.class, () -> Faults.NONE.withReorder(1, 1, -1));
    assertThrows(IllegalArgumentException.class, () -> Faults.NONE.withDelay(-1, 0));
    assertThrows(IllegalArgumentException.class, () -> Faults.NONE.withDelay(0, -1));
    assertThrows(IllegalArgumentException.class, () -> Faults.NONE.withRate(-1, 1));
    assertThrows(IllegalArgumentException.class, () -> Faults.NONE.withRate(1, 0));
    Faults all =
        Faults.NONE
            .withLoss(0.1)
            .withDuplicate(0.2)
            .withCorrupt(0.3)
            .withReorder(0.4, 5, 6)
            .withDelay(7, 8)
            .withRate(9, 10);
    assertEquals(new Faults(0.1, 0.2, 0.3, 0.4, 5, 6, 7, 8, 9, 10), all);
  }
}
