package org.mosstack.guide;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.DatagramChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.mosstack.MosStack;
import org.mosstack.MosStackBuilder;
import org.mosstack.config.MosConfig;
import org.mosstack.mbuf.Memory;
import org.mosstack.os.OffHeap;
import org.mosstack.socket.Endpoint;
import org.mosstack.socket.SocketOptions;
import org.mosstack.socket.TcpConnection;
import org.mosstack.testkit.QuietHandler;

/** What docs/devices.md shows is what is compiled and run here. */
class DevicesGuideTest {
  private static final Path SOURCES = Path.of("src/test/java/org/mosstack/guide");
  private static final Pattern JAVA = Pattern.compile("```java\\n(.*?)```", Pattern.DOTALL);
  private static final int BYTES = 5000;

  private final List<TcpConnection> accepted = new ArrayList<>();
  private final LongAdder bytes = new LongAdder();
  private long now = 1_000_000_000_000L;

  private static List<String> shown() throws IOException {
    String page = Files.readString(Path.of("../docs/devices.md"));
    return JAVA.matcher(page)
        .results()
        .map(MatchResult::group)
        .map(DevicesGuideTest::code)
        .toList();
  }

  private static String code(String block) {
    return block.substring(block.indexOf('\n') + 1, block.length() - "```".length());
  }

  /** A source file without its package and imports. */
  private static String source(String name) throws IOException {
    String all = Files.readString(SOURCES.resolve(name + ".java"));
    return all.substring(all.indexOf("/**"));
  }

  @Test
  void thePageShowsTheseSources() throws IOException {
    List<String> shown = shown();
    assertTrue(shown.contains(source("UdpPort")), "the device");
    assertTrue(shown.contains(source("CountingPort")), "the decorator");
    assertEquals(2, shown.stream().filter(block -> block.startsWith("/**")).count());
    assertTrue(source("UdpPort").lines().filter(line -> !line.isBlank()).count() <= 60);
  }

  @Test
  void thePageShowsHowTheyAreUsed() throws IOException {
    String here = Files.readString(SOURCES.resolve("DevicesGuideTest.java"));
    String use = shown().stream().filter(block -> !block.startsWith("/**")).findAny().orElseThrow();
    List<String> calls = use.lines().map(String::strip).filter(l -> l.startsWith(".")).toList();
    assertEquals(List.of(), calls.stream().filter(call -> !here.contains(call)).toList());
    assertEquals(3, calls.size(), use);
  }

  private static int freePort() throws IOException {
    try (DatagramChannel channel =
        DatagramChannel.open().bind(new InetSocketAddress("127.0.0.1", 0))) {
      return ((InetSocketAddress) channel.getLocalAddress()).getPort();
    }
  }

  @Test
  void whatIsWrongWithItsArgumentsIsOneLine() throws IOException {
    for (String none : List.of("7001", "x:1", "1:", ":1", "1:2:3", "-1:2", "")) {
      assertRefused("read \"udp=" + none + "\", allowed: udp=PORT:PORT", none);
    }
    int own = freePort();
    for (int i = 0; i < 2; i++) { // the port is free again
      assertRefused("port out of range:70000", own + ":70000");
    }
  }

  private static void assertRefused(String message, String arguments) {
    IOException e =
        assertThrows(IOException.class, () -> UdpPort.open("udp0", arguments, 1), arguments);
    assertEquals(message, e.getMessage());
  }

  private MosStackBuilder builder(String address, int own, int other) {
    MosConfig config =
        MosConfig.parse(
            "mos.conf",
            """
            application {
              type = end
              run = guide
              core_mask = 0x1
            }
            mos {
              max_concurrency = 100
              netdev {
                udp0 0x1 %s/24 udp=%d:%d
              }
            }
            """
                .formatted(address, own, other));
    return MosStack.builder(config)
        .device("udp", UdpPort::open)
        .decorate(port -> new CountingPort(port, bytes))
        .clock(() -> now)
        .seed(own);
  }

  @Test
  void twoStacksTalkOverIt() throws IOException {
    int a = freePort();
    int b = freePort();
    OffHeap memory = OffHeap.map(BYTES);
    try (MosStack server = builder("10.0.0.1", a, b).start();
        MosStack client = builder("10.0.0.2", b, a).start()) {
      server.core(0).attach();
      client.core(0).attach();
      server.listen(
          Endpoint.any(80),
          8,
          SocketOptions.DEFAULT,
          -1,
          (listener, core) -> accepted.add(listener.accept(core)));
      TcpConnection c = client.core(0).connect(Endpoint.of("10.0.0.1", 80), new QuietHandler());
      run(server, client, accepted::isEmpty);
      for (int i = 0; i < BYTES; i++) {
        Memory.putByte(memory.address() + i, i * 7);
      }
      assertEquals(BYTES, c.write(memory.address(), BYTES, memory));
      byte[] received = new byte[BYTES];
      int[] n = {0};
      run(
          server,
          client,
          () -> {
            n[0] += Math.max(0, accepted.getFirst().read(received, n[0], BYTES - n[0]));
            return n[0] < BYTES;
          });
      for (int i = 0; i < BYTES; i++) {
        assertEquals((byte) (i * 7), received[i]);
      }
      assertTrue(bytes.sum() > BYTES, bytes + " bytes, of all headers too");
    } finally {
      memory.close();
    }
  }

  private void run(MosStack server, MosStack client, BooleanSupplier unfinished) {
    for (int turn = 0; unfinished.getAsBoolean(); turn++) {
      assertTrue(turn < 1_000_000, "ten seconds of virtual time");
      server.core(0).poll();
      client.core(0).poll();
      now += 10_000;
    }
  }
}
