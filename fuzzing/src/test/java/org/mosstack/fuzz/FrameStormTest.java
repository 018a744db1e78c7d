package org.mosstack.fuzz;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mosstack.header.Ip4Address;
import org.mosstack.socket.Endpoint;
import org.mosstack.socket.SocketOptions;
import org.mosstack.stats.Counter;
import org.mosstack.testkit.FrameBytes;
import org.mosstack.testkit.Pattern;
import org.mosstack.testkit.StackPair;

/** The short form of {@code bin/fuzz frames}. */
class FrameStormTest {
  private static final int FRAMES_PER_SEED = 25_000;
  private static final int SEEDS = 4;

  /**
   * Counters that so few frames aren't certain to reach, that count sending, or that need more
   * cores.
   */
  private static final Set<Counter> ELSEWHERE =
      EnumSet.of(
          Counter.DROP_ETHERNET_SEGMENTS,
          Counter.DROP_ARP_QUEUE_FULL,
          Counter.DROP_ARP_UNKNOWN_PEER,
          Counter.DROP_IP_NO_ROUTE,
          Counter.DROP_IP_FRAGMENT_NO_BUFFER,
          Counter.DROP_IP_TOO_BIG,
          Counter.DROP_IP_SEGMENTS,
          Counter.DROP_ICMP_RATE_LIMITED,
          Counter.DROP_TCP_SYN_QUEUE_FULL,
          Counter.DROP_TCP_FLOW_MOVED,
          Counter.DROP_TCP_MAX_CONCURRENCY,
          Counter.DROP_TCP_REASSEMBLY_FULL,
          Counter.DROP_TCP_NO_BUFFER,
          Counter.DROP_TCP_MEMORY,
          Counter.DROP_LINK_DOWN,
          Counter.DROP_TX_RING_FULL,
          Counter.DROP_CORE_RING_FULL,
          Counter.DROP_CORE_NO_MBUF);

  @Test
  @Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void nothingThrowsLeaksOrStalls() throws IOException {
    Map<Counter, Long> counts = new EnumMap<>(Counter.class);
    for (long seed = 1; seed <= SEEDS; seed++) {
      try (FrameStorm storm = new FrameStorm(seed)) {
        FrameStorm.Outcome outcome = storm.run(FRAMES_PER_SEED);
        assertEquals(FRAMES_PER_SEED, outcome.frames());
        assertTrue(outcome.mended() > FRAMES_PER_SEED * 0.4, "mended: " + outcome.mended());
        assertTrue(outcome.bytes() > 100_000, "the transfers hardly moved: " + outcome.bytes());
        outcome.counts().forEach((counter, n) -> counts.merge(counter, n, Long::sum));
      }
    }
    // The mutations are of little use if whole paths are never taken.
    counts.forEach(
        (counter, n) -> {
          boolean expected = counter.name().startsWith("DROP_") && !ELSEWHERE.contains(counter);
          assertTrue(!expected || n > 0, "never reached: " + counter);
        });
  }

  @Test
  void oneSeedGivesOneRun() throws IOException {
    assertEquals(counts(5), counts(5));
  }

  private static Map<Counter, Long> counts(long seed) throws IOException {
    try (FrameStorm storm = new FrameStorm(seed)) {
      return storm.run(2000).counts();
    }
  }

  /** The checksums computed here agree with the stack's: a good frame stays unchanged. */
  @Test
  void mendingLeavesGoodFramesAsTheyAre() throws IOException {
    int[] compared = new int[1];
    FrameCable cable =
        new FrameCable(
            (frame, end) -> {
              byte[] mended = frame.clone();
              FrameBytes.mend(mended);
              assertArrayEquals(frame, mended);
              assertNull(FrameBytes.wrong(frame));
              compared[0]++;
              return true;
            });
    try (StackPair stacks = cable.start(6);
        Pattern pattern = new Pattern()) {
      Transfer client = new Transfer(pattern);
      Transfer server = new Transfer(pattern);
      stacks.server.listen(
          Endpoint.any(80),
          1,
          SocketOptions.DEFAULT,
          -1,
          (listener, core) -> server.start(listener.accept(core)));
      stacks
          .clientCore()
          .connect(new Endpoint(Ip4Address.toInet(StackPair.SERVER_ADDRESS), 80), client);
      assertTrue(
          stacks.runUntil(
              () -> {
                client.send(3000);
                server.send(2000);
                return server.received > 100_000 && client.received > 100_000;
              },
              100));
      for (byte[] echo : MadeFrames.to(FrameCable.SERVER)) {
        cable.inject(echo, FrameCable.SERVER);
      }
      stacks.run(1);
      assertTrue(compared[0] > 100, compared[0] + " compared only");
    }
  }
}
