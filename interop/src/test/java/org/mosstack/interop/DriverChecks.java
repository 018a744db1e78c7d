package org.mosstack.interop;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

/** All that one driver has to show. */
abstract class DriverChecks extends ServerChecks {
  DriverChecks(Device device) {
    super(device, Device.DEFAULT_MTU, ONE_CORE);
  }

  @Test
  @Order(2)
  @DisplayName("ping")
  @Needs(Need.PING)
  final void ping() throws Exception {
    server();
    kernel.ping();
  }

  @Test
  @Order(3)
  @DisplayName("curl gets all sizes")
  final void downloads(TestReporter reporter) throws Exception {
    kernel.downloadAll(WebFiles.SIZES, server(), reporter);
  }

  @Test
  @Order(4)
  @DisplayName("wrk")
  @Needs(Need.WRK)
  final void load(TestReporter reporter) throws Exception {
    server();
    kernel.load(16, reporter);
  }

  @Test
  @Order(5)
  @DisplayName("curl gets all sizes, 1 % lost each way")
  @Needs(Need.NFT)
  final void downloadsWithLoss(TestReporter reporter) throws Throwable {
    Epserver server = server();
    new PacketLoss(testbed, link)
        .ofOnePercent(() -> kernel.downloadAll(WebFiles.SIZES, server, reporter));
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

  @Test
  @Order(SERVER_ENDS + 2)
  @DisplayName("epwget gets all sizes, 1 % lost each way")
  @Needs({Need.NGINX, Need.NFT})
  final void fetchesWithLoss(TestReporter reporter) throws Throwable {
    try (Nginx nginx = Nginx.start(testbed, link)) {
      new PacketLoss(testbed, link).ofOnePercent(() -> stack.fetchAll(WebFiles.SIZES, reporter));
      nginx.assertRunning();
    }
  }
}
