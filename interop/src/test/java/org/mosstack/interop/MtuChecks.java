package org.mosstack.interop;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

/** All sizes in packets of another length. */
abstract class MtuChecks extends ServerChecks {
  MtuChecks(Device device, int mtu) {
    super(device, mtu, ONE_CORE);
  }

  @Test
  @Order(2)
  @DisplayName("ping")
  @Needs(Need.PING)
  final void pings() throws Exception {
    server();
    kernel.assertPingsUpTo(mtu);
  }

  @Test
  @Order(3)
  @DisplayName("curl gets all sizes")
  final void downloads(TestReporter reporter) throws Exception {
    kernel.downloadAll(WebFiles.SIZES, server(), reporter);
  }

  @Test
  @Order(4)
  @DisplayName("in full packets")
  final void fullPackets() throws Exception {
    server();
    kernel.assertFullPackets(mtu);
  }

  @Test
  @Order(SERVER_ENDS + 1)
  @DisplayName("epwget gets all sizes from nginx")
  @Needs(Need.NGINX)
  final void fetches(TestReporter reporter) throws Exception {
    try (Nginx nginx = Nginx.start(testbed, link)) {
      stack.fetchAll(WebFiles.SIZES, reporter);
      nginx.assertRunning();
    }
  }
}
