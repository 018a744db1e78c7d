package org.mosstack.ring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mosstack.device.FlowFrames;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.MbufPool;

class PacketRingTest {
  private final MbufPool producers = new MbufPool(100);
  private final MbufPool consumers = new MbufPool(100);
  private final long[] out = new long[100];

  @AfterEach
  void allBuffersAreBack() {
    assertEquals(0, producers.inUse());
    assertEquals(0, consumers.inUse());
    producers.close();
    consumers.close();
  }

  private void offer(PacketRing ring, int sequence) {
    assertTrue(ring.offer(FlowFrames.tcp(producers, 1, sequence, 10)));
  }

  private void expect(long mbuf, int sequence) {
    assertEquals(sequence, FlowFrames.sequence(mbuf));
    assertTrue(FlowFrames.isIntact(mbuf));
    consumers.free(mbuf);
  }

  @Test
  void keepsOrderAndBytesRoundAfterRound() {
    PacketRing ring = new PacketRing(8);
    int sent = 0;
    int received = 0;
    for (int round = 0; round < 100; round++) {
      int burst = 1 + round % 8;
      for (int i = 0; i < burst; i++) {
        offer(ring, sent++);
      }
      assertFalse(ring.isEmpty());
      assertEquals(burst, ring.poll(out, 3, 100, consumers));
      for (int i = 0; i < burst; i++) {
        expect(out[3 + i], received++);
      }
      assertTrue(ring.isEmpty());
      assertEquals(burst, producers.inUse(), "the producer frees, nobody else");
      ring.reclaim(producers);
      assertFalse(ring.hasOutstanding());
      assertEquals(0, producers.inUse());
    }
  }

  @Test
  void isFullUntilTheProducerReclaims() {
    PacketRing ring = new PacketRing(4);
    for (int i = 0; i < 4; i++) {
      offer(ring, i);
    }
    long refused = FlowFrames.tcp(producers, 1, 4, 0);
    assertFalse(ring.offer(refused));
    ring.reclaim(producers);
    assertFalse(ring.offer(refused), "nothing was consumed");
    assertEquals(1, ring.poll(out, 0, 1, consumers));
    expect(out[0], 0);
    assertFalse(ring.offer(refused), "consumed, but not reclaimed: the slot is in use");
    ring.reclaim(producers);
    assertTrue(ring.offer(refused));
    assertEquals(4, ring.poll(out, 0, 100, consumers));
    for (int i = 0; i < 4; i++) {
      expect(out[i], i + 1);
    }
    ring.reclaim(producers);
  }

  @Test
  void capacityOfOne() {
    PacketRing ring = new PacketRing(1);
    for (int i = 0; i < 5; i++) {
      offer(ring, i);
      assertEquals(1, ring.poll(out, 0, 100, consumers));
      expect(out[0], i);
      ring.reclaim(producers);
    }
  }

  @Test
  void dropsAndCountsWhatTheConsumerHasNoBufferFor() {
    PacketRing ring = new PacketRing(8);
    try (MbufPool two = new MbufPool(2, 128)) {
      offer(ring, 0);
      long large = producers.alloc();
      Mbuf.append(large, 129);
      assertTrue(ring.offer(large));
      for (int i = 1; i < 4; i++) {
        offer(ring, i);
      }
      assertEquals(2, ring.poll(out, 0, 100, two));
      assertEquals(3, ring.noBuffer());
      assertEquals(0, FlowFrames.sequence(out[0]));
      assertEquals(1, FlowFrames.sequence(out[1]));
      assertTrue(ring.isEmpty());
    }
    ring.reclaim(producers);
  }

  @Test
  void whatAClosedRingHeldStillArrives() {
    PacketRing ring = new PacketRing(8);
    for (int i = 0; i < 6; i++) {
      offer(ring, i);
    }
    assertEquals(2, ring.poll(out, 0, 2, consumers));
    expect(out[0], 0);
    expect(out[1], 1);
    ring.close(producers);
    assertEquals(0, producers.inUse());
    assertFalse(ring.isEmpty());
    assertEquals(3, ring.poll(out, 0, 3, consumers));
    for (int i = 0; i < 3; i++) {
      expect(out[i], 2 + i);
    }
    assertEquals(1, ring.poll(out, 0, 3, consumers));
    expect(out[0], 5);
    assertTrue(ring.isEmpty());
    assertEquals(0, ring.poll(out, 0, 3, consumers));
  }

  /** Like {@link MbufPool#copy}: a port may still have to fill in a checksum. */
  @Test
  void whatAClosedRingHeldKeepsWhatIsKnownOfIt() {
    PacketRing ring = new PacketRing(8);
    long mbuf = FlowFrames.tcp(producers, 1, 1, 10);
    Mbuf.setRssHash(mbuf, 77);
    Mbuf.setPort(mbuf, 3);
    Mbuf.requestTcpChecksum(mbuf, 14, 20);
    Mbuf.setFlags(mbuf, Mbuf.flags(mbuf) | Mbuf.RX_L4_CKSUM_GOOD | 1L << 62); // 62: IND_ATTACHED
    ring.offer(mbuf);
    ring.close(producers);
    assertEquals(1, ring.poll(out, 0, 8, consumers));
    assertEquals(77, Mbuf.rssHash(out[0]));
    assertEquals(3, Mbuf.port(out[0]));
    assertTrue(Mbuf.requestsTcpChecksum(out[0]));
    assertEquals(20 << 7 | 14, Mbuf.txOffload(out[0]));
    long kept = Mbuf.TX_TCP_CKSUM | Mbuf.TX_IP_CKSUM | Mbuf.TX_IPV4 | Mbuf.RX_L4_CKSUM_GOOD;
    assertEquals(kept, Mbuf.flags(out[0]));
    consumers.free(out[0]);
  }

