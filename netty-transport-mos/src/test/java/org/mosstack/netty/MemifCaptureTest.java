package org.mosstack.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.channel.Channel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.mosstack.device.PcapFile;

/** A capture of a DPDK port, as tcpdump reads it. */
class MemifCaptureTest {
  private static final int CONNECTIONS = 3;

  @TempDir Path folder;

  private static List<String> tcpdump(Path file) throws IOException, InterruptedException {
    Process tcpdump =
        new ProcessBuilder("tcpdump", "-n", "-t", "-r", file.toString())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    String out = new String(tcpdump.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, tcpdump.waitFor(), out);
    return out.lines().toList();
  }

  private static boolean hasTcpdump() {
    return List.of("/usr/bin", "/usr/sbin").stream()
        .anyMatch(path -> Files.isExecutable(Path.of(path, "tcpdump")));
  }

  /** The handshakes while it runs, with both directions, and nothing else. */
  @Test
  @Timeout(value = 60, unit = TimeUnit.SECONDS)
  void handshakesOfAMemifPort() throws Exception {
    assumeTrue(hasTcpdump(), "tcpdump is missing: apt-get install tcpdump");
    Path path = folder.resolve("syns.pcap");
    PcapFile file = PcapFile.to(path).filter("tcp[tcpflags] & tcp-syn != 0").open();
    try (Net net = Net.memif(1, 1)) {
      InetSocketAddress server = net.bind(_ -> {});
      exchange(net, server);
      net.serverStack.capture(file);
      for (int i = 0; i < CONNECTIONS; i++) {
        exchange(net, server);
      }
      file.close();
      exchange(net, server);
    }
    List<String> lines = tcpdump(path);
    assertEquals(2 * CONNECTIONS, lines.size(), lines::toString);
    for (int i = 0; i < lines.size(); i++) {
      String direction = i % 2 == 0 ? "10.0.0.2." : "10.0.0.1.";
      String flags = i % 2 == 0 ? "Flags [S]," : "Flags [S.],";
      int from = i;
      assertEquals(
          List.of(true, true),
          List.of(lines.get(i).startsWith("IP " + direction), lines.get(i).contains(flags)),
          () -> lines.get(from));
    }
  }

  private static void exchange(Net net, InetSocketAddress server) {
    Channel channel = net.connect(server, _ -> {});
    Net.get(channel.writeAndFlush(net.allocator.directBuffer().writeByte(1)), "write");
    Net.get(channel.close(), "close");
  }
}
