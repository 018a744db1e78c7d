package org.mosstack.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.mosstack.header.TcpHeader;
import org.mosstack.testkit.RecordingHandler;

/**
 * What a core keeps after a burst of work: whatever it pools, lists or tables anywhere shows on the
 * heap. Each kind of state grows so large that keeping hundreds of them would show.
 */
class RetainedMemoryTest {
  private static final int CONNECTIONS = 300;

  /** Connections that do little: their objects, and their share of lists and tables. */
  private static final int IDLE = 12_000;

  private static final int CHUNKS = 8192;
  private static final int SEND_BUFFER = 64 << 20;

  /** The sum of {@link SpareParts}' bounds, plus what tables may keep for {@link #IDLE} flows. */
  private static final long MOST_KEPT = (16 << 20) + 64L * IDLE;

  /** Returns the heap bytes taken by live objects. */
  private static long usedHeap() {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 3; i++) {
      System.gc();
      long used = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
      least = Math.min(least, used);
    }
    return least;
  }

  /** Queues many writes, puts many segments in flight, and receives blocks ahead of gaps. */
  private static void work(TcpFixture fixture, RecordingHandler recorder, int connections) {
    List<Tcb> open = new ArrayList<>();
    for (int i = 0; i < connections; i++) {
      TcpFixture.Remote remote = fixture.synReceived();
      Tcb c = fixture.accept(remote, recorder);
      open.add(c);
      c.sendBuffer(SEND_BUFFER);
      c.congestion.takeOver(c.sndMss, TcpFixture.MILLI, 1 << 20, 1 << 20);
      for (int chunk = 0; chunk < CHUNKS; chunk++) {
        c.write(fixture.memory.address(), TcpFixture.MSS, recorder);
      }
      fixture.turn();
      for (int block = 0; block < 10; block++) {
        remote.send(TcpHeader.ACK, 11 + 20 * block, 1, TcpFixture.WINDOW, 1);
      }
      fixture.turn();
      fixture.sent.clear();
    }
    open.forEach(Tcb::abort);
    fixture.turn();
    fixture.turn();
    fixture.sent.clear();
  }

  private static void idle(TcpFixture fixture, RecordingHandler recorder, int connections) {
    for (int i = 0; i < connections; i++) {
      fixture.accept(fixture.synReceived(), recorder);
      fixture.sent.clear();
    }
    fixture.core.flows.forEach(Tcb::abort);
    fixture.turn();
    fixture.turn();
    fixture.sent.clear();
  }

  @Test
  void aBurstOfWorkLeavesLittleBehind() {
    try (TcpFixture fixture = new TcpFixture(new TcpConfig(0, 20_000, 10_000, 8192, 8192, 0, 0))) {
      fixture.listen((listener, core) -> {});
      RecordingHandler recorder = new RecordingHandler();
      work(fixture, recorder, 2); // loads classes, and gets code compiled
      idle(fixture, recorder, 100);
      recorder.events.clear();
      final long before = usedHeap();
      work(fixture, recorder, CONNECTIONS);
      idle(fixture, recorder, IDLE);
      recorder.events.clear();
      assertEquals(0, fixture.core.flowCount());
      long kept = usedHeap() - before;
      assertTrue(kept < MOST_KEPT, kept / 1000 + " KB are kept");
    }
  }
}
