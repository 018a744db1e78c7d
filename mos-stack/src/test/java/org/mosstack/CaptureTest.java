package org.mosstack;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mosstack.config.CoreMask;
import org.mosstack.config.MosConfig;
import org.mosstack.config.MosKeys;
import org.mosstack.device.PcapFile;
import org.mosstack.os.PcapInstallation;
import org.mosstack.socket.Endpoint;
import org.mosstack.socket.SocketOptions;
import org.mosstack.testkit.Endpoints;
import org.mosstack.testkit.QuietHandler;
import org.mosstack.testkit.StackPair;

/** Captures of a running stack. */
class CaptureTest {
  private static final int PORT = 80;

  @TempDir Path folder;
  private final List<byte[]> seen = new ArrayList<>();

  private static List<byte[]> frames(Path file) throws IOException {
    ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    in.position(24);
    List<byte[]> frames = new ArrayList<>();
    while (in.hasRemaining()) {
      byte[] frame = new byte[in.getInt(in.position() + 8)];
      in.position(in.position() + 16).get(frame);
      frames.add(frame);
    }
    return frames;
  }

  private static boolean isTcp(byte[] frame) {
    return frame[12] == 8 && frame[13] == 0 && frame[23] == 6;
  }

  private static void connect(StackPair pair, int core) throws IOException {
    pair.client
        .core(core)
        .connect(Endpoints.of(StackPair.SERVER_ADDRESS, PORT), new QuietHandler());
    pair.settle();
  }

  private static void expect(List<byte[]> expected, Path file) throws IOException {
    List<byte[]> frames = frames(file);
    assertEquals(expected.size(), frames.size());
    for (int i = 0; i < frames.size(); i++) {
      assertArrayEquals(expected.get(i), frames.get(i), "frame " + i);
    }
  }

  /** What passes the port while it runs is in the file, in both directions and from all cores. */
  @Test
  void allPacketsFromItsStartToItsEnd() throws IOException {
    Path path = folder.resolve("all.pcap");
    try (StackPair pair = StackPair.tapped(2, 1)) {
      pair.server.listen(Endpoint.any(PORT), 8, SocketOptions.DEFAULT, -1, (_, _) -> {});
      connect(pair, 0);
      pair.serverTap.onReceived(seen::add);
      pair.serverTap.onSent(seen::add);
      PcapFile file = PcapFile.to(path).open();
      pair.server.capture(file);
      for (int i = 0; i < 10; i++) {
        connect(pair, i % 2);
      }
      file.close();
      List<byte[]> during = List.copyOf(seen);
      connect(pair, 0);
      assertTrue(during.size() >= 30 && seen.size() > during.size(), seen.size() + " frames");
      expect(during, path);
    }
  }

  @Test
  void whatMatchesAFilter() throws IOException {
    Assumptions.assumeTrue(PcapInstallation.isThere(), PcapInstallation.MISSING);
    Path path = folder.resolve("syns.pcap");
    try (StackPair pair = StackPair.tapped(1, 1)) {
      pair.server.listen(Endpoint.any(PORT), 8, SocketOptions.DEFAULT, -1, (_, _) -> {});
      pair.serverTap.onReceived(seen::add);
      pair.serverTap.onSent(seen::add);
      pair.server.capture(PcapFile.to(path).filter("tcp[tcpflags] & tcp-syn != 0").open());
      for (int i = 0; i < 5; i++) {
        connect(pair, 0);
      }
    } // closes the file
    expect(seen.stream().filter(f -> isTcp(f) && (f[47] & 2) != 0).toList(), path);
    assertEquals(10, frames(path).size());
  }

  @Test
  void oneAtATime() throws IOException {
    PcapFile first = PcapFile.to(folder.resolve("1.pcap")).open();
    PcapFile second = PcapFile.to(folder.resolve("2.pcap")).open();
    PcapFile third = PcapFile.to(folder.resolve("3.pcap")).open();
    try (StackPair pair = StackPair.tapped(1, 1)) {
      pair.server.capture(first);
      assertEquals(
          "packets are already being captured to " + first.path(),
          assertThrows(IllegalStateException.class, () -> pair.server.capture(second))
              .getMessage());
      pair.client.capture(second); // another stack's ports are other ports
      first.close();
      pair.server.capture(third);
      assertFalse(third.hasEnded());
    }
    assertTrue(second.hasEnded() && third.hasEnded());
  }

  private static MosStack withoutPorts() {
    return MosStack.start(
        MosConfig.builder()
            .set(MosKeys.CORE_MASK, CoreMask.of(0))
            .set(MosKeys.MAX_CONCURRENCY, 10)
            .build());
  }

  @Test
  void aStackWithoutPortsClosesItToo() throws IOException {
    PcapFile first = PcapFile.to(folder.resolve("1.pcap")).open();
    PcapFile second = PcapFile.to(folder.resolve("2.pcap")).open();
    try (MosStack stack = withoutPorts()) {
      stack.capture(first);
      assertThrows(IllegalStateException.class, () -> stack.capture(second));
      first.close();
      stack.capture(second);
      assertFalse(second.hasEnded());
    }
    assertTrue(second.hasEnded());
  }

  @Test
  void aClosedStackTakesNone() throws IOException {
    try (PcapFile file = PcapFile.to(folder.resolve("late.pcap")).open()) {
      MosStack stack = withoutPorts();
      stack.close();
      assertEquals(
          "The stack is closed: nothing to capture to " + file.path(),
          assertThrows(IllegalStateException.class, () -> stack.capture(file)).getMessage());
      assertFalse(file.hasEnded(), "it is still the caller's");
    }
  }
}
