package org.mosstack.dpdk;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.MbufPool;
import org.mosstack.mbuf.Memory;
import org.mosstack.os.CSignature;

/** What a driver delivers, with the test's receive function in place of the driver's. */
class PortQueueTest {
  private static final int DATA_LEN = 40; // struct rte_mbuf
  private static final int DATA_OFF = 16;

  private final MbufPool pool = new MbufPool(16);
  private final long[] burst = new long[8];
  private int stops;

  /** Applied by a test to the second of two packets of 60 bytes. */
  private LongConsumer change = _ -> {};

  private Arena arena;
  private PortQueue queue;

  @BeforeEach
  void open() throws ReflectiveOperationException {
    arena = Arena.ofShared();
    MethodType type = MethodType.methodType(short.class, long.class, long.class, short.class);
    MemorySegment receive =
        CSignature.of(
                ValueLayout.JAVA_SHORT,
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_SHORT)
            .upcallStub(MethodHandles.lookup().bind(this, "receive", type), arena);
    PortQueue.Functions functions = new PortQueue.Functions(receive, 0, MemorySegment.NULL, 0);
    queue = new PortQueue("dpdk0", false, null, functions, pool, () -> stops++);
    queue.attach();
  }

  @AfterEach
  void close() {
    queue.free();
    arena.close();
    pool.close();
  }

  /** Stands in for the driver's rte_eth_rx_burst. */
  short receive(long driverQueue, long mbufs, short max) {
    for (int i = 0; i < 2; i++) {
      long mbuf = pool.alloc();
      Mbuf.append(mbuf, 60);
      if (i == 1) {
        change.accept(mbuf);
      }
      Memory.putLong(mbufs + (long) i * Long.BYTES, mbuf);
    }
    return 2;
  }

  private void assertStops(LongConsumer changed) {
    change = changed;
    assertEquals(0, queue.receive(burst, burst.length), "nothing of the burst is believed");
    assertEquals(1, stops);
  }

  @Test
  void whatFitsItsBufferIsReceived() {
    assertEquals(2, queue.receive(burst, burst.length));
    assertEquals(0, stops);
    change = mbuf -> Mbuf.append(mbuf, Mbuf.tailroom(mbuf));
    assertEquals(2, queue.receive(burst, burst.length), "a buffer that is full");
    assertEquals(0, stops);
  }

  @Test
  void aLengthBeyondTheBufferStopsThePort() {
    assertStops(mbuf -> Mbuf.setLength(mbuf, Mbuf.tailroom(mbuf) + 61));
  }

  @Test
  void dataThatBeginsBehindTheBufferStopsThePort() {
    assertStops(mbuf -> Memory.putShort(mbuf + DATA_OFF, 0xFFFF));
  }

  @Test
  void lengthsThatContradictEachOtherStopThePort() {
    assertStops(mbuf -> Memory.putShort(mbuf + DATA_LEN, 59));
  }

  @Test
  void aChainThatEndsTooSoonStopsThePort() {
    assertStops(mbuf -> Memory.putShort(mbuf + 20, 2)); // nb_segs
  }
}
