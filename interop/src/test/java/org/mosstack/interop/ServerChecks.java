package org.mosstack.interop;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** Checks of which some share an epserver, which the first one starts. */
abstract class ServerChecks extends LinkChecks {
  /** The place of the check at which epserver ends. */
  static final int SERVER_ENDS = 50;

  private Epserver server;

  ServerChecks(Device device, int mtu, String coreMask) {
    super(device, mtu, coreMask);
  }

  /** Returns epserver; where it hasn't started, a check that asks for it isn't run. */
  final Epserver server() {
    assumeTrue(server != null, "epserver hasn't started");
    return server;
  }

  @Test
  @Order(1)
  @DisplayName("epserver starts")
  final void epserverStarts() throws IOException, InterruptedException {
    server = stack.serve();
  }

  @Test
  @Order(SERVER_ENDS)
  @DisplayName("epserver ends with all its buffers")
  final void epserverEnds() throws IOException, InterruptedException {
    server().endWithAllBuffers();
  }
}
