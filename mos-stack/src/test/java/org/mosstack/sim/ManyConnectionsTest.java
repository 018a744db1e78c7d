package org.mosstack.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.mosstack.StackCore;
import org.mosstack.socket.TcpError;
import org.mosstack.stats.Counter;
import org.mosstack.testkit.StackPair;

/** Ten thousand simultaneous connections on one core, over the wire. */
class ManyConnectionsTest {
  private static final int CONNECTIONS = 10_000;

  /**
   * Well above any measurement, but below the cost of leaking a buffer or a queue per connection.
   */
  private static final int HEAP_BYTES_PER_CONNECTION = 1000;

  @Test
  void tenThousandAtOnce() throws IOException {
    StackPair.Setup setup = new StackPair.Setup(1).mos("tcp_timeout = -1");
    try (ManyConnections many = new ManyConnections(setup, CONNECTIONS)) {
      StackCore server = many.sim.serverCore();
      StackCore client = many.sim.clientCore();
      Map<String, HeapHistogram.Entry> before = HeapHistogram.take();
      assertTrue(many.open(), "not all opened");
      assertTrue(many.exchange(1), "not all answered");
      many.sim.run(5); // lazily re-armed timers leave the wheel when their slot comes up
      assertEquals(2 * CONNECTIONS, many.established());
      assertEquals(CONNECTIONS, server.connections());
      assertEquals(CONNECTIONS, client.connections());
      assertEquals(0, server.buffersInUse() + client.buffersInUse(), "idle ones hold buffers");
      assertEquals(0, server.timers() + client.timers(), "idle ones need no timer");
      long bytes = HeapHistogram.total(HeapHistogram.growth(before, HeapHistogram.take()));
      long each = bytes / (2 * CONNECTIONS);
      assertTrue(each < HEAP_BYTES_PER_CONNECTION, each + " bytes for each idle connection");

      assertTrue(many.exchange(2), "not all answered after they had been idle");
      assertTrue(many.closeAll(), "not all closed");
      many.sim.run(10);
      assertEquals(TcpError.NONE, many.error());
      assertEquals(0, many.sim.server.count(Counter.TCP_RTO_EXPIRED), "nothing was lost");
      for (StackCore core : new StackCore[] {server, client}) {
        assertEquals(0, core.connections());
        assertEquals(0, core.timers());
        assertEquals(0, core.buffersInUse());
      }
      assertEquals(0, many.sim.server.flows() + many.sim.client.flows());
      assertEquals(0, many.sim.server.count(Counter.PACKET_EXCEPTIONS));
      assertEquals(0, many.sim.server.count(Counter.HANDLER_EXCEPTIONS));
      assertEquals(0, many.sim.client.count(Counter.PACKET_EXCEPTIONS));
      assertEquals(0, many.sim.client.count(Counter.HANDLER_EXCEPTIONS));
      assertEquals(0, many.sim.server.count(Counter.TCP_RESETS_SENT));
      assertEquals(CONNECTIONS, many.sim.server.count(Counter.TCP_PASSIVE_OPENS));
    }
  }

  /** With an idle timeout, each idle connection is on the timer wheel, which ends it. */
  @Test
  void theIdleTimeoutEndsThemAll() throws IOException {
    StackPair.Setup setup = new StackPair.Setup(2).mos("tcp_timeout = 30");
    try (ManyConnections many = new ManyConnections(setup, CONNECTIONS)) {
      assertTrue(many.open(), "not all opened");
      assertEquals(CONNECTIONS, many.sim.serverCore().timers());
      many.sim.run(29);
      assertEquals(2 * CONNECTIONS, many.established());
      many.sim.run(5);
      assertEquals(0, many.sim.serverCore().connections());
      assertEquals(0, many.sim.clientCore().connections());
      assertEquals(0, many.sim.serverCore().timers());
      assertEquals(0, many.sim.serverCore().buffersInUse());
      assertEquals(0, many.sim.clientCore().buffersInUse());
    }
  }
}
