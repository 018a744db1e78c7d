package org.mosstack.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** epserver's own capture of a port, as tcpdump reads it. */
@KernelPeer
@DisplayName("capture")
final class CaptureIT {
  @Nested
  @Order(1)
  @DisplayName("capture")
  final class OfAfPacket extends CaptureChecks {
    OfAfPacket() {
      super(Device.AF_PACKET);
    }

    @Test
    @Order(1)
    @DisplayName("of af_packet, filtered, switched on and off")
    @Needs({Need.TCPDUMP, Need.PING})
    void filtered() throws Exception {
      assertCaptured();
    }

    @Test
    @Order(2)
    @DisplayName("of af_packet, ended by its limit")
    @Needs(Need.TCPDUMP)
    void limited() throws Exception {
      assertLimited();
    }
  }

  @Nested
  @Order(2)
  @DisplayName("capture")
  final class OfTap extends CaptureChecks {
    OfTap() {
      super(Device.TAP);
    }

    @Test
    @DisplayName("of a TAP port, filtered, switched on and off")
    @Needs({Need.TCPDUMP, Need.PING})
    void filtered() throws Exception {
      assertCaptured();
    }
  }

  /** What captures of each device have to show. */
  abstract static class CaptureChecks extends LinkChecks {
    private static final String SYNS = "tcp port 80 and tcp[tcpflags] & tcp-syn != 0";
    private static final int LIMIT = 100 * 1024;

    CaptureChecks(Device device) {
      super(device);
    }

    /** With a filter, while a file exists, for which there are three connections. */
    final void assertCaptured() throws Exception {
      Path file = testbed.folder().resolve("captured.pcap");
      Path whileThere = testbed.folder().resolve("capture");
      Files.deleteIfExists(file);
      try (Epserver server =
          stack.serve(
              "--pcap",
              file.toString(),
              "--pcap-while",
              whileThere.toString(),
              "--pcap-filter",
              SYNS)) {
        kernel.download(8192);
        Files.createFile(whileThere);
        server.awaitLine("capturing to " + file);
        for (int i = 0; i < 3; i++) {
          kernel.download(8192);
        }
        kernel.ping();
        Files.delete(whileThere);
        server.awaitLine("the capture is paused");
        kernel.download(8192);
        server.endWithAllBuffers();
        server.awaitLine("^epserver: 6 packets in " + file + "$");
      }
      assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
      assertThreeHandshakes(read(file));
    }

    private static void assertThreeHandshakes(List<String> packets) {
      String client = Link.KERNEL_ADDRESS + "\\.\\d+";
      String server = Link.STACK_ADDRESS + "\\.80";
      String syn = "IP " + client + " > " + server + ": Flags \\[S\\],.*";
      String synAck = "IP " + server + " > " + client + ": Flags \\[S\\.\\],.*";
      String all = String.join("\n", packets);
      assertEquals(6, packets.size(), all);
      assertEquals(3, packets.stream().filter(p -> p.matches(syn)).count(), all);
      assertEquals(3, packets.stream().filter(p -> p.matches(synAck)).count(), all);
    }

    /** It ends before its file gets larger. */
    final void assertLimited() throws Exception {
      Path file = testbed.folder().resolve("limited.pcap");
      try (Epserver server = stack.serve("--pcap", file.toString(), "--pcap-limit", "100k")) {
        kernel.download(1_048_576);
        server.awaitLine(
            "^epserver: " + file + ": the capture has ended at its limit of " + LIMIT + " bytes$");
        server.endWithAllBuffers();
      }
      long size = Files.size(file);
      assertTrue(size <= LIMIT, () -> size + " bytes");
      List<String> packets = read(file);
      assertTrue(packets.size() > 60, () -> packets.size() + " packets");
    }

    private List<String> read(Path file) throws IOException, InterruptedException {
      return testbed
          .run("tcpdump -n -t -r", file.toString())
          .lines()
          .filter(line -> !line.startsWith("reading from file"))
          .toList();
    }
  }
}
