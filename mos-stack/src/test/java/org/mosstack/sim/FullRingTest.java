package org.mosstack.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.mosstack.device.ForwardingDevice;
import org.mosstack.device.NetDevice;
import org.mosstack.stats.Counter;
import org.mosstack.testkit.StackPair;

/** A device whose ring stays full while many connections have data to send. */
class FullRingTest {
  private static final int CONNECTIONS = 2000;
  private static final int STUCK_TURNS = 50;

  private StuckPort port;

  private static final class StuckPort extends ForwardingDevice {
    int stuckTurns;
    int mostOffers;
    private int offers;

    StuckPort(NetDevice inner) {
      super(inner);
    }

    @Override
    public int receive(int queue, long[] mbufs, int max) {
      stuckTurns--;
      offers = 0;
      return super.receive(queue, mbufs, max);
    }

    @Override
    public int transmit(int queue, long[] mbufs, int n) {
      if (stuckTurns > 0) {
        mostOffers = Math.max(mostOffers, ++offers);
        return 0;
      }
      return super.transmit(queue, mbufs, n);
    }

    /** Frames waiting for the ring are no reason to skip ahead in time. */
    @Override
    public long nextDeadlineNanos(int queue) {
      return stuckTurns > 0 ? 0 : super.nextDeadlineNanos(queue);
    }
  }

  /** Otherwise a turn would ask all of 100,000 connections for the few there is room for. */
  @Test
  void notEveryConnectionIsAskedEachTurn() throws IOException {
    StackPair.Setup setup =
        new StackPair.Setup(6).clientPort(device -> port = new StuckPort(device));
    try (ManyConnections many = new ManyConnections(setup, CONNECTIONS)) {
      assertTrue(many.open());
      port.stuckTurns = STUCK_TURNS;
      assertTrue(many.exchange(0x1234_5678_9ABCL), "each gets its turn");
      assertTrue(
          port.mostOffers > 10 && port.mostOffers < 100, "offers a turn: " + port.mostOffers);
      assertTrue(many.closeAll());
    }
  }

  /** Otherwise a client that opens many at once would wait a second for the dropped ones. */
  @Test
  void synsWaitForRoomInsteadOfBeingLost() throws IOException {
    StackPair.Setup setup =
        new StackPair.Setup(7).clientPort(device -> port = new StuckPort(device));
    try (ManyConnections many = new ManyConnections(setup, 500)) {
      assertTrue(many.open(1), "the neighbour's address is known");
      port.stuckTurns = STUCK_TURNS;
      assertTrue(many.open());
      assertEquals(0, many.sim.client.count(Counter.TCP_RETRANSMITS));
      assertEquals(0, many.sim.client.count(Counter.DROP_TX_RING_FULL));
      assertTrue(many.closeAll());
    }
  }
}
