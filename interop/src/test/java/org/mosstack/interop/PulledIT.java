package org.mosstack.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.mosstack.testkit.program.Await;
import org.mosstack.testkit.program.Namespace;
import org.mosstack.testkit.program.Program;

/** A cable that is pulled in mid-transfer. */
@DisplayName("pulled")
final class PulledIT extends LinkChecks {
  /** The transfer's middle begins here. */
  private static final long MIDDLE = 10_000_000;

  PulledIT() {
    super(Device.AF_PACKET);
  }

  @Test
  @Order(1)
  @DisplayName("the server's veth goes down and up in mid-transfer")
  void atServer() throws Exception {
    try (Epserver server = stack.serve();
        Program curl =
            kernel.startDownload(
                link.kernel(), WebFiles.LARGEST, "-m", "60", "--limit-rate", "40M")) {
      pull(link.stack(), Link.VETH, kernel.downloaded());
      kernel.awaitDownloaded(curl, WebFiles.LARGEST);
      server.endWithAllBuffers();
    }
  }

  @Test
  @Order(2)
  @DisplayName("the kernel's veth goes down and up in mid-transfer")
  @Needs(Need.NGINX)
  void atKernel() throws Exception {
    String portAndPath = ":" + Nginx.SLOW_PORT + WebFiles.path(WebFiles.LARGEST);
    try (Nginx nginx = Nginx.start(testbed, link);
        Program epwget = stack.startFetch(portAndPath)) {
      pull(link.kernel(), link.device(), stack.fetched(0));
      stack.awaitFetched(epwget);
      WebFiles.of(testbed).assertSame(WebFiles.LARGEST, stack.fetched(0));
      nginx.assertRunning();
    }
  }

  /** Takes one end of the link down for a while in which nothing arrives. */
  private static void pull(Namespace end, String device, Path fetched) throws Exception {
    Await.until("the middle of the transfer", 60, () -> length(fetched) > MIDDLE);
    end.ip("link set " + device + " down");
    TimeUnit.MILLISECONDS.sleep(500); // what is on the way arrives
    long length = length(fetched);
    TimeUnit.SECONDS.sleep(1);
    assertEquals(length, length(fetched), "bytes, while the link is down");
    assertTrue(length < 100_000_000, () -> "ended too soon: " + length);
    end.ip("link set " + device + " up");
  }

  private static long length(Path file) throws IOException {
    return Files.exists(file) ? Files.size(file) : 0;
  }
}