  @Test
  void aSuperSegmentInAClosedRingIsStillOne() {
    PacketRing ring = new PacketRing(8);
    long head = FlowFrames.tcp(producers, 1, 1, 10);
    long second = producers.alloc();
    Mbuf.append(second, new byte[] {7, 8, 9}, 0, 3);
    Mbuf.chain(head, head, second);
    Mbuf.setFlags(head, Mbuf.RX_LRO);
    int length = Mbuf.packetLength(head);
    ring.offer(head);
    ring.close(producers);
    assertEquals(0, producers.inUse());
    assertEquals(1, ring.poll(out, 0, 8, consumers));
    assertTrue(Mbuf.isSuperSegment(out[0]));
    byte[] bytes = new byte[length];
    assertEquals(length, Mbuf.copyTo(out[0], bytes));
    assertEquals(3, Mbuf.dataLength(Mbuf.next(out[0])));
    assertEquals(9, bytes[length - 1]);
    consumers.free(out[0]);
  }

  @Test
  void whatAClosedRingHeldNeedsBuffersToo() {
    PacketRing ring = new PacketRing(8);
    offer(ring, 0);
    offer(ring, 1);
    ring.close(producers);
    try (MbufPool one = new MbufPool(1)) {
      assertEquals(1, ring.poll(out, 0, 10, one));
      assertEquals(1, ring.noBuffer());
    }
    assertTrue(ring.isEmpty());
  }

  @Test
  void anAbandonedRingSwallows() {
    PacketRing ring = new PacketRing(4);
    for (int i = 0; i < 3; i++) {
      offer(ring, i);
    }
    ring.abandon();
    for (int i = 0; i < 20; i++) {
      ring.reclaim(producers);
      assertEquals(0, producers.inUse());
      offer(ring, i);
    }
    ring.close(producers);
    assertTrue(ring.isEmpty());
  }

  @Test
  void drainFreesAll() {
    PacketRing ring = new PacketRing(4);
    offer(ring, 0);
    offer(ring, 1);
    assertEquals(1, ring.poll(out, 0, 1, consumers));
    consumers.free(out[0]);
    ring.drain(producers);
    assertFalse(ring.hasOutstanding());
  }

  @Test
  void copiesTheReceiveHash() {
    PacketRing ring = new PacketRing(4);
    long mbuf = producers.alloc();
    Mbuf.setRssHash(mbuf, 0xDEADBEEF);
    assertTrue(ring.offer(mbuf));
    assertEquals(1, ring.poll(out, 0, 1, consumers));
    assertNotEquals(mbuf, out[0]);
    assertEquals(0xDEADBEEF, Mbuf.rssHash(out[0]));
    consumers.free(out[0]);
    ring.drain(producers);
  }

  @Test
  void aSendersRequestReachesWhoeverSendsForHim() {
    PacketRing ring = new PacketRing(4);
    for (int i = 0; i < 2; i++) {
      long mbuf = producers.alloc();
      Mbuf.append(mbuf, 60);
      Mbuf.requestTcpChecksum(mbuf, 14, 20);
      assertTrue(ring.offer(mbuf));
    }
    assertEquals(1, ring.poll(out, 0, 1, consumers));
    ring.close(producers); // the second is rebuilt from the remaining bytes
    assertEquals(1, ring.poll(out, 1, 1, consumers));
    for (int i = 0; i < 2; i++) {
      assertTrue(Mbuf.requestsTcpChecksum(out[i]));
      assertEquals(20 << 7 | 14, Mbuf.txOffload(out[i]));
      consumers.free(out[i]);
    }
  }

  @Test
  void refusesOddCapacities() {
    for (int capacity : new int[] {0, 3, -1, Integer.MIN_VALUE}) {
      assertThrows(IllegalArgumentException.class, () -> new PacketRing(capacity));
    }
  }

  /** The producer leaves and at once unmaps its pool while the consumer reads. */
  @Test
  @Timeout(120)
  void theProducerMayLeaveWhileTheConsumerReads() throws InterruptedException {
    int packets = 40;
    for (int round = 0; round < 500; round++) {
      PacketRing ring = new PacketRing(64);
      AtomicReference<Throwable> failure = new AtomicReference<>();
      Thread producer =
          new Thread(
              () -> {
                try (MbufPool own = new MbufPool(64)) {
                  for (int i = 0; i < packets; i++) {
                    assertTrue(ring.offer(FlowFrames.tcp(own, 1, i, 1000)));
                    if (i % 7 == 0) {
                      ring.reclaim(own);
                    }
                  }
                  ring.close(own);
                  assertEquals(0, own.inUse());
                } catch (Throwable t) {
                  failure.set(t);
                }
              });
      producer.start();
      int received = 0;
      while (received < packets && failure.get() == null) {
        int n = ring.poll(out, 0, 5, consumers);
        for (int i = 0; i < n; i++) {
          expect(out[i], received++);
        }
      }
      producer.join();
      assertEquals(null, failure.get());
      assertEquals(0, ring.noBuffer());
    }
  }
}
