package org.mosstack.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.mosstack.testkit.program.Await;
import org.mosstack.testkit.program.Program;
import org.mosstack.testkit.program.Testbed;

/** A stack over net_pcap, whose packets come from a file. */
@DisplayName("pcap")
final class PcapIT extends LinkChecks {
  /** So many that the server listens by the time that the request comes: several turns. */
  private static final int PINGS = 900;

  private static final int SECONDS = 30;
  private static final long SEQUENCE_NUMBERS = 1L << 32;

  PcapIT() {
    super(Device.AF_PACKET);
  }

  /** Records pings and a request, and gives the kernel's packets to a stack by net_pcap. */
  @Test
  @DisplayName("a capture is replayed, and answered")
  @Needs({Need.TSHARK, Need.PING})
  void replayed() throws Exception {
    Path folder = testbed.folder();
    Capture received =
        record(folder.resolve("recorded.pcapng"))
            .copy(
                "arp.src.proto_ipv4 == %1$s || ip.src == %1$s".formatted(Link.KERNEL_ADDRESS),
                folder.resolve("rx.pcap"));
    Capture sent = new Capture(folder.resolve("tx.pcap"));
    String device = "net_pcap=rx_pcap=" + received.file() + ",tx_pcap=" + sent.file();
    try (Epserver server = new StackEnd(testbed, link, ONE_CORE, device).serve()) {
      Await.until("a RST", SECONDS, () -> sent.has("tcp.flags.reset == 1"));
      server.endWithAllBuffers();
    }
    assertPingsAnswered(received, sent);
    assertSegmentsAnswered(received, sent);
    assertTrue(sent.has("arp.opcode == 2"), "no ARP reply");
    String wrong = Capture.WRONG_CHECKSUM + " || icmp.checksum.status == 0";
    assertEquals(List.of(), sent.lines(wrong), "wrong checksums");
  }

  private Capture record(Path file) throws Exception {
    Capture recorded = new Capture(file);
    try (Epserver server = stack.serve();
        Program tshark =
            link.kernel().start("tshark -q -i " + link.device() + " -w", file.toString())) {
      tshark.awaitLine("Capturing", Testbed.SOON);
      Await.until("tshark records", SECONDS, () -> beginningIsIn(recorded));
      kernel.ping("-q -f -c " + PINGS);
      kernel.download(8192);
      String lastFin = "tcp.flags.fin == 1 && ip.src == " + Link.KERNEL_ADDRESS;
      Await.until("tshark has recorded", SECONDS, () -> recorded.has(lastFin));
      tshark.end();
      server.endWithAllBuffers();
    }
    return recorded;
  }

  /** Capturing begins some time after tshark has said so. */
  private boolean beginningIsIn(Capture recorded) throws IOException, InterruptedException {
    link.forgetNeighbours();
    kernel.ping("-q -c 1 -W 1");
    return Files.exists(recorded.file())
        && recorded.has("arp.opcode == 1 && arp.src.proto_ipv4 == " + Link.KERNEL_ADDRESS);
  }

  /** Each ping has its reply. */
  private static void assertPingsAnswered(Capture received, Capture sent) throws Exception {
    List<String> asked = sortedPings(received, "icmp.type == 8");
    assertTrue(asked.size() >= PINGS, () -> asked.size() + " pings");
    assertEquals(asked, sortedPings(sent, "icmp.type == 0"));
  }

  private static List<String> sortedPings(Capture capture, String filter) throws Exception {
    return capture.fields(filter, "icmp.ident", "icmp.seq", "data.data").stream().sorted().toList();
  }

  /**
   * The SYN has its SYN-ACK, or its RST where it came before the server listened (a file is read at
   * once), and the ACK of a start number that this server never sent its RST (RFC 9293, section
   * 3.10.7.4).
   */
  private static void assertSegmentsAnswered(Capture received, Capture sent) throws Exception {
    List<String> syn = received.fields("tcp.flags.syn == 1", "tcp.seq_raw");
    assertEquals(1, syn.size(), "SYNs");
    long next = (Long.parseLong(syn.getFirst()) + 1) % SEQUENCE_NUMBERS;
    String answer = "tcp.flags.ack == 1 && (tcp.flags.syn == 1 || tcp.flags.reset == 1)";
    List<String> acknowledged = sent.fields(answer, "tcp.ack_raw");
    assertEquals(Set.of(Long.toString(next)), Set.copyOf(acknowledged), "acknowledged");

    List<String> acks =
        received.fields("tcp.flags.syn == 0", "tcp.ack_raw").stream().sorted().toList();
    List<String> resets = sent.fields("tcp.flags.reset == 1", "tcp.seq_raw");
    assertFalse(acks.isEmpty(), "no ACK");
    assertTrue(resets.contains(acks.getFirst()), () -> acks.getFirst() + " isn't in " + resets);
  }
}
