package org.mosstack.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mosstack.device.Faults;
import org.mosstack.stats.Counter;
import org.mosstack.testkit.Endpoints;
import org.mosstack.testkit.RecordingHandler;
import org.mosstack.testkit.StackPair;

/** What a peer sees while a handler blocks its core: the figures of docs/migrating.md. */
class SlowHandlerTest {
  private static final double TURN_SECONDS = 10e-6;

  /** A round trip, and some turns. */
  private static final double RTT_SECONDS = 0.0011;

  private static final Faults PATH = Faults.NONE.withDelay(500_000, 0);

  private final ConnectedPair pair;
  private final StackPair stacks;

  SlowHandlerTest() throws IOException {
    StackPair.Setup setup = new StackPair.Setup(1).limits(1000, 0).faults(PATH);
    pair = new ConnectedPair(setup.program(UnaryOperator.identity()));
    stacks = pair.stacks;
    pair.transfer(100_000); // measures the round trip
    stacks.run(1);
  }

  @AfterEach
  void close() {
    pair.close();
  }

  /** The server's handler of the next data blocks its thread for this time, then reads. */
  private void block(double seconds, Runnable first) {
    pair.receiver.onReadable =
        _ -> {
          first.run();
          pair.receiver.onReadable = _ -> pair.receive();
          stacks.stall(stacks.serverCore(), (int) Math.round(seconds / TURN_SECONDS));
          pair.receive();
        };
  }

  /** A message is acknowledged when the handler returns, and sent again as often as it says. */
  @ParameterizedTest
  @CsvSource({"0.1, 0", "0.2, 0", "0.5, 2", "1, 3", "5, 5", "30, 8"})
  void theAckComesWhenTheHandlerReturns(double seconds, int sentAgain) {
    block(seconds, () -> {});
    int released = pair.sender.released;
    long start = stacks.now();
    pair.transfer(100);
    assertTrue(stacks.runUntil(() -> pair.sender.released > released, 1), "acknowledged");
    double waited = (stacks.now() - start) / 1e9;
    assertTrue(waited >= seconds && waited < seconds + RTT_SECONDS, "acknowledged after " + waited);
    assertEquals(sentAgain, stacks.client.count(Counter.TCP_RETRANSMITS));
    // The sender finds out that nothing was lost, and its window is as if nothing had been.
    assertEquals(
        stacks.client.count(Counter.TCP_RTO_EXPIRED) > 0 ? 1 : 0,
        stacks.client.count(Counter.TCP_SPURIOUS_RETRANSMITS));
  }

  @Test
  void aNewConnectionIsAnsweredWhenTheHandlerReturns() {
    RecordingHandler late = new RecordingHandler();
    block(5, () -> connect(late));
    long start = stacks.now();
    pair.transfer(100);
    assertTrue(stacks.runUntil(() -> late.events.contains("connected"), 1), "connected");
    double waited = (stacks.now() - start) / 1e9;
    assertTrue(waited >= 5 && waited < 5 + 2 * RTT_SECONDS, "connected after " + waited);
  }

  private void connect(RecordingHandler handler) {
    try {
      stacks.clientCore().connect(Endpoints.of(StackPair.SERVER_ADDRESS, 80), handler);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
