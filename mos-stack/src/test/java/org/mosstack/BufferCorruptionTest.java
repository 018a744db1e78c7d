package org.mosstack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.mosstack.mbuf.BufferCorruptionError;
import org.mosstack.mbuf.MbufPool;
import org.mosstack.socket.Endpoint;
import org.mosstack.socket.SocketOptions;
import org.mosstack.stats.Counter;
import org.mosstack.testkit.Endpoints;
import org.mosstack.testkit.QuietHandler;
import org.mosstack.testkit.StackPair;

/** A packet buffer that is freed twice ends the core, with or without assertions. */
class BufferCorruptionTest {
  private static final int PORT = 80;

  @Test
  void aDoubleFreeThatAHandlersCatchHasSwallowedEndsTheCoreWithTheNextTurn() throws IOException {
    try (StackPair pair = StackPair.tapped(1, 1)) {
      StackCore server = pair.server.core(0);
      pair.server.listen(
          Endpoint.any(PORT), 4, SocketOptions.DEFAULT, -1, (_, _) -> freeTwice(server.pool()));
      pair.client.core(0).connect(Endpoints.of(StackPair.SERVER_ADDRESS, PORT), new QuietHandler());
      BufferCorruptionError error =
          assertThrows(BufferCorruptionError.class, () -> pair.takeTurns(() -> false, 100));
      assertEquals("core 0: a packet buffer was freed twice: the core ends", error.getMessage());
      assertEquals(1, server.counters().get(Counter.BUFFER_DOUBLE_FREES));
      assertTrue(server.counters().get(Counter.HANDLER_EXCEPTIONS) > 0, "it was swallowed before");
    }
  }

  private static void freeTwice(MbufPool pool) {
    long mbuf = pool.alloc();
    pool.free(mbuf);
    pool.free(mbuf);
  }
}
