package org.mosstack.interop;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

/** Transfers over a link that loses nothing, of sizes that no buffer on the way overflows of. */
@DisplayName("clean")
final class CleanIT extends LinkChecks {
  /** Those that a JVM which has just started answers, later than the kernel waits, come first. */
  private static final List<Integer> DOWNLOADS =
      List.of(65_536, 65_536, 65_536, 0, 1, 1460, 8192, 65_536, 65_536, 8192, 1460);

  private static final int COLD_DOWNLOADS = 3;
  private static final int FETCHES = 100;
  private static final int COLD_FETCHES = 20;

  CleanIT() {
    super(Device.AF_PACKET);
  }

  @Test
  @Order(1)
  @DisplayName("tshark finds nothing odd in curl's downloads from epserver")
  @Needs({Need.DUMPCAP, Need.PING})
  void downloads(TestReporter reporter) throws Throwable {
    try (Epserver server = stack.serve()) {
      Capture capture =
          Recording.during(testbed, link, () -> kernel.downloadAll(DOWNLOADS, server, reporter));
      OddPackets.assertNone(capture, DOWNLOADS.size(), COLD_DOWNLOADS);
      server.endWithAllBuffers();
    }
  }

  @Test
  @Order(2)
  @DisplayName("tshark finds nothing odd in epwget's from nginx")
  @Needs({Need.DUMPCAP, Need.PING, Need.NGINX})
  void fetches() throws Throwable {
    // Linux takes an end that is slow for milliseconds for a lost tail; what it sends then is odd,
    // and its own.
    link.kernel().sysctl("net.ipv4.tcp_early_retrans=0");
    try (Nginx nginx = Nginx.start(testbed, link)) {
      Capture capture = Recording.during(testbed, link, this::fetchAll);
      WebFiles.of(testbed).assertSame(65_536, stack.fetched(FETCHES - 1));
      OddPackets.assertNone(capture, FETCHES, COLD_FETCHES);
      nginx.assertRunning();
    }
  }

  private void fetchAll() throws Exception {
    stack.awaitFetched(
        stack.startFetch(
            WebFiles.path(65_536), "--flows", Integer.toString(FETCHES), "--concurrency", "4"));
  }
}
