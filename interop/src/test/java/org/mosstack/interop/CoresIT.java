package org.mosstack.interop;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

/** A stack of two cores, whose device has two queues. */
@DisplayName("two cores")
final class CoresIT extends ServerChecks {
  private static final int FLOWS = 2000;

  CoresIT() {
    super(Device.AF_PACKET, Device.DEFAULT_MTU, TWO_CORES);
  }

  @Test
  @Order(2)
  @DisplayName("curl gets all sizes")
  void downloads(TestReporter reporter) throws Exception {
    kernel.downloadAll(WebFiles.SIZES, server(), reporter);
  }

  @Test
  @Order(3)
  @DisplayName("wrk")
  @Needs(Need.WRK)
  void load(TestReporter reporter) throws Exception {
    server();
    kernel.load(64, reporter);
  }

  @Test
  @Order(SERVER_ENDS + 1)
  @DisplayName("both have had connections")
  void bothAccepted() throws Exception {
    server();
    stack.logs().assertBothCounted("TCP_PASSIVE_OPENS");
  }

  @Test
  @Order(SERVER_ENDS + 2)
  @DisplayName("epwget, 2000 flows from nginx")
  @Needs(Need.NGINX)
  void fetches() throws Exception {
    try (Nginx nginx = Nginx.start(testbed, link)) {
      stack.awaitFetched(
          stack.startFetch(
              WebFiles.path(8192), "--flows", Integer.toString(FLOWS), "--concurrency", "100"));
      stack.logs().assertBothCounted("TCP_ACTIVE_OPENS");
      WebFiles.of(testbed).assertSame(8192, stack.fetched(FLOWS - 1));
      nginx.assertRunning();
    }
  }
}
