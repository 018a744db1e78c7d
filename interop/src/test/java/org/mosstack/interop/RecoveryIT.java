package org.mosstack.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

/**
 * What a stack does of which packets are lost, after "Recovery" of docs/rfc.md: it says what came
 * behind a gap (RFC 2018), doesn't repeat what the peer said it has (RFC 6675), and asks by a probe
 * for word of the last segments, well before the retransmission timeout (RFC 8985).
 */
@DisplayName("recovery")
final class RecoveryIT extends LinkChecks {
  private static final List<Integer> SIZES = Collections.nCopies(8, 1_048_576);

  /** One in a hundred of the segments of all that is many more. */
  private static final int FEWEST_REPETITIONS = 10;

  RecoveryIT() {
    super(Device.AF_PACKET);
  }

  @Test
  @Order(1)
  @DisplayName("curl from epserver, 1 % lost each way, in the capture")
  @Needs({Need.DUMPCAP, Need.NFT, Need.PING})
  void server(TestReporter reporter) throws Throwable {
    PacketLoss loss = new PacketLoss(testbed, link);
    try (Epserver server = stack.serve()) {
      Capture capture =
          Recording.during(
              testbed,
              link,
              () -> loss.ofOnePercent(() -> kernel.downloadAll(SIZES, server, reporter)));
      assertSack(capture, Link.KERNEL_ADDRESS);
      Repetitions repetitions = Repetitions.by(Link.STACK_ADDRESS, Segment.readAll(capture));
      assertTrue(
          repetitions.count() >= FEWEST_REPETITIONS, () -> repetitions.count() + " repeated");
      assertEquals(List.of(), repetitions.needless(), "repeated needlessly");
      server.endWithAllBuffers();
    }
  }

  @Test
  @Order(2)
  @DisplayName("epserver's last two segments lost, in the capture")
  @Needs({Need.DUMPCAP, Need.NFT, Need.PING})
  void tail() throws Throwable {
    PacketLoss loss = new PacketLoss(testbed, link);
    try (Epserver server = stack.serve()) {
      Capture capture =
          Recording.during(testbed, link, () -> loss.ofTail(() -> kernel.download(8192)));
      TailProbe probe = TailProbe.by(Link.STACK_ADDRESS, Segment.readAll(capture));
      assertTrue(probe.succeeded(), probe::toString);
      server.endWithAllBuffers();
    }
  }

  @Test
  @Order(3)
  @DisplayName("epwget from nginx, 1 % lost each way, in the capture")
  @Needs({Need.DUMPCAP, Need.NFT, Need.PING, Need.NGINX})
  void client(TestReporter reporter) throws Throwable {
    PacketLoss loss = new PacketLoss(testbed, link);
    try (Nginx nginx = Nginx.start(testbed, link)) {
      Capture capture =
          Recording.during(
              testbed, link, () -> loss.ofOnePercent(() -> stack.fetchAll(SIZES, reporter)));
      assertSack(capture, Link.STACK_ADDRESS);
      nginx.assertRunning();
    }
  }

  /** Asserts that there are SACK blocks in what an address sent. */
  private static void assertSack(Capture capture, String source) throws Exception {
    List<String> blocks = capture.lines("ip.src == " + source + " && tcp.options.sack_le");
    assertFalse(blocks.isEmpty(), () -> "no SACK block from " + source);
  }
}
